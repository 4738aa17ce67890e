//! Text that knows where each of its bytes was copied from.
//!
//! Owns cutting and joining such text. Must not know templates.

use std::ops::Range;
use std::rc::Rc;

use crate::source::{SourceId, SourceMap, Span, StepId};
use crate::yaml::Cursor;

/// How the bytes of an origin became what stands now.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Mark {
    /// They were copied from a value, or a value was printed.
    #[default]
    Value,
    /// They were computed from a value: a hash, base64, a sum.
    Derived,
    /// They stand in a template.
    Template,
    /// A placeholder for what a clock, chance or a new certificate gives; the place is the call.
    Chance,
}

/// Where text was copied from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Origin {
    /// The bytes it repeats. When the lengths differ, all of one stands for all of the other.
    pub span: Span,
    /// The step that had made those bytes.
    pub step: StepId,
    /// How the bytes became what stands now.
    pub mark: Mark,
}

impl Origin {
    /// A value that is written at a place.
    pub const fn value(span: Span, step: StepId) -> Self {
        Self { span, step, mark: Mark::Value }
    }

    /// Text of a template.
    pub const fn template(span: Span, step: StepId) -> Self {
        Self { span, step, mark: Mark::Template }
    }

    /// The origin of what was computed from it.
    #[must_use]
    pub fn derived(self) -> Self {
        let mark = if self.mark == Mark::Value { Mark::Derived } else { self.mark };
        Self { mark, ..self }
    }
}

/// What was being executed when text was printed: an index of nodes that the execution keeps.
pub(super) type NodeId = u32;

/// The node of text that was not printed yet.
pub(super) const UNPRINTED: NodeId = 0;

/// A run of text of one origin. A run without bytes is a marker: its node printed nothing here.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Run {
    /// Offset behind its last byte.
    pub end: u32,
    /// What printed it.
    pub node: NodeId,
    /// `None` for text that a template engine made up.
    pub origin: Option<Origin>,
}

/// Text in runs, each with its origin. Clones share it.
#[derive(Clone, Default, Debug)]
pub struct Text(Rc<Inner>);

#[derive(Clone, Default, Debug)]
struct Inner {
    text: String,
    runs: Vec<Run>,
}

impl Text {
    /// Text that stands nowhere.
    pub fn made(text: impl Into<String>) -> Self {
        Self::with(text.into(), None)
    }

    /// Text of one origin.
    pub fn with(text: String, origin: Option<Origin>) -> Self {
        let runs = match text.is_empty() && origin.is_none() {
            true => Vec::new(),
            false => vec![Run { end: text.len() as u32, node: UNPRINTED, origin }],
        };
        Self(Rc::new(Inner { text, runs }))
    }

    /// The decoded text of a scalar, a run for each of its lines; empty for a collection.
    pub fn of(value: Cursor<'_>) -> Self {
        let mut text = Self::default();
        let decoded = value.text().unwrap_or_default();
        let part = value.parts();
        let mut start = 0;
        for line in decoded.split_inclusive('\n') {
            let span = part(start, start + line.len());
            text.push_from(line, Some(Origin::value(span, value.step())));
            start += line.len();
        }
        text
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// Bytes of the text.
    pub fn len(&self) -> usize {
        self.0.text.len()
    }

    /// Bytes that it takes in memory, more or less.
    pub fn cost(&self) -> usize {
        self.0.text.len() + self.0.runs.len() * size_of::<Run>()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.text.is_empty()
    }

    /// The first place that any of it was copied from; a value before a template.
    pub fn origin(&self) -> Option<Origin> {
        let origins = || self.0.runs.iter().filter_map(|run| run.origin);
        origins()
            .find(|origin| matches!(origin.mark, Mark::Value | Mark::Derived))
            .or_else(|| origins().next())
    }

    /// The runs in order, each with its origin.
    pub fn parts(&self) -> impl Iterator<Item = (&str, Option<Origin>)> {
        self.runs().filter(|(text, _)| !text.is_empty()).map(|(text, run)| (text, run.origin))
    }

    /// The runs in order, markers too.
    pub(super) fn runs(&self) -> impl Iterator<Item = (&str, &Run)> {
        let inner = &*self.0;
        let mut start = 0;
        inner.runs.iter().map(move |run| {
            let text = inner.text.get(start..run.end as usize).unwrap_or_default();
            start = run.end as usize;
            (text, run)
        })
    }

    /// Appends text of one origin.
    pub fn push_from(&mut self, text: &str, origin: Option<Origin>) {
        self.push_run(text, origin, UNPRINTED);
    }

    /// Appends text of one origin that a node printed; without text, a marker.
    pub(super) fn push_run(&mut self, text: &str, origin: Option<Origin>, node: NodeId) {
        if text.is_empty() && node == UNPRINTED {
            return;
        }
        let inner = Rc::make_mut(&mut self.0);
        inner.text.push_str(text);
        push(&mut inner.runs, inner.text.len(), text.len(), origin, node);
    }

    /// Appends text that stands nowhere.
    pub fn push_str(&mut self, text: &str) {
        self.push_from(text, None);
    }

    /// Appends text with its origins.
    pub fn push(&mut self, text: &Text) {
        self.push_printed(text, UNPRINTED);
    }

    /// Appends text with its origins; what was not printed yet is printed by `node`.
    pub(super) fn push_printed(&mut self, text: &Text, node: NodeId) {
        if self.0.runs.is_empty() && node == UNPRINTED {
            *self = text.clone();
            return;
        }
        let inner = Rc::make_mut(&mut self.0);
        let from = inner.text.len();
        inner.text.push_str(text.as_str());
        let mut start = 0;
        for run in &text.0.runs {
            let printer = if run.node == UNPRINTED { node } else { run.node };
            let end = run.end as usize;
            push(&mut inner.runs, from + end, end - start, run.origin, printer);
            start = end;
        }
    }

    /// A part of the text with its origins. Ends are moved down to character boundaries.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        if range.start == 0 && range.end >= self.len() {
            return self.clone();
        }
        let mut slice = Self::default();
        slice.push_slice(self, range);
        slice
    }

    /// Appends a part of a text with its origins, and the markers at its ends.
    pub(super) fn push_slice(&mut self, text: &Text, range: Range<usize>) {
        let (from, to) = (text.boundary(range.start), text.boundary(range.end));
        let inner = Rc::make_mut(&mut self.0);
        let before = inner.text.len();
        inner.text.push_str(text.as_str().get(from..to).unwrap_or_default());
        // Texts are cut into many parts: the runs before are not looked at again for each.
        let runs = &text.0.runs;
        let first = runs.partition_point(|run| (run.end as usize) < from);
        let mut start = first.checked_sub(1).map_or(0, |before| runs[before].end as usize);
        for &Run { end, origin, node } in &runs[first..] {
            if start > to {
                break;
            }
            let end = end as usize;
            let (cut_from, cut_to) = (from.max(start), to.min(end));
            if cut_from < cut_to {
                let origin = origin.map(|origin| match origin.span.len as usize == end - start {
                    true => Origin { span: origin.span.part(cut_from - start, cut_to - start), ..origin },
                    false => origin,
                });
                push(&mut inner.runs, before + cut_to - from, cut_to - cut_from, origin, node);
            } else if start == end {
                push(&mut inner.runs, before + start - from, 0, origin, node);
            }
            start = end;
        }
    }

    /// The text without what `cut` cuts off its ends; markers there are kept.
    #[must_use]
    pub(super) fn trimmed(&self, range: Range<usize>) -> Self {
        let mut trimmed = Self::default();
        let markers = |trimmed: &mut Self, inside: &dyn Fn(usize) -> bool| {
            let mut start = 0;
            for run in &self.0.runs {
                if run.end == start && inside(start as usize) {
                    trimmed.push_run("", run.origin, run.node);
                }
                start = run.end;
            }
        };
        markers(&mut trimmed, &|at| at < range.start);
        trimmed.push_slice(self, range.clone());
        markers(&mut trimmed, &|at| at > range.end);
        trimmed
    }

    fn boundary(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.len());
        while !self.as_str().is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }

    /// Text computed from this one in a way that does not keep its bytes: all of it comes from all of this.
    #[must_use]
    pub fn became(&self, text: String) -> Self {
        Self::with(text, self.origin())
    }

    /// Text of which nothing can be read any more that was in this one, such as a hash.
    #[must_use]
    pub fn derived(&self, text: String) -> Self {
        Self::with(text, self.origin().map(Origin::derived))
    }

    /// The same text with every occurrence of `old` replaced; what is around keeps its origins.
    #[must_use]
    pub fn replaced(&self, old: &str, new: &Text) -> Self {
        self.replaced_times(old, new, usize::MAX)
    }

    /// The same text with the first occurrences of `old` replaced.
    #[must_use]
    pub(super) fn replaced_times(&self, old: &str, new: &Text, times: usize) -> Self {
        let mut replaced = Self::default();
        let mut end = 0;
        for (at, _) in self.as_str().match_indices(old).take(times) {
            replaced.push_slice(self, end..at);
            replaced.push(new);
            end = at + old.len();
        }
        if end == 0 && replaced.is_empty() {
            return self.clone();
        }
        replaced.push_slice(self, end..self.len());
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

    /// The text and its runs, for good.
    pub(super) fn into_runs(self) -> (String, Vec<Run>) {
        let inner = Rc::unwrap_or_clone(self.0);
        (inner.text, inner.runs)
    }
}

/// Appends a run that ends at `end`; what continues the last one is part of it.
fn push(runs: &mut Vec<Run>, end: usize, len: usize, origin: Option<Origin>, node: NodeId) {
    let start = end - len;
    if let Some(last) = runs.last_mut()
        && last.node == node
    {
        match (last.origin, origin) {
            (None, None) if len > 0 => return last.end = end as u32,
            (Some(one), Some(other)) if len > 0 && one.step == other.step && one.mark == other.mark => {
                // Only text that was copied byte by byte goes on.
                let copied = one.span.source == other.span.source
                    && one.span.end() == other.span.start
                    && other.span.len as usize == len;
                if copied && last_len(runs) == one.span.len as usize {
                    let span = Span::new(one.span.source, one.span.start, other.span.end());
                    if let Some(last) = runs.last_mut() {
                        *last = Run { end: end as u32, node, origin: Some(Origin { span, ..one }) };
                    }
                    return;
                }
            }
            (one, other) if len == 0 && one == other && last.end as usize == start => return,
            _ => {}
        }
    }
    runs.push(Run { end: end as u32, node, origin });
}

fn last_len(runs: &[Run]) -> usize {
    match runs {
        [.., before, last] => (last.end - before.end) as usize,
        [last] => last.end as usize,
        [] => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(start: u32, end: u32) -> Origin {
        Origin::value(Span::new(SourceId(0), start, end), StepId::PARSED)
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
