//! Drone and Woodpecker: a document is a job, whose steps are images with commands, or plugins with settings.

use crate::shell::Expressions;
use crate::yaml::{Cursor, Entry};

use super::read::{is, job, known, one_or_more, scripts, text, texts, variables};
use super::{Dialect, Job, Step, Trigger, Variable};

/// Keys of a step that are no settings of its plugin, which the oldest files write beside them.
const KEYS: &[&str] = &[
    "name",
    "image",
    "commands",
    "settings",
    "environment",
    "when",
    "volumes",
    "depends_on",
    "secrets",
    "pull",
    "detach",
    "privileged",
    "group",
    "failure",
    "entrypoint",
    "command",
    "backend_options",
    "directory",
];

/// The job of a document.
pub(super) fn pipeline(root: Cursor<'_>, dialect: Dialect) -> Vec<Job> {
    // Other documents hold secrets, signatures and cron jobs.
    let kind = root.get("kind");
    let is_windows = is(root.path(&["platform", "os"]), "windows");
    if kind.is_some_and(|_| !is(kind, "pipeline")) || is_windows {
        return Vec::new();
    }
    let steps = ["clone", "steps", "pipeline"].into_iter().filter_map(|list| root.get(list)).flat_map(named);
    let shared = variables(root.get("environment"));
    let steps: Vec<Step> = steps.map(|(name, value)| step(name, value, &shared)).collect();
    if steps.is_empty() {
        return Vec::new();
    }
    let first = root.get("steps").or_else(|| root.get("pipeline"));
    let name = root.get("name").or_else(|| first.and_then(|first| first.key())).unwrap_or(root);
    let when = root.get("trigger").or_else(|| root.get("when")).or_else(|| root.get("branches"));
    let triggers = one_or_more(when).into_iter().flat_map(triggers).collect();
    vec![Job { triggers, variables: shared, steps, ..job(dialect, name) }]
}

/// The steps of a list, or of a mapping.
fn named(steps: Cursor<'_>) -> Vec<(Option<Cursor<'_>>, Cursor<'_>)> {
    match steps.is_map() {
        true => steps.entries().into_iter().map(|Entry { key, value }| (Some(key), value)).collect(),
        false => steps.items().map(|step| (step.get("name"), step)).collect(),
    }
}

fn step(name: Option<Cursor<'_>>, value: Cursor<'_>, around: &[Variable]) -> Step {
    let mut variables = variables(value.get("environment"));
    // `secrets: [kube_token]` sets a variable of the same name, or of the one behind `target`.
    for secret in one_or_more(value.get("secrets")) {
        let source = secret.get("source").unwrap_or(secret);
        let name = secret.get("target").unwrap_or(source).text();
        if let Some((name, value)) = name.zip(text(source)) {
            variables.push(Variable { name: name.into_owned(), value, is_secret: true });
        }
    }
    let mut seen = known(around.iter().chain(&variables));
    let scripts = scripts(value.get("commands"), Expressions::NONE, &mut seen);
    Step {
        name: name.and_then(text).map(|name| name.text),
        uses: value.get("image").and_then(text),
        inputs: settings(value),
        variables,
        scripts,
        ..Step::at(value.span().part(0, 1))
    }
}

fn settings(value: Cursor<'_>) -> Vec<Variable> {
    if let Some(settings) = value.get("settings") {
        return variables(Some(settings));
    }
    let own = variables(Some(value)).into_iter();
    own.filter(|variable| !KEYS.contains(&variable.name.as_str())).collect()
}

/// `event: [push], branch: {include: [main]}`, or the branches alone.
fn triggers(when: Cursor<'_>) -> Vec<Trigger> {
    let list = |value: Option<Cursor<'_>>| texts(value.map(|value| value.get("include").unwrap_or(value)));
    if !when.is_map() || when.get("include").is_some() {
        return vec![Trigger { branches: list(Some(when)), ..Trigger::of("push") }];
    }
    let (branches, paths) = (list(when.get("branch")), list(when.get("path")));
    let mut events: Vec<String> = list(when.get("event")).into_iter().map(|event| event.text).collect();
    if events.is_empty() {
        events.push("push".to_owned());
    }
    let event = |event: String| match event.as_str() {
        "promote" | "rollback" | "deployment" => "manual".to_owned(),
        "cron" => "schedule".to_owned(),
        _ => event,
    };
    let trigger = |name| Trigger { event: event(name), branches: branches.clone(), paths: paths.clone() };
    events.into_iter().map(trigger).collect()
}
