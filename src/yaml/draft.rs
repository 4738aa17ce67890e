//! A tree under change: the one way rendering makes new trees.
//!
//! Owns copy on write: what nobody touches stays a run of nodes of the arena it came from, with its spans and
//! steps, and is copied as one run when the draft is frozen. The original stays as it is, for everyone who shares
//! it. Must not know what a change means.

use std::borrow::Cow;
use std::sync::Arc;

use crate::source::{SourceMap, Span, StepId};

use super::{Arena, Cursor, Flags, Kind, Node, Property, Style, Tree, decode, key_hash};

/// A value that can be changed. Aliases must have been expanded before ([`inflate`](super::inflate)).
#[derive(Clone, Debug)]
pub enum Draft {
    /// Nodes as they stand in an arena; with a step, all of them are handed to it.
    Shared(Tree, Option<StepId>),
    /// A new scalar.
    Scalar(Node),
    /// A mapping that was opened or made: its own node, and its keys and values.
    Map(Node, Vec<(Draft, Draft)>),
    /// A sequence that was opened or made: its own node, and its items.
    Seq(Node, Vec<Draft>),
}

impl Draft {
    /// A tree, unchanged.
    pub fn new(tree: &Tree) -> Self {
        Draft::Shared(tree.clone(), None)
    }

    /// A copy of a tree in which every value was put there by `step`.
    pub fn put(tree: &Tree, step: StepId) -> Self {
        Draft::Shared(tree.clone(), Some(step))
    }

    /// A string whose value is the bytes of `span`, as they are.
    pub fn text(span: Span, step: StepId) -> Self {
        Draft::Scalar(Node { flags: Flags::TEXT, ..leaf(span, step) })
    }

    /// A mapping key whose name is the bytes of `span`, as they are.
    pub fn key(map: &SourceMap, span: Span, step: StepId) -> Self {
        let aux = key_hash(map.slice(span).as_bytes());
        Draft::Scalar(Node { flags: Flags::TEXT, aux, ..leaf(span, step) })
    }

    /// A mapping key that stands in no file.
    pub fn word(map: &SourceMap, word: &str, step: StepId) -> Self {
        Draft::key(map, map.word(word), step)
    }

    /// An empty mapping made by `step`; `span` is what asked for it.
    pub fn map(span: Span, step: StepId) -> Self {
        Draft::Map(Node { kind: Kind::Map, style: Style::Block, ..leaf(span, step) }, Vec::new())
    }

    /// An empty sequence made by `step`; `span` is what asked for it.
    pub fn seq(span: Span, step: StepId) -> Self {
        Draft::Seq(Node { kind: Kind::Seq, style: Style::Block, ..leaf(span, step) }, Vec::new())
    }

    /// The value's own node. Of a changed collection only span, step, kind and style are up to date. The step is
    /// the one that the value would have in the frozen tree.
    pub fn node(&self) -> Node {
        match self {
            Draft::Shared(tree, step) => {
                let node = tree.nodes().first().copied();
                let node = node.unwrap_or(leaf(Span::new(crate::source::SourceId(0), 0, 0), StepId::PARSED));
                Node { step: step.unwrap_or(node.step), ..node }
            }
            Draft::Scalar(node) | Draft::Map(node, _) | Draft::Seq(node, _) => *node,
        }
    }

    /// What the value is.
    pub fn kind(&self) -> Kind {
        self.node().kind
    }

    /// The decoded text of a scalar; `None` for collections.
    pub fn scalar<'m>(&self, map: &'m SourceMap) -> Option<Cow<'m, str>> {
        let node = self.node();
        (node.kind == Kind::Scalar).then(|| decode(map.source(node.span.source).text(), &node))
    }

    /// Whether the value is a null, written or not.
    pub fn is_null(&self, map: &SourceMap) -> bool {
        match self {
            Draft::Shared(tree, _) => Cursor::new(map, tree).is_null(),
            Draft::Scalar(node) => node.style == Style::Empty,
            Draft::Map(..) | Draft::Seq(..) => false,
        }
    }

    /// Keys and values of a mapping, opened for change; `None` for anything else.
    pub fn entries_mut(&mut self) -> Option<&mut Vec<(Draft, Draft)>> {
        self.open();
        match self {
            Draft::Map(_, entries) => Some(entries),
            _ => None,
        }
    }

    /// Items of a sequence, opened for change; `None` for anything else.
    pub fn items_mut(&mut self) -> Option<&mut Vec<Draft>> {
        self.open();
        match self {
            Draft::Seq(_, items) => Some(items),
            _ => None,
        }
    }

    /// The value of a field, opened for change.
    pub fn get_mut(&mut self, map: &SourceMap, name: &str) -> Option<&mut Draft> {
        if let Draft::Shared(tree, _) = self {
            // Most fields that are asked for are absent, and then nothing needs to be opened.
            Cursor::new(map, tree).get(name)?;
        }
        let entries = self.entries_mut()?;
        let at = position(entries, map, name)?;
        entries.get_mut(at).map(|(_, value)| value)
    }

    /// The value at the end of a walk along field names, opened for change.
    pub fn path_mut(&mut self, map: &SourceMap, names: &[&str]) -> Option<&mut Draft> {
        let mut at = self;
        for name in names {
            at = at.get_mut(map, name)?;
        }
        Some(at)
    }

    /// Takes a field out of a mapping.
    pub fn remove(&mut self, map: &SourceMap, name: &str) -> Option<(Draft, Draft)> {
        self.get_mut(map, name)?;
        let entries = self.entries_mut()?;
        position(entries, map, name).map(|at| entries.remove(at))
    }

    /// Sets a field of a mapping: a known key stays where and as it is written, a new one is appended. `false` when
    /// this is no mapping.
    pub fn set(&mut self, map: &SourceMap, key: Draft, value: Draft) -> bool {
        let name = key.scalar(map).unwrap_or_default();
        if let Some(known) = self.get_mut(map, &name) {
            *known = value;
            return true;
        }
        self.entries_mut().map(|entries| entries.push((key, value))).is_some()
    }

    /// The field `name`, made as an empty mapping by `step` when it is absent or null. `None` when this is no mapping.
    pub fn map_at(&mut self, map: &SourceMap, name: &str, span: Span, step: StepId) -> Option<&mut Draft> {
        let absent = self.get_mut(map, name).is_none_or(|value| value.is_null(map));
        if absent && !self.set(map, Draft::word(map, name, step), Draft::map(span, step)) {
            return None;
        }
        self.get_mut(map, name)
    }

    /// The same scalar as a mapping key.
    #[must_use]
    pub fn into_key(self, map: &SourceMap) -> Self {
        let aux = key_hash(self.scalar(map).unwrap_or_default().as_bytes());
        Draft::Scalar(Node { aux, ..self.node() })
    }

    /// The draft as a tree.
    pub fn freeze(&self) -> Tree {
        if let Draft::Shared(tree, None) = self {
            return tree.clone();
        }
        let mut frozen = Frozen::default();
        frozen.push(self);
        let arena = Arena { nodes: frozen.nodes.into(), properties: frozen.properties.into() };
        Tree::new(Arc::new(arena), 0)
    }

    /// Turns shared nodes into a collection whose children are shared.
    fn open(&mut self) {
        let Draft::Shared(tree, step) = self else { return };
        let step = *step;
        let arena = tree.arena();
        let root = tree.root();
        let Some(node) = arena.nodes.get(root as usize).copied() else { return };
        let child = |at: u32| Draft::Shared(Tree::new(Arc::clone(arena), at), step);
        let next = |at: u32| at + arena.nodes[at as usize].skip;
        let own = Node { step: step.unwrap_or(node.step), flags: Flags::default(), ..node };
        let end = root + node.skip;
        let mut at = root + 1;
        match node.kind {
            Kind::Map => {
                let mut entries = Vec::with_capacity(node.aux as usize / 2 + 1);
                while at < end {
                    let value = next(at);
                    entries.push((child(at), child(value)));
                    at = next(value);
                }
                *self = Draft::Map(own, entries);
            }
            Kind::Seq => {
                let mut items = Vec::with_capacity(node.aux as usize + 1);
                while at < end {
                    items.push(child(at));
                    at = next(at);
                }
                *self = Draft::Seq(own, items);
            }
            Kind::Scalar | Kind::Alias => {}
        }
    }
}

impl From<Cursor<'_>> for Draft {
    /// The value a cursor stands at, unchanged.
    fn from(value: Cursor<'_>) -> Self {
        Draft::new(&value.tree())
    }
}

/// Index of the entry with this key.
fn position(entries: &[(Draft, Draft)], map: &SourceMap, name: &str) -> Option<usize> {
    let hash = key_hash(name.as_bytes());
    entries
        .iter()
        .position(|(key, _)| key.node().aux == hash && key.scalar(map).is_some_and(|text| text == name))
}

fn leaf(span: Span, step: StepId) -> Node {
    Node {
        span,
        skip: 1,
        aux: 0,
        step,
        kind: Kind::Scalar,
        style: Style::Plain,
        flags: Flags::default(),
        indent: 0,
    }
}

/// The tape of a draft.
#[derive(Default)]
struct Frozen {
    nodes: Vec<Node>,
    properties: Vec<Property>,
}

impl Frozen {
    fn push(&mut self, draft: &Draft) {
        let at = self.nodes.len();
        match draft {
            Draft::Shared(tree, step) => self.copy(tree, *step),
            Draft::Scalar(node) => self.nodes.push(*node),
            Draft::Map(node, entries) => {
                self.nodes.push(Node { aux: 2 * entries.len() as u32, ..*node });
                for (key, value) in entries {
                    self.push(key);
                    self.push(value);
                }
                self.close(at);
            }
            Draft::Seq(node, items) => {
                self.nodes.push(Node { aux: items.len() as u32, ..*node });
                items.iter().for_each(|item| self.push(item));
                self.close(at);
            }
        }
    }

    fn close(&mut self, at: usize) {
        self.nodes[at].skip = (self.nodes.len() - at) as u32;
    }

    fn copy(&mut self, tree: &Tree, step: Option<StepId>) {
        let at = self.nodes.len();
        let run = tree.nodes();
        self.nodes.extend_from_slice(run);
        if let Some(step) = step {
            self.nodes[at..].iter_mut().for_each(|node| node.step = step);
        }
        let properties = &tree.arena().properties;
        if !properties.is_empty() {
            let (from, to) = (tree.root(), tree.root() + run.len() as u32);
            let start = properties.partition_point(|property| property.node < from);
            let within = properties[start..].iter().take_while(|property| property.node < to);
            self.properties.extend(
                within.map(|property| Property { node: property.node - from + at as u32, ..*property }),
            );
        }
    }
}
