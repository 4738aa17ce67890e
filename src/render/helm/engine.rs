//! All templates of a release, in Helm's order.
//!
//! Owns that order, and what becomes of a template that fails: an event, and the others go on. Source:
//! `pkg/engine/engine.go`.

use std::cmp::Reverse;

use crate::render::{Event, EventKind};
use crate::source::{SourceId, SourceMap, Span};
use crate::template::{Dialect, Failure, FailureKind, HelmVersion, Map, Output, Render, Set, Trace, Value};

use super::compiled::Compiled;
use super::context::Task;

/// What a template made.
#[derive(Debug)]
pub struct Made {
    /// The name of the template, the path of its chart in front.
    pub name: String,
    /// The template.
    pub source: SourceId,
    /// Its text.
    pub output: Output,
}

/// Executes templates. What `NOTES.txt` prints is dropped, though it may fail as any other.
pub(super) fn execute(
    map: &SourceMap,
    compiled: &Compiled,
    mut tasks: Vec<Task>,
    version: HelmVersion,
    events: &mut Vec<Event>,
) -> (Vec<Made>, Trace) {
    let depth = |task: &Task| task.name.matches('/').count();
    tasks.sort_by_cached_key(|task| Reverse((depth(task), task.name.clone())));
    let mut set = Set::new();
    for task in &tasks {
        match compiled.template(Dialect::Helm(version), &task.name, map, task.source) {
            Ok(template) => set.add(&template),
            Err(failure) => events.push(event(task, &failure)),
        }
    }
    let mut render = Render::new(&set, version);
    let mut all = Vec::new();
    for task in &tasks {
        let file = task.name.rsplit('/').next().unwrap_or_default();
        if file.starts_with('_') || !set.contains(&task.name) {
            continue;
        }
        let template = Map::default();
        template.set("Name", Value::made(task.name.as_str()));
        template.set("BasePath", Value::made(&*task.base));
        task.root.set("Template", template.into());
        match render.execute(&task.name, &task.root.clone().into()) {
            Ok(_) if file == "NOTES.txt" => {}
            Ok(output) => all.push(Made { name: task.name.clone(), source: task.source, output }),
            Err(failure) => events.push(event(task, &failure)),
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    (all, render.finish())
}

fn event(task: &Task, failure: &Failure) -> Event {
    let kind = match failure.kind {
        FailureKind::Asked => EventKind::ValueRequired,
        FailureKind::Limit => EventKind::ChartLimit,
        _ => EventKind::TemplateError,
    };
    let span = failure.at.unwrap_or(Span::new(task.source, 0, 0));
    let message = match failure.kind {
        FailureKind::Asked => failure.message.clone(),
        _ => failure.full.clone(),
    };
    Event::new(kind, span, message.trim().replace('\n', " "))
}
