//! What a template of a chart printed, and the answers to where a part of it comes from.
//!
//! Owns the questions; [`Trace`](super::trace) has what was remembered.

use std::ops::Range;

use crate::source::{SourceId, SourceMap, Span, StepId};

use super::text::{Mark, Origin, Run, Text, UNPRINTED};
use super::trace::{Kind, Most, Trace};

/// The text that one template made.
#[derive(Clone, Default, Debug)]
pub struct Output {
    text: String,
    runs: Vec<Run>,
}

/// A condition that text depends on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// The pipeline of `if`, `with` or `range`.
    pub at: Option<Span>,
    /// What was read to decide it.
    pub reads: Vec<Origin>,
}

/// A template through which text was made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// Where it is called; `None` for the file that was executed.
    pub at: Option<Span>,
    /// Its name; `tpl` for a text that was executed.
    pub name: String,
}

/// Text that is not there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Marker {
    /// Where in the output it would be.
    pub offset: usize,
    /// The nodes of the template that were skipped; `None` for a pipeline that printed nothing, or nothing but `{}`,
    /// `[]` or `null`.
    pub skipped: Option<Span>,
    /// The condition, or the pipeline.
    pub at: Option<Span>,
    /// What was read to decide it, or to print it.
    pub reads: Vec<Origin>,
    /// The value that decided a condition; `None` where that was the absence of one, or is not known.
    pub decider: Option<Origin>,
    /// The call that it is in, as a number.
    pub call: u32,
    /// Whether it is in a call of another template.
    pub is_called: bool,
}

/// Where a part of an output comes from.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Explanation {
    /// The places the text was copied or computed from: values before templates, what is longest first.
    pub origins: Vec<Origin>,
    /// What else was read to print it: the value that a default stands in for, what it was computed from.
    pub also: Vec<Origin>,
    /// The pipeline that printed the first origin.
    pub printed_by: Option<Span>,
    /// The calls that led to the first origin, the innermost first; the file is last.
    pub calls: Vec<Call>,
    /// The conditions it depends on, the innermost first.
    pub conditions: Vec<Condition>,
}

impl Output {
    pub(super) fn new(text: Text) -> Self {
        let (text, runs) = text.into_runs();
        Self { text, runs }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as a source that knows its pieces and can be parsed. Its offsets are those of the output.
    pub fn document(&self, map: &SourceMap) -> SourceId {
        let mut start = 0;
        let place = |run: &Run| {
            let part = self.text.get(start..run.end as usize).unwrap_or_default();
            start = run.end as usize;
            (part, run.origin.map(|origin| (origin.span, origin.step)))
        };
        let places: Vec<(&str, Option<(Span, StepId)>)> = self.runs.iter().map(place).collect();
        map.compose_document(&places)
    }

    /// The runs of a part, each with its own part of the text; markers are at either end too.
    fn runs(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, &Run)> {
        let first = self.runs.partition_point(|run| (run.end as usize) < range.start);
        let mut start = first.checked_sub(1).map_or(0, |before| self.runs[before].end as usize);
        let all = self.runs[first..].iter().map(move |run| {
            let whole = start..run.end as usize;
            start = whole.end;
            (whole, run)
        });
        let (from, to) = (range.start, range.end);
        all.take_while(move |(whole, _)| whole.start <= to)
            .filter(move |(whole, _)| whole.is_empty() || whole.start < to && whole.end > from)
    }
}

impl Trace {
    /// Where a part of an output comes from.
    pub fn explain(&self, output: &Output, range: Range<usize>) -> Explanation {
        let mut explanation = Explanation::default();
        let mut found: Vec<(usize, Origin, u32)> = Vec::new();
        let mut made_up = None;
        for (whole, run) in output.runs(range.clone()) {
            if whole.is_empty() {
                continue;
            }
            let (from, to) = (whole.start.max(range.start), whole.end.min(range.end));
            if let Some(origin) = run.origin {
                let origin = match origin.span.len as usize == whole.len() {
                    true => {
                        let span = origin.span.part(from - whole.start, to - whole.start);
                        Origin { span, ..origin }
                    }
                    false => origin,
                };
                found.push((to - from, origin, run.node));
            } else if run.node != UNPRINTED
                && made_up.replace(run.node).is_none()
                && found.is_empty()
                && explanation.printed_by.is_none()
            {
                explanation.also.extend(
                    self.node(run.node)
                        .map(|node| self.origins(node.reads, Most::COMPUTED))
                        .into_iter()
                        .flatten(),
                );
            }
        }
        let rank = |mark: Mark| match mark {
            Mark::Value => 0,
            Mark::Derived => 1,
            Mark::Chance => 2,
            Mark::Template => 3,
        };
        found.sort_by_key(|(len, origin, _)| (rank(origin.mark), std::cmp::Reverse(*len)));
        if let Some((_, _, node)) = found.first() {
            explanation.printed_by =
                self.node(*node).filter(|node| node.kind == Kind::Action).and_then(|node| node.at);
            explanation.calls = self.calls(*node);
        }
        // Text that stands nowhere, such as the name of a release, has at least been printed somewhere.
        if let (true, Some(node)) = (found.is_empty(), made_up) {
            let actions = self.parents(node).filter(|node| node.kind == Kind::Action);
            explanation.printed_by = actions.filter_map(|node| node.at).next();
            explanation.calls = self.calls(node);
            self.conditions(node, &mut explanation.conditions);
        }
        let mut seen = rustc_hash::FxHashSet::default();
        for (_, origin, node) in &found {
            if seen.insert(*node) {
                self.conditions(*node, &mut explanation.conditions);
                let reads = self.node(*node).filter(|node| node.kind == Kind::Action);
                let most = match origin.mark {
                    Mark::Derived | Mark::Chance => Most::COMPUTED,
                    Mark::Value | Mark::Template => Most::AROUND,
                };
                explanation
                    .also
                    .extend(reads.map(|node| self.origins(node.reads, most)).into_iter().flatten());
            }
            if !explanation.origins.contains(origin) {
                explanation.origins.push(*origin);
            }
        }
        let Explanation { origins, also, .. } = &mut explanation;
        also.retain(|read| !origins.iter().any(|origin| read.span.contains(origin.span)));
        explanation
    }

    fn calls(&self, node: u32) -> Vec<Call> {
        let call = |node: &super::trace::Node| match node.kind {
            Kind::Call(name) => Some(Call { at: node.at, name: self.name(name).to_owned() }),
            Kind::File(name) => Some(Call { at: None, name: self.name(name).to_owned() }),
            _ => None,
        };
        self.parents(node).filter_map(call).collect()
    }

    fn conditions(&self, node: u32, conditions: &mut Vec<Condition>) {
        for node in self.parents(node).filter(|node| matches!(node.kind, Kind::Branch(_))) {
            let condition = Condition { at: node.at, reads: self.origins(node.reads, Most::AROUND) };
            if !conditions.contains(&condition) {
                conditions.push(condition);
            }
        }
    }

    /// What is not there in a part of an output: nodes that were skipped, and what printed nothing.
    pub fn markers(&self, output: &Output, range: Range<usize>) -> Vec<Marker> {
        let mut last = None;
        let mut is_new = move |at| last.replace(at) != Some(at);
        let markers = output.runs(range).filter(|(whole, _)| whole.is_empty());
        let markers = markers.filter(|(whole, run)| is_new((whole.start, run.node)));
        markers.filter_map(|(whole, run)| self.marker(whole.start, run.node)).collect()
    }

    /// Where the first byte of a part stands in a template, when it was copied from one, and the call that printed it, as
    /// [`Marker::call`] has it.
    pub fn written(&self, output: &Output, range: Range<usize>) -> Option<(Span, u32)> {
        let (whole, run) = output.runs(range.clone()).find(|(whole, _)| !whole.is_empty())?;
        let origin = run.origin.filter(|origin| origin.mark == Mark::Template)?;
        let is_copied = origin.span.len as usize == whole.len();
        let from = range.start.saturating_sub(whole.start);
        is_copied.then(|| (origin.span.part(from, from + range.len()), self.call(run.node)))
    }

    /// The innermost call or file that a node is in.
    fn call(&self, mut id: u32) -> u32 {
        while let Some(node) =
            self.node(id).filter(|node| !matches!(node.kind, Kind::Call(_) | Kind::File(_)))
        {
            id = node.parent;
        }
        id
    }

    fn marker(&self, offset: usize, id: u32) -> Option<Marker> {
        let node = self.node(id)?;
        let (skipped, decider) = match node.kind {
            Kind::Skipped(body, is_met) => (body, self.decider(node.reads, is_met)),
            _ => (None, None),
        };
        let call = self.call(id);
        let is_called = self.node(call).is_some_and(|node| matches!(node.kind, Kind::Call(_)));
        Some(Marker {
            offset,
            skipped,
            at: node.at,
            reads: self.origins(node.reads, Most::AROUND),
            decider,
            call,
            is_called,
        })
    }
}
