//! Scalars whose text is replaced: go-yaml keeps the tag that a scalar had, so its new text must fit the old type.
//!
//! Owns the rule of what a new text becomes under an old tag, and how such a node is made without losing the place
//! where its text was written. Must not know which step replaces the text.

use crate::source::{InputRole, SourceMap, Span, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Flags, Node, Schema, Style, Typed, resolve};

use super::stage::part_of;

/// The tag of a scalar, as far as it decides what another text in its place is read as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tag {
    /// A string, whatever its text looks like.
    Text,
    /// An integer.
    Int,
    /// A number.
    Float,
    /// A boolean.
    Bool,
    /// A null, which keeps every text from being read.
    Null,
    /// None, so that each text decides anew: the field was made by a replacement.
    Open,
}

impl Tag {
    /// The tag of a scalar.
    pub fn of(scalar: Cursor<'_>) -> Self {
        if is_open(scalar.map(), scalar.step()) {
            return Tag::Open;
        }
        scalar.typed_as(Schema::GoYamlV3, Tag::of_value).unwrap_or(Tag::Text)
    }

    fn of_value(value: Typed<'_>) -> Self {
        match value {
            Typed::Null => Tag::Null,
            Typed::Bool(_) => Tag::Bool,
            Typed::Int(_) | Typed::Uint(_) => Tag::Int,
            Typed::Float(_) => Tag::Float,
            Typed::Str(_) => Tag::Text,
        }
    }

    /// What `text` is read as when it stands under this tag; `None` when go-yaml refuses to read it.
    pub fn reads(self, text: &str) -> Option<Reading> {
        let found = Tag::of_value(resolve(text, Schema::GoYamlV3));
        match (self, found) {
            (Tag::Text, _) | (Tag::Open, Tag::Text) => Some(Reading::Text),
            (Tag::Open, _) | (Tag::Float, Tag::Int) => Some(Reading::Plain),
            (wanted, found) => (wanted == found).then_some(Reading::Plain),
        }
    }

    /// The type as a message names it.
    pub const fn name(self) -> &'static str {
        match self {
            Tag::Text | Tag::Open => "a string",
            Tag::Int => "an integer",
            Tag::Float => "a number",
            Tag::Bool => "a boolean",
            Tag::Null => "null",
        }
    }
}

/// Whether a text is a string, or what it looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reading {
    /// A string.
    Text,
    /// As a plain scalar is read.
    Plain,
}

/// A scalar that kyaml makes without a tag keeps having none when its text is replaced once more.
fn is_open(map: &SourceMap, mut step: StepId) -> bool {
    while let Some(last) = map.step(step).filter(|last| last.what == StepKind::Replacement) {
        if !last.inputs.iter().any(|input| input.role == InputRole::Replaced) {
            return true;
        }
        step = last.previous;
    }
    false
}

/// The bytes `from..to` of a scalar's decoded text as a scalar of its own. When they are all of it, the node keeps the
/// span of the scalar, unless the quotes make it something else than what is asked for.
pub(super) fn copied(
    map: &SourceMap,
    from: Cursor<'_>,
    (start, end): (usize, usize),
    reading: Reading,
    step: StepId,
) -> Draft {
    let node = from.node();
    let is_whole = start == 0 && from.text().is_some_and(|text| text.len() == end);
    let reads_alike = match reading {
        Reading::Plain => is_plain(node),
        Reading::Text => !is_plain(node) && Tag::of(from) == Tag::Text,
    };
    if is_whole && reads_alike {
        return Draft::put(&from.tree(), step);
    }
    as_read(part_of(map, from, start, end, step), reading)
}

/// A scalar in the place of `old`, as [`written_like`] makes it of any text.
pub(super) fn copied_like(map: &SourceMap, from: Cursor<'_>, old: Option<&Draft>, step: StepId) -> Draft {
    let text = from.text().unwrap_or_default();
    copied(map, from, (0, text.len()), reading_like(&text, old), step)
}

/// A text in the place of `old`. kyaml keeps the quotes of what it replaces and no tag, so that the text can become a
/// number where nothing was quoted.
pub(super) fn written_like(map: &SourceMap, text: Span, old: Option<&Draft>, step: StepId) -> Draft {
    composed(text, reading_like(map.slice(text), old), step)
}

fn reading_like(text: &str, old: Option<&Draft>) -> Reading {
    let is_plain = old.is_some_and(|old| is_plain(&old.node()));
    Tag::Open.reads(text).filter(|_| is_plain).unwrap_or(Reading::Text)
}

/// Whether the text of a scalar decides what it is.
fn is_plain(node: &Node) -> bool {
    let is_marked = node.flags.has(Flags::TEXT) || node.flags.has(Flags::PROPERTIES);
    matches!(node.style, Style::Plain | Style::Empty) && !is_marked
}

/// A text that a step composed as a scalar.
pub(super) fn composed(span: Span, reading: Reading, step: StepId) -> Draft {
    as_read(Draft::text(span, step), reading)
}

fn as_read(text: Draft, reading: Reading) -> Draft {
    match reading {
        Reading::Text => text,
        Reading::Plain => Draft::Scalar(Node { flags: Flags::default(), ..text.node() }),
    }
}
