//! The value that an entry of a kustomization puts into many fields, and the steps that say so.
//!
//! Owns how a value that replaces another keeps its type. Must not know which fields they are.

use crate::source::{Input, SourceMap, Span, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Flags, Kind, Node, Schema, Style, Typed, resolve};

use super::fields::Create;
use super::go;
use super::stage::{Stage, part_of};

/// A text that is set in many places.
pub(in crate::render) struct Setter<'s, 'w> {
    stage: &'s Stage<'w>,
    what: StepKind,
    entry: Span,
    input: Input,
    /// The text, as it is.
    text: Span,
    /// The step of fields that were not there before: it is the same for all of them.
    step: StepId,
}

impl<'s, 'w> Setter<'s, 'w> {
    /// Sets the text of a scalar, as Go reads it, which `entry` asks for.
    pub fn new(stage: &'s Stage<'w>, what: StepKind, entry: Span, value: Cursor<'_>) -> Self {
        Self::with_text(stage, what, entry, value, &go::text(value).unwrap_or_default())
    }

    /// As [`Setter::new`], with the text that was made of the value.
    pub fn with_text(
        stage: &'s Stage<'w>,
        what: StepKind,
        entry: Span,
        value: Cursor<'_>,
        text: &str,
    ) -> Self {
        let input = Input::value(value.span(), value.step());
        let step = stage.step(what, entry, &[input], StepId::PARSED);
        let as_written = part_of(stage.map, value, 0, text.len(), step).node().span;
        let text = match stage.map.slice(as_written) == text {
            true => as_written,
            false => stage.map.compose(&[(text, Some((input.span, input.step)))]),
        };
        Self { stage, what, entry, input, text, step }
    }

    /// Fields that are absent are made by the same step.
    pub fn create(&self, kind: Kind) -> Create {
        Create { kind, span: self.entry, step: self.step }
    }

    /// A new field's value.
    pub fn string(&self) -> Draft {
        Draft::text(self.text, self.step)
    }

    /// The value in the place of another, as a string. `because` is what else decided that it is set here.
    pub fn string_over(&self, old: &Draft, because: &[Input]) -> Draft {
        Draft::text(self.text, self.over(old, because))
    }

    /// The value in the place of another, see [`in_style_of`].
    pub fn text_over(&self, old: &Draft) -> Draft {
        in_style_of(self.stage.map, old, self.text, self.over(old, &[]))
    }

    fn over(&self, old: &Draft, because: &[Input]) -> StepId {
        let is_new = old.node().step == self.step && old.node().style == Style::Empty;
        let inputs = [&[self.input], because].concat();
        match is_new {
            true if because.is_empty() => self.step,
            true => self.stage.step(self.what, self.entry, &inputs, StepId::PARSED),
            false => self.stage.replacing(self.what, self.entry, &inputs, old),
        }
    }
}

/// The text of a span in the place of `old`, typed as that is written: kyaml keeps the quotes of what it replaces, so
/// that only what was plain can become a number. A string that a step has set has quotes where it needs them.
pub(in crate::render) fn in_style_of(map: &SourceMap, old: &Draft, text: Span, step: StepId) -> Draft {
    let Node { style, flags, span, .. } = old.node();
    let needs_quotes = || !matches!(resolve(map.slice(span), Schema::GoYamlV2), Typed::Str(_));
    let is_plain = matches!(style, Style::Plain | Style::Empty)
        && !flags.has(Flags::PROPERTIES)
        && !(flags.has(Flags::TEXT) && needs_quotes());
    let string = Draft::text(text, step);
    if is_plain { Draft::Scalar(Node { flags: Flags::default(), ..string.node() }) } else { string }
}

/// Where the bytes `from..to` of the text of a scalar are written.
pub(in crate::render) fn part(map: &SourceMap, scalar: &Draft, from: usize, to: usize) -> Span {
    let tree = scalar.freeze();
    Cursor::new(map, &tree).part(from, to)
}
