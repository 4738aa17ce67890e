//! What every transformer works with: the sources, and a place to put what it noticed.

use std::borrow::Cow;

use crate::render::{Event, EventKind};
use crate::source::{Input, SourceMap, Span, Step, StepId, StepKind};
use crate::yaml::{Cursor, Draft};

use super::error::{BuildError, Result};

/// The surroundings of one kustomization's transformers.
pub(in crate::render) struct Stage<'w> {
    /// All sources.
    pub map: &'w SourceMap,
    /// What was noticed so far.
    pub events: Vec<Event>,
    /// Where secrets were seen that nothing at that place shows to be any.
    pub secrets: Vec<Span>,
    /// A part of the objects is not rendered, so that "nothing matches" is no certain verdict.
    pub partial: bool,
}

impl Stage<'_> {
    /// Notes that an entry has no effect.
    pub fn no_match(&mut self, kind: EventKind, span: Span, message: impl Into<String>) {
        self.events.push(Event { unverifiable: self.partial, ..Event::new(kind, span, message) });
    }

    /// Records a step that set a value.
    pub fn step(&self, what: StepKind, entry: Span, inputs: &[Input], previous: StepId) -> StepId {
        self.map.record(Step { what, entry, inputs: inputs.into(), previous })
    }

    /// Records a step that put a new value in the place of `old`.
    pub fn replacing(&self, what: StepKind, entry: Span, inputs: &[Input], old: &Draft) -> StepId {
        let old = old.node();
        let mut all = inputs.to_vec();
        all.push(Input::replaced(old.span, old.step));
        self.step(what, entry, &all, old.step)
    }
}

/// A value as what decides about another.
pub(in crate::render) fn control(value: Cursor<'_>) -> Input {
    Input::control(value.span(), value.step())
}

/// A field of a configuration, if it is there and not null. Go's decoder takes keys in any case, and people write
/// `fieldRef` for `fieldref`.
pub(in crate::render) fn field<'a>(of: Cursor<'a>, name: &str) -> Option<Cursor<'a>> {
    let in_any_case = || {
        let mut entries = of.entries().into_iter().rev();
        let same = entries.find(|entry| entry.key.text().is_some_and(|key| key.eq_ignore_ascii_case(name)));
        same.map(|entry| entry.value)
    };
    of.get(name).or_else(in_any_case).filter(|value| !value.is_null())
}

/// The text of a field that must be a string, if it is there. Numbers and booleans are an error, as for Kustomize,
/// which reads its own files into typed structures.
pub(in crate::render) fn string_field<'a>(of: Cursor<'a>, name: &str) -> Result<Option<Cow<'a, str>>> {
    let Some(value) = field(of, name) else { return Ok(None) };
    match value.string() {
        Some(text) => Ok(Some(text)),
        None => Err(BuildError::new(value.span(), format!("`{name}` must be a string"))),
    }
}

/// The bytes `from..to` of a scalar's decoded text as a string node of their own, wherever they are written.
pub(in crate::render) fn part_of(
    map: &SourceMap,
    scalar: Cursor<'_>,
    from: usize,
    to: usize,
    step: StepId,
) -> Draft {
    let text = scalar.text().unwrap_or_default();
    let wanted = text.get(from..to).unwrap_or_default();
    let span = scalar.part(from, to);
    let as_written = map.slice(span) == wanted;
    let span = if as_written { span } else { map.compose(&[(wanted, Some((span, scalar.step())))]) };
    Draft::text(span, step)
}
