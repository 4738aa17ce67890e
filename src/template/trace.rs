//! What an execution remembers about how its text came to be.
//!
//! Owns the nodes of an execution (files, calls, branches, actions) and the log of what was read. Every run of printed
//! text has a node; its parents are the calls and conditions that it depends on. Must not know how templates execute.

use crate::source::Span;

use super::text::{Mark, NodeId, Origin, UNPRINTED};

/// A part of the log of reads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub(super) struct Reads {
    start: u32,
    end: u32,
}

/// An entry of the log.
#[derive(Clone, Copy, Debug)]
enum Read {
    /// A value was read.
    Value(Origin),
    /// Nothing was read: what a template asked for is in no file.
    Nothing,
    /// A variable was, for which all of this had been.
    Again(Reads),
    /// What was read from the one place to the other did not decide: `and` and `or` end where they are sure.
    Undecided(Reads),
}

/// What a node was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A template that was executed from the outside; the index of its name.
    File(u32),
    /// A template that was called; the index of its name.
    Call(u32),
    /// Nodes that depend on a condition; whether it was met.
    Branch(bool),
    /// Nodes that a condition skipped, which stand at the place; whether it was met.
    Skipped(Option<Span>, bool),
    /// A pipeline that was printed.
    Action,
}

/// A node of an execution.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub parent: NodeId,
    pub kind: Kind,
    /// The call, the condition or the pipeline.
    pub at: Option<Span>,
    pub reads: Reads,
}

/// The nodes and reads of a render, as they come.
#[derive(Default, Debug)]
pub(super) struct Recorder {
    is_on: bool,
    pub nodes: Vec<Node>,
    log: Log,
    names: Vec<Box<str>>,
    /// Where each name is; names are few.
    known: rustc_hash::FxHashMap<Box<str>, u32>,
}

impl Recorder {
    pub fn new(is_on: bool) -> Self {
        let root = Node { parent: UNPRINTED, kind: Kind::Action, at: None, reads: Reads::default() };
        Self { is_on, nodes: vec![root], ..Self::default() }
    }

    /// Whether anything is remembered.
    pub fn is_on(&self) -> bool {
        self.is_on
    }

    fn add(&mut self, parent: NodeId, kind: Kind, at: Option<Span>, reads: Reads) -> NodeId {
        if !self.is_on {
            return UNPRINTED;
        }
        self.nodes.push(Node { parent, kind, at, reads });
        (self.nodes.len() - 1) as NodeId
    }

    fn name(&mut self, name: &str) -> u32 {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let index = self.names.len() as u32;
        self.names.push(name.into());
        self.known.insert(name.into(), index);
        index
    }

    pub fn file(&mut self, name: &str) -> NodeId {
        let name = self.name(name);
        self.add(UNPRINTED, Kind::File(name), None, Reads::default())
    }

    pub fn call(&mut self, parent: NodeId, at: Option<Span>, name: &str) -> NodeId {
        if !self.is_on {
            return UNPRINTED;
        }
        let name = self.name(name);
        self.add(parent, Kind::Call(name), at, Reads::default())
    }

    pub fn branch(&mut self, parent: NodeId, at: Option<Span>, reads: Reads, is_met: bool) -> NodeId {
        self.add(parent, Kind::Branch(is_met), at, reads)
    }

    pub fn skipped(
        &mut self,
        parent: NodeId,
        body: Option<Span>,
        at: Option<Span>,
        reads: Reads,
        is_met: bool,
    ) -> NodeId {
        self.add(parent, Kind::Skipped(body, is_met), at, reads)
    }

    /// A pipeline that is evaluated to be printed; [`done`](Self::done) says when it is.
    pub fn action(&mut self, parent: NodeId, at: Option<Span>) -> NodeId {
        let start = self.mark();
        self.add(parent, Kind::Action, at, Reads { start, end: start })
    }

    pub fn done(&mut self, node: NodeId) {
        let end = self.mark();
        if let Some(node) = self.nodes.get_mut(node as usize).filter(|_| self.is_on) {
            node.reads.end = end;
        }
    }

    pub fn mark(&self) -> u32 {
        self.log.0.len() as u32
    }

    pub fn since(&self, start: u32) -> Reads {
        Reads { start, end: self.mark() }
    }

    pub fn read(&mut self, origin: Origin) {
        if self.is_on {
            self.log.0.push(Read::Value(origin));
        }
    }

    pub fn read_nothing(&mut self) {
        if self.is_on {
            self.log.0.push(Read::Nothing);
        }
    }

    pub fn read_again(&mut self, reads: Reads) {
        if self.is_on && reads.start < reads.end {
            self.log.0.push(Read::Again(reads));
        }
    }

    /// Says that what was read from `start` to `end` did not decide.
    pub fn undecided(&mut self, start: u32, end: u32) {
        if self.is_on && start < end {
            self.log.0.push(Read::Undecided(Reads { start, end }));
        }
    }

    /// The value that decided the innermost condition around a node.
    pub fn decider(&self, id: NodeId) -> Option<Origin> {
        let node = |id: NodeId| self.nodes.get(id as usize).filter(|_| id != UNPRINTED);
        let mut parents = std::iter::successors(node(id), |inner| node(inner.parent));
        parents.find_map(|node| match node.kind {
            Kind::Branch(is_met) => Some(self.log.decider(node.reads, is_met)),
            _ => None,
        })?
    }

    /// What is remembered, for good.
    pub fn finish(self) -> Trace {
        Trace { nodes: self.nodes, log: self.log, names: self.names }
    }
}

/// How the text of all outputs of a render came to be.
#[derive(Debug)]
pub struct Trace {
    nodes: Vec<Node>,
    log: Log,
    names: Vec<Box<str>>,
}

/// How far the log is followed for one question.
#[derive(Clone, Copy)]
pub(super) struct Most {
    /// Places that are named.
    named: usize,
    /// Entries that are looked at.
    looked: usize,
}

impl Most {
    /// For what decided that there is a value.
    pub const AROUND: Self = Self { named: 64, looked: 1 << 12 };
    /// For what a value was computed from: a checksum may be that of everything.
    pub const COMPUTED: Self = Self { named: 1 << 10, looked: 1 << 16 };
}

impl Trace {
    pub(super) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id as usize).filter(|_| id != UNPRINTED)
    }

    pub(super) fn name(&self, index: u32) -> &str {
        self.names.get(index as usize).map_or("", |name| name)
    }

    /// The nodes that a node is inside of, itself first.
    pub(super) fn parents(&self, id: NodeId) -> impl Iterator<Item = &Node> {
        std::iter::successors(self.node(id), |node| self.node(node.parent))
    }

    /// The values that were read, each once, in the order in which they were.
    pub(super) fn origins(&self, reads: Reads, most: Most) -> Vec<Origin> {
        self.log.origins(reads, most)
    }

    /// The value that decided a condition.
    pub(super) fn decider(&self, reads: Reads, is_met: bool) -> Option<Origin> {
        self.log.decider(reads, is_met)
    }
}

/// All that was read, in the order in which it was.
#[derive(Default, Debug)]
struct Log(Vec<Read>);

/// So many values may have decided a condition together. Of more, none is told apart.
const DECIDERS: usize = 4;

impl Log {
    fn part(&self, reads: Reads) -> &[Read] {
        self.0.get(reads.start as usize..reads.end as usize).unwrap_or_default()
    }

    fn origins(&self, reads: Reads, most: Most) -> Vec<Origin> {
        let mut origins = Vec::new();
        let mut seen = rustc_hash::FxHashSet::default();
        let mut looked = rustc_hash::FxHashSet::default();
        let mut left = most.looked;
        let mut open = vec![reads];
        while let Some(reads) = open.pop() {
            if !looked.insert(reads) {
                continue;
            }
            for read in self.part(reads) {
                left = match left.checked_sub(1) {
                    Some(left) if origins.len() < most.named => left,
                    _ => return origins,
                };
                match read {
                    Read::Value(origin) if seen.insert(*origin) => origins.push(*origin),
                    Read::Again(reads) => open.push(*reads),
                    Read::Value(_) | Read::Nothing | Read::Undecided(_) => {}
                }
            }
        }
        origins
    }

    /// The value that decided a condition: of those that could have, the last that made it true, and the first that
    /// did not. `None` where that was the absence of a value, or is not known.
    fn decider(&self, reads: Reads, is_met: bool) -> Option<Origin> {
        let mut found: Vec<Origin> = Vec::new();
        let mut looked = rustc_hash::FxHashSet::default();
        let mut left = Most::AROUND.looked;
        let mut open = vec![reads];
        while let Some(reads) = open.pop() {
            if !looked.insert(reads) {
                continue;
            }
            let part = self.part(reads);
            left = left.checked_sub(part.len())?;
            let undecided = part.iter().filter_map(|read| match read {
                Read::Undecided(part) => Some(*part),
                _ => None,
            });
            let undecided: Vec<Reads> = undecided.collect();
            for (index, read) in (reads.start..).zip(part) {
                if undecided.iter().any(|part| (part.start..part.end).contains(&index)) {
                    continue;
                }
                // What a variable holds says more than what it was made of.
                let next = part.get((index - reads.start) as usize + 1);
                match read {
                    Read::Value(origin) if !found.iter().any(|known| known.span == origin.span) => {
                        found.push(*origin);
                    }
                    Read::Again(reads) if !matches!(next, Some(Read::Value(_) | Read::Nothing)) => {
                        open.push(*reads);
                    }
                    _ => {}
                }
            }
        }
        found.retain(|origin| matches!(origin.mark, Mark::Value | Mark::Derived));
        let found = if found.len() > DECIDERS { &[] } else { found.as_slice() };
        let one = if is_met { found.last() } else { found.first() };
        one.copied()
    }
}
