//! Text that knows where each of its bytes was copied from.
//!
//! Owns cutting and joining such text. Must not know templates.

use std::ops::Range;

use crate::source::{SourceId, SourceMap, Span, StepId};
use crate::yaml::Cursor;

/// Where text was copied from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Origin {
    /// The bytes it repeats. When the lengths differ, all of one stands for all of the other.
    pub span: Span,
    /// The step that had made those bytes.
    pub step: StepId,
}

/// A run of text of one origin.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Run {
    /// Offset behind its last byte.
    end: usize,
    /// `None` for text that a template engine made up.
    origin: Option<Origin>,
}

/// Text in runs, each with its origin.
#[derive(Clone, Default, Debug)]
pub struct Text {
    text: String,
    runs: Vec<Run>,
}

impl Text {
    /// Text that stands nowhere.
    pub fn made(text: impl Into<String>) -> Self {
        let mut made = Self::default();
        made.push_from(&text.into(), None);
        made
    }

    /// The decoded text of a scalar, a run for each of its lines; empty for a collection.
    pub fn of(value: Cursor<'_>) -> Self {
        let mut text = Self::default();
        let decoded = value.text().unwrap_or_default();
        let mut start = 0;
        for line in decoded.split_inclusive('\n') {
            let span = value.part(start, start + line.len());
            text.push_from(line, Some(Origin { span, step: value.step() }));
            start += line.len();
        }
        text
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Bytes of the text.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Bytes that it takes in memory, more or less.
    pub fn cost(&self) -> usize {
        self.text.len() + self.runs.len() * size_of::<Run>()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The first place that any of it was copied from.
    pub fn origin(&self) -> Option<Origin> {
        self.runs.iter().find_map(|run| run.origin)
    }

    /// The runs in order, each with its origin.
    pub fn parts(&self) -> impl Iterator<Item = (&str, Option<Origin>)> {
        let starts = std::iter::once(0).chain(self.runs.iter().map(|run| run.end));
        let text = |range: Range<usize>| self.text.get(range).unwrap_or_default();
        starts.zip(&self.runs).map(move |(start, run)| (text(start..run.end), run.origin))
    }

    /// Appends text of one origin.
    pub fn push_from(&mut self, text: &str, origin: Option<Origin>) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        let end = self.text.len();
        match self.runs.last_mut() {
            Some(last) if last.origin.is_none() && origin.is_none() => last.end = end,
            _ => self.runs.push(Run { end, origin }),
        }
    }

    /// Appends text that stands nowhere.
    pub fn push_str(&mut self, text: &str) {
        self.push_from(text, None);
    }

    /// Appends text with its origins.
    pub fn push(&mut self, text: &Text) {
        text.parts().for_each(|(part, origin)| self.push_from(part, origin));
    }

    /// A part of the text with its origins. Ends are moved down to character boundaries.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let (from, to) = (self.boundary(range.start), self.boundary(range.end));
        let mut slice = Self::default();
        // Texts are cut into many parts: the runs before are not looked at again for each.
        let first = self.runs.partition_point(|run| run.end <= from);
        let mut start = first.checked_sub(1).map_or(0, |before| self.runs[before].end);
        for &Run { end, origin } in &self.runs[first..] {
            if start >= to {
                break;
            }
            let part = self.text.get(start..end).unwrap_or_default();
            let (cut_from, cut_to) = (from.max(start), to.min(start + part.len()));
            if cut_from < cut_to {
                let (cut_from, cut_to) = (cut_from - start, cut_to - start);
                let origin = origin.map(|origin| match origin.span.len as usize == part.len() {
                    true => Origin { span: origin.span.part(cut_from, cut_to), ..origin },
                    false => origin,
                });
                slice.push_from(&part[cut_from..cut_to], origin);
            }
            start += part.len();
        }
        slice
    }

    fn boundary(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }

    /// Text computed from this one in a way that does not keep its bytes: all of it comes from all of this.
    #[must_use]
    pub fn became(&self, text: String) -> Self {
        let mut became = Self::default();
        became.push_from(&text, self.origin());
        became
    }

    /// The same text with every occurrence of `old` replaced; what is around keeps its origins.
    #[must_use]
    pub fn replaced(&self, old: &str, new: &Text) -> Self {
        let mut replaced = Self::default();
        let mut end = 0;
        for (at, _) in self.text.match_indices(old) {
            replaced.push(&self.slice(end..at));
            replaced.push(new);
            end = at + old.len();
        }
        replaced.push(&self.slice(end..self.len()));
        replaced
    }

    /// The text as a span that knows its pieces.
    pub fn compose(&self, map: &SourceMap) -> Span {
        map.compose(&self.places())
    }

    /// The text as a source that knows its pieces and can be parsed.
    pub fn document(&self, map: &SourceMap) -> SourceId {
        map.compose_document(&self.places())
    }

    fn places(&self) -> Vec<(&str, Option<(Span, StepId)>)> {
        let place = |origin: Origin| (origin.span, origin.step);
        self.parts().map(|(part, origin)| (part, origin.map(place))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(start: u32, end: u32) -> Origin {
        Origin { span: Span::new(SourceId(0), start, end), step: StepId::PARSED }
    }

    #[test]
    fn parts_of_text_know_their_parts_of_the_origin() {
        let mut text = Text::default();
        text.push_from("apps/", Some(origin(10, 15)));
        text.push_from("shop", Some(origin(40, 44)));
        text.push_str("!");
        let parts = |text: &Text| -> Vec<(String, Option<Origin>)> {
            text.parts().map(|(part, origin)| (part.to_owned(), origin)).collect()
        };
        assert_eq!(
            parts(&text.slice(3..7)),
            [("s/".into(), Some(origin(13, 15))), ("sh".into(), Some(origin(40, 42)))]
        );
        assert_eq!(
            parts(&text.replaced("s/", &Text::made("-"))),
            [
                ("app".into(), Some(origin(10, 13))),
                ("-".into(), None),
                ("shop".into(), Some(origin(40, 44))),
                ("!".into(), None)
            ]
        );
    }
}
