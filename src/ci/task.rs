//! Taskfiles of go-task, and the scripts of `package.json`.

use crate::shell::Expressions;
use crate::yaml::{Cursor, Entry};

use super::Dialect;
use super::read::{embedded, texts};
use super::runnable::{Body, Runnable};

/// The tasks of a Taskfile.
pub(super) fn tasks(root: Cursor<'_>) -> Vec<Runnable> {
    let tasks = root.get("tasks").map(|tasks| tasks.entries()).unwrap_or_default();
    tasks.into_iter().filter_map(task).collect()
}

/// The scripts of a package.
pub(super) fn scripts(root: Cursor<'_>) -> Vec<Runnable> {
    let scripts = root.get("scripts").map(|scripts| scripts.entries()).unwrap_or_default();
    let script = |entry: Entry<'_>| {
        let body = body(entry.value, Expressions::NONE)?;
        runnable(Dialect::Package, entry.key, vec![body], Vec::new())
    };
    scripts.into_iter().filter_map(script).collect()
}

/// A task: a command, a list of them, or a mapping with `cmds` or `cmd`.
fn task(entry: Entry<'_>) -> Option<Runnable> {
    let (key, value) = (entry.key, entry.value);
    let (mut bodies, mut needs) = (Vec::new(), Vec::new());
    if value.is_map() {
        needs.extend(value.get("deps").into_iter().flat_map(|deps| deps.items()).filter_map(name));
        // Variables run commands, too: `vars: {POD: {sh: kubectl get …}}`.
        let variables = value.get("vars").map(|vars| vars.entries()).unwrap_or_default();
        bodies.extend(variables.into_iter().filter_map(|variable| command(variable.value.get("sh")?)));
    }
    let commands = if value.is_map() { value.get("cmds").or_else(|| value.get("cmd")) } else { Some(value) };
    let items = commands.into_iter().flat_map(|commands| match commands.is_seq() {
        true => commands.items().collect(),
        false => vec![commands],
    });
    for item in items {
        // `- cmd: …`, `- defer: …`, `- task: …`, or text.
        let text = item.get("cmd").or_else(|| item.get("defer")).unwrap_or(item);
        match item.get("task").or_else(|| text.get("task")) {
            Some(task) => needs.extend(task.text().map(std::borrow::Cow::into_owned)),
            None => bodies.extend(command(text)),
        }
    }
    let mut runnable = runnable(Dialect::Task, key, bodies, needs)?;
    runnable.names.extend(texts(value.get("aliases")).into_iter().map(|alias| alias.text));
    Some(runnable)
}

/// A task that another one needs: its name, or `task: name`.
fn name(value: Cursor<'_>) -> Option<String> {
    value.get("task").unwrap_or(value).text().map(std::borrow::Cow::into_owned)
}

fn command(value: Cursor<'_>) -> Option<Body> {
    body(value, Expressions::BRACES)
}

fn body(value: Cursor<'_>, expressions: Expressions) -> Option<Body> {
    Some(Body { text: embedded(value)?, expressions })
}

fn runnable(dialect: Dialect, key: Cursor<'_>, bodies: Vec<Body>, needs: Vec<String>) -> Option<Runnable> {
    Some(Runnable {
        dialect,
        source: key.span().source,
        names: vec![key.text()?.into_owned()],
        span: key.span(),
        bodies,
        needs,
    })
}
