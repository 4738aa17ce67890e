//! The tape under construction, as both readers write it.
//!
//! Owns the layout rules (relative `skip`, children after their parent, properties sorted by node). Must not
//! know how text is read.

use std::sync::Arc;

use crate::source::{SourceId, Span, StepId};

use super::{Arena, Comment, Flags, Kind, Node, Parsed, Problem, Property, Style, duplicates};

/// Nodes, properties and comments of a source that is being read.
pub(super) struct Tape {
    source: SourceId,
    /// Where the text of the node that was completed last ends; every open block collection ends there, too.
    pub(super) reach: usize,
    pub(super) nodes: Vec<Node>,
    pub(super) properties: Vec<Property>,
    pub(super) comments: Vec<Comment>,
    pub(super) documents: Vec<u32>,
}

impl Tape {
    pub(super) fn new(source: SourceId, nodes: usize) -> Self {
        Self {
            source,
            reach: 0,
            nodes: Vec::with_capacity(nodes),
            properties: Vec::new(),
            comments: Vec::new(),
            documents: Vec::new(),
        }
    }

    /// The span of `start..end` in the source that is being read.
    #[inline(always)]
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        Span { source: self.source, start: start as u32, len: (end - start) as u32 }
    }

    /// Appends a node without children; `close` makes it a parent.
    #[inline(always)]
    pub(super) fn push(&mut self, kind: Kind, style: Style, start: usize, end: usize, flags: Flags) -> u32 {
        let index = self.nodes.len() as u32;
        let span = self.span(start, end);
        self.reach = end;
        self.nodes.push(Node { span, skip: 1, aux: 0, step: StepId::PARSED, kind, style, flags, indent: 0 });
        index
    }

    /// Appends an absent value that would stand at `at`.
    #[inline(always)]
    pub(super) fn push_empty(&mut self, at: usize) -> u32 {
        self.push(Kind::Scalar, Style::Empty, at, at, Flags::default())
    }

    /// Everything since `node` is its subtree.
    #[inline(always)]
    pub(super) fn close(&mut self, node: u32, end: usize, children: u32) {
        self.reach = end;
        let nodes = self.nodes.len() as u32;
        if let Some(node_ref) = self.nodes.get_mut(node as usize) {
            node_ref.skip = nodes - node;
            node_ref.span.len = (end as u32).saturating_sub(node_ref.span.start);
            node_ref.aux = children;
        }
    }

    /// Records an anchor or tag of `node`; nodes may come in any order until `finish`.
    pub(super) fn add_property(&mut self, node: u32, anchor: Span, tag: Span) {
        if let Some(owner) = self.nodes.get_mut(node as usize) {
            owner.flags = owner.flags.with(Flags::PROPERTIES);
        }
        self.properties.push(Property { node, anchor, tag });
    }

    /// The finished tape, with duplicate keys among the problems.
    pub(super) fn finish(mut self, text: &str, mut problems: Vec<Problem>) -> Parsed {
        self.properties.sort_unstable_by_key(|property| property.node);
        let arena =
            Arena { nodes: self.nodes.into_boxed_slice(), properties: self.properties.into_boxed_slice() };
        duplicates::find(text, &arena, &mut problems);
        problems.sort_by_key(|problem| problem.span.start);
        Parsed { arena: Arc::new(arena), documents: self.documents, comments: self.comments, problems }
    }
}
