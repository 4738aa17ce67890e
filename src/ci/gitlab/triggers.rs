//! From `rules`, `only` and `when` to what starts a job. What an expression means beyond branches, tags and the source of
//! the pipeline is left out.

use std::sync::LazyLock;

use regex::Regex;

use crate::yaml::Cursor;

use super::super::Trigger;
use super::super::read::{is, part, text, texts};

/// `$CI_COMMIT_BRANCH == "main"`, `$CI_COMMIT_REF_NAME =~ /^release/`, `$CI_PIPELINE_SOURCE == 'push'`
// A pattern that does not compile matches nothing; the tests of pipelines would not pass.
static COMPARISON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"\$(CI_COMMIT_BRANCH|CI_COMMIT_REF_NAME|CI_PIPELINE_SOURCE)\s*(?:==|=~)\s*("[^"]*"|'[^']*'|/(?:\\.|[^/\\])+/|\$[A-Z_]+)"#).ok()
});

/// What starts a job, by its fields, and by the rules of the workflow where it has none.
pub(super) fn of_job<'w>(
    field: impl Fn(&str) -> Option<Cursor<'w>>,
    workflow: Option<Cursor<'w>>,
) -> Vec<Trigger> {
    let is_manual = is(field("when"), "manual");
    if let Some(rules) = field("rules") {
        return self::rules(rules, is_manual);
    }
    if let Some(only) = field("only") {
        return refs(only, is_manual);
    }
    if is_manual {
        return vec![Trigger::of("manual")];
    }
    workflow.map(|workflow| rules(workflow, false)).unwrap_or_default()
}

fn rules(rules: Cursor<'_>, is_manual: bool) -> Vec<Trigger> {
    let mut triggers = Vec::new();
    for rule in rules.items() {
        let when = rule.get("when").and_then(text);
        if when.as_ref().is_some_and(|when| when.text == "never") {
            continue;
        }
        let mut found = rule.get("if").map(condition).unwrap_or_default();
        if found.is_empty() {
            found.push(Trigger::of("push"));
        }
        let changes = rule.get("changes");
        let paths = texts(changes.and_then(|changes| changes.get("paths")).or(changes));
        let is_manual = when.map_or(is_manual, |when| when.text == "manual");
        for mut trigger in found {
            trigger.paths.clone_from(&paths);
            if is_manual {
                trigger.event = "manual".to_owned();
            }
            triggers.push(trigger);
        }
    }
    triggers
}

/// The events and branches that a condition names: one for each side of `||`.
fn condition(value: Cursor<'_>) -> Vec<Trigger> {
    let Some(text) = value.text() else { return Vec::new() };
    let Some(comparison) = COMPARISON.as_ref() else { return Vec::new() };
    let mut triggers = Vec::new();
    let mut at = 0;
    for side in text.split("||") {
        let start = at;
        at += side.len() + 2;
        let mut trigger = Trigger::of("");
        for found in comparison.captures_iter(side) {
            let (Some(name), Some(value_of)) = (found.get(1), found.get(2)) else { continue };
            let quotes = usize::from(value_of.as_str().starts_with(['"', '\'']));
            let range = start + value_of.start() + quotes..start + value_of.end() - quotes;
            let found = part(value, &text, range);
            match name.as_str() {
                "CI_PIPELINE_SOURCE" => trigger.event = event(&found.text).to_owned(),
                _ => trigger.branches.push(found),
            }
        }
        if trigger.event.is_empty() {
            let has = |name: &str| side.contains(name) && !side.contains(&format!("{name} ="));
            trigger.event = match () {
                () if !trigger.branches.is_empty() => "push",
                () if has("$CI_COMMIT_TAG") => "tag",
                () if has("$CI_MERGE_REQUEST_IID") || has("$CI_MERGE_REQUEST_ID") => "pull_request",
                () => continue,
            }
            .to_owned();
        }
        triggers.push(trigger);
    }
    triggers
}

/// The name that other dialects have for the source of a pipeline.
fn event(source: &str) -> &str {
    match source {
        "merge_request_event"
        | "merge_requests"
        | "external_pull_request_event"
        | "external_pull_requests" => "pull_request",
        "schedules" => "schedule",
        "tags" => "tag",
        "web" => "manual",
        "pushes" | "branches" => "push",
        other => other,
    }
}

/// `only: [main, tags]`, `only: {refs: …, changes: …}`
fn refs(only: Cursor<'_>, is_manual: bool) -> Vec<Trigger> {
    const EVENTS: &[&str] = &[
        "api",
        "branches",
        "chat",
        "external",
        "external_pull_requests",
        "merge_requests",
        "pipelines",
        "pushes",
        "schedules",
        "tags",
        "triggers",
        "web",
    ];
    let is_detailed = only.is_map();
    let paths = texts(only.get("changes"));
    let mut branches = Vec::new();
    let mut triggers = Vec::new();
    for name in texts(if is_detailed { only.get("refs") } else { Some(only) }) {
        match EVENTS.contains(&name.text.as_str()) {
            true => triggers.push(Trigger { paths: paths.clone(), ..Trigger::of(event(&name.text)) }),
            false => branches.push(name),
        }
    }
    if !branches.is_empty() || triggers.is_empty() {
        triggers.push(Trigger { branches, paths, ..Trigger::of("push") });
    }
    if is_manual {
        triggers.iter_mut().for_each(|trigger| trigger.event = "manual".to_owned());
    }
    triggers
}
