//! The tags that `docker/metadata-action` makes, as its inputs say.
//!
//! Must not report anything.

use crate::ci::{Job, Step, Text};
use crate::source::Span;

use super::image_push::{Push, moves};

/// The tags of a job that pushes what the action makes, when none of them stays.
pub(super) fn pushes(job: &Job, pushed: &[Push]) -> Vec<Push> {
    let metadata: Vec<&Step> =
        job.steps.iter().filter(|step| step.action().as_deref() == Some("docker/metadata-action")).collect();
    if metadata.is_empty() || !pushed.iter().any(|push| push.by_metadata) {
        return Vec::new();
    }
    // Which of several makes the tags of which push is not followed: all of them must be free of tags that stay.
    let made: Option<Vec<Vec<Push>>> = metadata.iter().map(|step| moving(step)).collect();
    made.map(|made| made.into_iter().flatten().collect()).unwrap_or_default()
}

/// The tags of one step, when all are known to move.
fn moving(step: &Step) -> Option<Vec<Push>> {
    let mut found = Vec::new();
    // Without `tags` a git tag becomes one that stays.
    for (entry, span) in lines(step.input("tags")?) {
        let fields: Vec<(&str, &str)> =
            entry.split(',').filter_map(|field| field.trim().split_once('=')).collect();
        let field = |name: &str| fields.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        if field("enable") == Some("false") {
            continue;
        }
        let kind = field("type").unwrap_or("raw");
        let tag = match (kind, field("event")) {
            ("raw", _) => moves(field("value").unwrap_or(entry))?,
            ("ref", Some("branch")) => "<branch>".to_owned(),
            ("edge", _) => "edge".to_owned(),
            _ => return None,
        };
        found.push(Push { span, moving: Some(tag), by_metadata: true });
    }
    for (entry, span) in step.input("flavor").map(lines).into_iter().flatten() {
        if entry.replace(' ', "") == "latest=true" {
            found.push(Push { span, moving: Some("latest".to_owned()), by_metadata: true });
        }
    }
    Some(found)
}

/// The lines that say something, each with its place.
fn lines(text: &Text) -> Vec<(&str, Span)> {
    let lines = text.text.split('\n').zip(&text.lines);
    let written = lines.map(|(line, span)| {
        let start = line.len() - line.trim_start().len();
        (line.trim(), span.part(start, start + line.trim().len()))
    });
    written.filter(|(line, _)| !line.is_empty() && !line.starts_with('#')).collect()
}
