//! A Kubernetes object: a tree with its identity.

use crate::source::{SourceId, SourceMap, StepId};
use crate::yaml::{Cursor, Tree};

/// A field that a render step removed, kept so that its absence can point at who removed it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Removal {
    /// JSON path of what was removed, as [`Cursor::json_path`] writes it.
    pub path: String,
    /// The step that removed it.
    pub step: StepId,
}

/// A Kubernetes object, parsed or rendered. Cheap to clone: the nodes are shared.
#[derive(Clone, Debug)]
pub struct Object {
    /// The object's nodes.
    pub tree: Tree,
    /// The file of record: where it was read from, or the kustomization that generates it.
    pub source: SourceId,
    /// What render steps removed.
    pub removed: Box<[Removal]>,
}

impl Object {
    /// An object as it was read.
    pub fn parsed(tree: Tree) -> Self {
        let source = tree.nodes().first().map_or(SourceId(0), |node| node.span.source);
        Self { tree, source, removed: Box::default() }
    }
}

/// Lists in lists are followed this deep.
const DEPTH: u32 = 4;

/// The objects of a document: itself, or the items of a `*List`, lists among them too.
pub(super) fn objects_of(map: &SourceMap, tree: &Tree) -> Vec<Object> {
    let mut objects = Vec::new();
    collect(Cursor::new(map, tree), tree, DEPTH, &mut objects);
    objects
}

fn collect(root: Cursor<'_>, tree: &Tree, depth: u32, objects: &mut Vec<Object>) {
    let is_list = root.get("kind").and_then(|kind| kind.text()).is_some_and(|kind| kind.ends_with("List"));
    match root.get("items").filter(|items| is_list && items.is_seq() && depth > 0) {
        Some(items) => {
            let items = items.items().filter(Cursor::is_map);
            items.for_each(|item| collect(item, tree, depth - 1, objects));
        }
        None => objects.push(Object::parsed(Tree::new(tree.arena().clone(), root.index()))),
    }
}
