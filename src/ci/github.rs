//! Workflows and composite actions of GitHub, Gitea and Forgejo.

use crate::shell::Expressions;
use crate::yaml::{Cursor, Entry};

use super::read::{known, script, text, texts, variables};
use super::{Dialect, Job, Step, Trigger, Variable};

/// The jobs of a workflow.
pub(super) fn workflow(root: Cursor<'_>) -> Vec<Job> {
    let triggers = triggers(root.get("on"));
    let shared = variables(root.get("env"));
    let shell = default_shell(root);
    let jobs = root.get("jobs").map(|jobs| jobs.entries()).unwrap_or_default();
    let job = |entry: Entry<'_>| {
        let (key, value) = (entry.key, entry.value);
        let mut all = shared.clone();
        all.extend(variables(value.get("env")));
        let environment = value.get("environment");
        let environment = environment.and_then(|one| text(one.get("name").unwrap_or(one)));
        let shell = default_shell(value).or_else(|| shell.clone());
        // A job that calls another workflow has its inputs and no steps.
        let called = value.get("uses").is_some().then_some(value);
        let listed = value.get("steps").into_iter().flat_map(|steps| steps.items());
        let steps = called.into_iter().chain(listed).map(|one| step(one, &all, shell.as_deref())).collect();
        Some(Job {
            dialect: Dialect::GitHubWorkflow,
            source: key.span().source,
            name: key.text()?.into_owned(),
            span: key.span(),
            triggers: triggers.clone(),
            environment,
            identity: asks_for_identity(value.get("permissions").or_else(|| root.get("permissions"))),
            variables: all,
            steps,
        })
    };
    jobs.into_iter().filter_map(job).collect()
}

/// A composite action, as one job.
pub(super) fn action(root: Cursor<'_>) -> Vec<Job> {
    let Some(steps) = root.path(&["runs", "steps"]) else { return Vec::new() };
    let name = root.get("name").and_then(|name| name.text()).unwrap_or_default().into_owned();
    vec![Job {
        dialect: Dialect::GitHubAction,
        source: root.span().source,
        name,
        span: root.get("name").unwrap_or(root).span(),
        triggers: Vec::new(),
        environment: None,
        identity: false,
        variables: Vec::new(),
        steps: steps.items().map(|one| step(one, &[], None)).collect(),
    }]
}

/// A step, or a job that calls a workflow. `default` is the shell of steps that name none.
fn step(value: Cursor<'_>, around: &[Variable], default: Option<&str>) -> Step {
    let own = variables(value.get("env"));
    let shell = value.get("shell").and_then(|shell| shell.text());
    let is_shell = shell.as_deref().or(default).is_none_or(is_posix);
    let mut seen = known(around.iter().chain(&own));
    let run = value.get("run").filter(|_| is_shell);
    let script = run.and_then(|run| script(run, Expressions::DOLLAR_BRACES, &mut seen));
    Step {
        name: value.get("name").and_then(|name| name.text()).map(std::borrow::Cow::into_owned),
        span: value.span().part(0, 1),
        uses: value.get("uses").and_then(text),
        // A called workflow is given secrets beside its inputs.
        inputs: variables(value.get("with")).into_iter().chain(variables(value.get("secrets"))).collect(),
        variables: own,
        scripts: script.into_iter().collect(),
    }
}

fn default_shell(value: Cursor<'_>) -> Option<String> {
    value.path(&["defaults", "run", "shell"])?.text().map(std::borrow::Cow::into_owned)
}

/// Whether a `shell:` reads what plimsoll reads; `pwsh`, `python` and `cmd` do not.
fn is_posix(shell: &str) -> bool {
    matches!(shell.split_whitespace().next(), Some("bash" | "sh" | "/bin/bash" | "/bin/sh"))
}

/// `on: push`, `on: [push]`, or a mapping.
fn triggers(on: Option<Cursor<'_>>) -> Vec<Trigger> {
    let Some(on) = on else { return Vec::new() };
    if on.is_map() {
        let trigger = |entry: Entry<'_>| {
            let (branches, paths) = (texts(entry.value.get("branches")), texts(entry.value.get("paths")));
            Some(Trigger { event: entry.key.text()?.into_owned(), branches, paths })
        };
        return on.entries().into_iter().filter_map(trigger).collect();
    }
    let named = texts(Some(on)).into_iter();
    named.map(|event| Trigger::of(event.text)).collect()
}

/// `permissions: write-all`, or `permissions: {id-token: write}`.
fn asks_for_identity(permissions: Option<Cursor<'_>>) -> bool {
    let is = |value: Option<Cursor<'_>>, text: &str| {
        value.and_then(|value| value.text()).is_some_and(|known| known == text)
    };
    is(permissions, "write-all")
        || is(permissions.and_then(|permissions| permissions.get("id-token")), "write")
}
