//! Where a span lies as people and programs say it, and the text there as it may be shown.

use camino::Utf8Path;

use crate::engine::{Mask, Outcome};
use crate::source::{Position, Source, Span};

use super::escape::push_escaped;

/// A span of a file with its lines and columns.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    mask: &'a Mask,
    source: &'a Source,
    span: Span,
    /// Position of the first byte.
    pub start: Position,
    /// Position behind the last byte.
    pub end: Position,
}

impl<'a> Place<'a> {
    /// The place of a span in a file.
    pub fn new(outcome: &'a Outcome, span: Span) -> Self {
        Self::of(outcome.world.map.source(span.source), &outcome.mask, span)
    }

    /// The place of a span of `source`.
    pub fn of(source: &'a Source, mask: &'a Mask, span: Span) -> Self {
        Self { mask, source, span, start: source.position(span.start), end: source.position(span.end()) }
    }

    /// Path of the file, relative to the root.
    pub fn path(&self) -> &'a Utf8Path {
        self.source.path()
    }

    /// The span itself.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The text of the span with secrets replaced by `***`; control characters are as in the file.
    pub fn masked(&self) -> String {
        self.quote(self.span.start, self.span.end())
    }

    /// The file.
    pub fn source(&self) -> &'a Source {
        self.source
    }

    fn quote(&self, start: u32, end: u32) -> String {
        self.mask.quote(self.source.text(), self.span.source, start, end)
    }

    /// The first line of the span, fit for a terminal: masked, escaped, cut to about `width` characters around the
    /// span. With it the range of bytes in it that the span covers, never empty.
    pub fn shown_line(&self, width: usize) -> (String, std::ops::Range<usize>) {
        let line = self.source.line_range(self.start.line);
        let (start, end) = (line.start as u32, line.end as u32);
        let from = self.span.start.clamp(start, end);
        let to = self.span.end().clamp(from, end);
        let text = self.source.text();
        let bom = if start == 0 && text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() as u32 } else { 0 };

        let mut shown = String::new();
        // The file's text before, inside and after the span, each masked on its own so that the marks still fit.
        let before = self.quote((start + bom).min(from), from);
        let cut = before.chars().count().saturating_sub(width / 2);
        if cut > 0 {
            shown.push('…');
        }
        before.chars().skip(cut).for_each(|c| push_visible(&mut shown, c));
        let mark = shown.len();
        self.quote(from, to).chars().take(width).for_each(|c| push_visible(&mut shown, c));
        let mark_end = shown.len();
        let room = width.saturating_sub(shown.chars().count());
        let after = self.quote(to, end);
        after.chars().take(room).for_each(|c| push_visible(&mut shown, c));
        if after.chars().count() > room {
            shown.push('…');
        }
        if mark_end == mark && mark_end == shown.len() {
            // A place behind the last character needs something to stand under.
            shown.push(' ');
        }
        (shown, mark..mark_end.max(mark + 1))
    }
}

/// Tabs stay as one space, so that columns in a terminal fit; everything else harmful is escaped.
fn push_visible(to: &mut String, c: char) {
    if c == '\t' { to.push(' ') } else { push_escaped(to, c) }
}
