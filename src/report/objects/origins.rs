//! Where a printed value comes from, as people and programs are told.
//!
//! Owns the words; what happened to a value is known to its steps.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;
use serde::Serialize;

use crate::model::Object;
use crate::report::escape;
use crate::source::{InputRole, SourceMap, Span, StepId};
use crate::yaml::Cursor;

/// Steps that are told of one value. A chain is as long as overlays are deep.
const CHAIN: usize = 64;

/// The comment behind a value that was not written in the object's own file: `path:line step`.
pub(super) fn comment(map: &SourceMap, object: &Object, value: Cursor<'_>) -> Option<String> {
    let span = map.editable(value.span(), value.step())?;
    let source = map.source(span.source);
    if source.path() == map.source(object.source).path() {
        return None;
    }
    let place = Place::of(map, span);
    let step = map.step(value.step()).map(|step| format!(" {}", step.what.name())).unwrap_or_default();
    Some(format!("{}:{}{step}", escape(place.file), place.line))
}

/// A place in a file of the repository.
#[derive(Serialize, PartialEq, Eq, Debug)]
pub(super) struct Place<'w> {
    /// Path relative to the root of the repository, with `/`.
    pub file: &'w str,
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode scalar values, from 1.
    pub column: u32,
}

impl<'w> Place<'w> {
    /// The start of a span of a file.
    pub fn of(map: &'w SourceMap, span: Span) -> Self {
        let source = map.source(span.source);
        let start = source.position(span.start);
        Place { file: source.path().as_str(), line: start.line, column: start.column }
    }

    /// The place where a person edits a value.
    pub fn editable(map: &'w SourceMap, span: Span, step: StepId) -> Option<Self> {
        Some(Self::of(map, map.editable(span, step)?))
    }
}

/// One step that a value went through.
#[derive(Serialize)]
pub(super) struct Link<'w> {
    /// What was done: `images`, `patch`, `name-affix` …
    step: &'static str,
    /// What asked for it: the entry of the kustomization, the patch.
    #[serde(flatten)]
    place: Option<Place<'w>>,
    /// What was read.
    inputs: Vec<Read<'w>>,
}

/// A place that a step read.
#[derive(Serialize)]
struct Read<'w> {
    role: Role,
    #[serde(flatten)]
    place: Option<Place<'w>>,
}

/// What an input was to the step.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    /// The text of the value, or a part of it, is written there.
    Value,
    /// The value before the step.
    Replaced,
    /// It decided that there is a value, or which.
    Control,
}

/// The steps that made a value, the last one first, then those that made what they read.
pub(super) fn chain<'w>(map: &'w SourceMap, step: StepId) -> Vec<Link<'w>> {
    let mut links = Vec::new();
    let mut seen = FxHashSet::default();
    let mut waiting = VecDeque::from([step]);
    while let Some(id) = waiting.pop_front()
        && links.len() < CHAIN
    {
        let Some(step) = map.step(id).filter(|_| seen.insert(id)) else { continue };
        waiting.push_front(step.previous);
        let values = step.inputs.iter().filter(|input| input.role == InputRole::Value);
        waiting.extend(values.map(|input| input.step));
        let inputs = step.inputs.iter().map(|input| Read {
            role: match input.role {
                InputRole::Value => Role::Value,
                InputRole::Replaced => Role::Replaced,
                InputRole::Control => Role::Control,
            },
            place: Place::editable(map, input.span, input.step),
        });
        links.push(Link {
            step: step.what.name(),
            place: map.in_file(step.entry).map(|entry| Place::of(map, entry)),
            inputs: inputs.collect(),
        });
    }
    links
}
