//! Changes to a tree: the one operation rendering is made of. Nodes that are not touched are copied as runs and
//! keep their spans and steps; the original stays as it is, for everyone who shares it.

use std::sync::Arc;

use crate::source::StepId;

use super::{Arena, Flags, Kind, Node, Property, Style, Tree};

/// A change at one node.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Puts another subtree in the place of a value. Its nodes get the step.
    Replace(Tree, StepId),
    /// Removes a mapping entry (the node is its key) or an item of a sequence.
    Remove,
}

/// A tree with changes applied. Each is given with the index, in the tree's arena, of the node it is about;
/// they must be sorted by it, and none may lie inside another.
pub fn edit(tree: &Tree, edits: &[(u32, Edit)]) -> Tree {
    let mut builder = Builder::default();
    let mut edits = edits.iter().peekable();
    let arena = tree.arena();
    let end = tree.root() + arena.nodes.get(tree.root() as usize).map_or(0, |node| node.skip);
    let mut at = tree.root();
    while at < end {
        builder.close_until(at);
        let node = &arena.nodes[at as usize];
        match edits.next_if(|(target, _)| *target == at) {
            Some((_, Edit::Replace(with, step))) => {
                builder.copy(with.arena(), with.root(), Some(*step));
                at += node.skip;
            }
            Some((_, Edit::Remove)) => {
                let is_entry = builder.in_map();
                at += node.skip;
                let value = arena.nodes.get(at as usize).filter(|_| is_entry).map_or(0, |value| value.skip);
                at += value;
                builder.drop_children(if is_entry { 2 } else { 1 });
            }
            // Nothing changes below this node: one run.
            None if edits.peek().is_none_or(|(target, _)| *target >= at + node.skip) => {
                builder.copy(arena, at, None);
                at += node.skip;
            }
            None => {
                builder.open(arena, at, at + node.skip);
                at += 1;
            }
        }
    }
    builder.close_until(u32::MAX);
    builder.finish()
}

/// A collection that is being copied node by node.
struct Open {
    /// Its index in the new tape.
    node: usize,
    /// Index of the node behind it in the old tape.
    end: u32,
}

/// Nodes of one tree beyond which aliases are not expanded any more.
const EXPANSION_LIMIT: usize = 1_000_000;

/// Aliases inside what aliases name are followed this deep.
const EXPANSION_DEPTH: u32 = 100;

fn names_itself(arena: &Arena, alias: u32) -> bool {
    let target = arena.nodes[alias as usize].aux;
    target < alias && alias < target + arena.nodes[target as usize].skip
}

#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    properties: Vec<Property>,
    open: Vec<Open>,
    /// How many expansions of aliases are going on.
    expanding: u32,
}

impl Builder {
    fn in_map(&self) -> bool {
        self.open.last().is_some_and(|open| self.nodes[open.node].kind == Kind::Map)
    }

    fn drop_children(&mut self, count: u32) {
        if let Some(open) = self.open.last() {
            self.nodes[open.node].aux -= count;
        }
    }

    fn open(&mut self, arena: &Arena, at: u32, end: u32) {
        self.open.push(Open { node: self.nodes.len(), end });
        self.push(arena, at, None);
    }

    fn close_until(&mut self, at: u32) {
        while let Some(open) = self.open.pop_if(|open| open.end <= at) {
            self.nodes[open.node].skip = (self.nodes.len() - open.node) as u32;
        }
    }

    fn push(&mut self, arena: &Arena, at: u32, step: Option<StepId>) {
        let mut node = arena.nodes[at as usize];
        node.step = step.unwrap_or(node.step);
        if node.flags.has(Flags::PROPERTIES)
            && let Some(property) = arena.properties_of(at)
        {
            self.properties.push(Property { node: self.nodes.len() as u32, ..*property });
        }
        self.nodes.push(node);
    }

    /// Copies a subtree. Aliases are expanded, since what they name may lie outside it.
    fn copy(&mut self, arena: &Arena, root: u32, step: Option<StepId>) {
        let end = root + arena.nodes[root as usize].skip;
        let run = &arena.nodes[root as usize..end as usize];
        let has_alias = run.iter().any(|node| node.kind == Kind::Alias);
        if !has_alias {
            for at in root..end {
                self.push(arena, at, step);
            }
            return;
        }
        let outer = std::mem::take(&mut self.open);
        for at in root..end {
            self.close_until(at);
            let node = &arena.nodes[at as usize];
            match node.kind {
                // An alias to a collection it stands in names itself, and aliases of aliases grow without end:
                // what is not expanded is null, which is what such a document is worth.
                Kind::Alias
                    if self.nodes.len() > EXPANSION_LIMIT
                        || self.expanding >= EXPANSION_DEPTH
                        || names_itself(arena, at) =>
                {
                    self.push(arena, at, step);
                    if let Some(node) = self.nodes.last_mut() {
                        let span = node.span.part(0, 0);
                        *node = Node { kind: Kind::Scalar, style: Style::Empty, aux: 0, span, ..*node };
                    }
                }
                Kind::Alias => {
                    self.expanding += 1;
                    self.copy(arena, node.aux, step);
                    self.expanding -= 1;
                }
                Kind::Map | Kind::Seq => self.open(arena, at, at + node.skip),
                Kind::Scalar => self.push(arena, at, step),
            }
        }
        self.close_until(u32::MAX);
        self.open = outer;
    }

    fn finish(self) -> Tree {
        let arena = Arena { nodes: self.nodes.into(), properties: self.properties.into() };
        Tree::new(Arc::new(arena), 0)
    }
}
