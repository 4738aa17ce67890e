//! The tree: a pre-order tape of small nodes. A parsed file and a rendered object are the same type.
//!
//! A node is followed by its children; `skip` is the length of its subtree, so a subtree is one run of nodes
//! that can be copied as it is into another arena. Scalars are not stored: a node knows the bytes of the source
//! where it was written, also after a merge has moved it.

use std::sync::Arc;

use crate::source::{SourceId, Span, StepId};

use super::Problem;

/// What a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// A mapping; its children are key, value, key, value …
    Map,
    /// A sequence; its children are its items.
    Seq,
    /// A scalar, or nothing where a value was expected ([`Style::Empty`]).
    Scalar,
    /// `*name`; the node keeps the index of the anchored node in its arena.
    Alias,
}

/// How a node is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Style {
    /// A plain scalar, or an alias.
    Plain,
    /// `'single quoted'`
    Single,
    /// `"double quoted"`
    Double,
    /// `|` block scalar
    Literal,
    /// `>` block scalar
    Folded,
    /// `{…}` or `[…]`
    Flow,
    /// Indented collection
    Block,
    /// An absent value: nothing is written; the span is empty and stands after the `:`, `-` or `---`, or after
    /// the anchor or tag that is all there is.
    Empty,
}

/// Facts about a node that few nodes have.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Flags(pub u8);

impl Flags {
    /// The node has an anchor or a tag, found in [`Arena::properties`].
    pub const PROPERTIES: Flags = Flags(1);
    /// The text between the delimiters is not the value: it has escapes, folded lines or a block indent.
    pub const DECODE: Flags = Flags(2);
    /// The bytes of the span are the value, and it is a string, whatever it looks like: made by a render step.
    pub const TEXT: Flags = Flags(4);

    /// Whether all flags of `other` are set.
    pub const fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

/// One node of the tape.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Node {
    /// The bytes the node was written as: quotes and block header included, anchor and tag not. A block
    /// collection reaches from its first key (with the key's own anchor or tag) or dash to the end of its last
    /// descendant, of which an absent one counts with its place, so that a node always lies inside its parent.
    /// A block scalar reaches to the start of the line that ended it.
    pub span: Span,
    /// Nodes in this subtree, this one included: `index + skip` is the next sibling.
    pub skip: u32,
    /// Scalar: [`key_hash`](super::key_hash) of the decoded text when it is a mapping key, else 0. Collection:
    /// number of children (keys and values both count). Alias: index of the anchored node in the arena.
    pub aux: u32,
    /// The render step that put the value here; [`StepId::PARSED`] when it was read here.
    pub step: StepId,
    /// What the node is.
    pub kind: Kind,
    /// How it is written.
    pub style: Style,
    /// See [`Flags`].
    pub flags: Flags,
    /// Block scalars: columns of indentation that are not part of the value, at most 255. Otherwise 0.
    pub indent: u8,
}

// A tree of 15 bytes of text a node costs twice its text in nodes; a field more is felt on large repositories.
const _: () = assert!(size_of::<Node>() == 28);

/// Anchor and tag of a node. A span of length zero means "has none".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Property {
    /// Index of the node in its arena.
    pub node: u32,
    /// The anchor's name, without `&`.
    pub anchor: Span,
    /// The tag as written, with its `!`.
    pub tag: Span,
}

/// A comment, from `#` to the end of its line (without the line break).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comment {
    /// Where it stands.
    pub span: Span,
    /// Nothing but white space stands before it on its line.
    pub own_line: bool,
}

/// The nodes of one file, or of one rendered object.
#[derive(PartialEq, Eq, Debug, Default)]
pub struct Arena {
    /// Pre-order tape.
    pub nodes: Box<[Node]>,
    /// Anchors and tags, sorted by node.
    pub properties: Box<[Property]>,
}

impl Arena {
    /// The anchor and tag of a node.
    pub fn properties_of(&self, node: u32) -> Option<&Property> {
        if !self.nodes.get(node as usize)?.flags.has(Flags::PROPERTIES) {
            return None;
        }
        let index = self.properties.binary_search_by_key(&node, |property| property.node).ok()?;
        self.properties.get(index)
    }
}

/// A subtree of an arena: a document, an item of a list, a rendered object. Clones share the nodes.
#[derive(Clone, Debug)]
pub struct Tree {
    arena: Arc<Arena>,
    root: u32,
}

/// The arena of a tree and its root in it: two trees that live at the same time and have one place are the very same nodes.
pub type Place = (usize, u32);

impl Tree {
    /// The subtree of `arena` at node `root`.
    pub fn new(arena: Arc<Arena>, root: u32) -> Self {
        Self { arena, root }
    }

    /// The arena the subtree lies in.
    pub fn arena(&self) -> &Arc<Arena> {
        &self.arena
    }

    /// Index of the root node in the arena.
    pub fn root(&self) -> u32 {
        self.root
    }

    /// The nodes of the subtree, root first.
    pub fn nodes(&self) -> &[Node] {
        let start = self.root as usize;
        let end = start + self.arena.nodes.get(start).map_or(0, |node| node.skip as usize);
        self.arena.nodes.get(start..end).unwrap_or_default()
    }

    /// Where it lies in memory.
    pub fn place(&self) -> Place {
        (Arc::as_ptr(&self.arena).addr(), self.root)
    }

    /// Whether both are the very same nodes in memory.
    pub fn shares(&self, other: &Tree) -> bool {
        self.place() == other.place()
    }
}

/// What a reader found in one source.
#[derive(Debug, Default)]
pub struct Parsed {
    /// The nodes of all documents.
    pub arena: Arc<Arena>,
    /// Index of the root node of each document that could be read, in order. A document without content is a
    /// scalar of [`Style::Empty`]; a source without documents (only comments) has none.
    pub documents: Vec<u32>,
    /// All comments, sorted by offset; also those of documents that could not be read, as far as they were seen.
    pub comments: Vec<Comment>,
    /// What could not be read, and duplicate keys, sorted by offset.
    pub problems: Vec<Problem>,
}

impl Parsed {
    /// The documents as trees.
    pub fn trees(&self) -> impl Iterator<Item = Tree> + '_ {
        self.documents.iter().map(|&root| Tree::new(Arc::clone(&self.arena), root))
    }

    /// The source the nodes were read from; `None` for an empty file.
    pub fn source(&self) -> Option<SourceId> {
        self.arena.nodes.first().map(|node| node.span.source)
    }
}
