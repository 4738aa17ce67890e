//! A Kubernetes object: a tree with its identity.

use std::sync::Arc;

use crate::source::{SourceId, SourceMap, StepId};
use crate::yaml::{Cursor, Mark, Tree};

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
    /// What it is, read once: nearly every rule asks every object for it, and the text lies far away in memory.
    identity: Identity,
}

/// `apiVersion` and `kind`, empty when absent, and where the fields of `metadata` are that most rules look at.
#[derive(Clone, Debug)]
struct Identity {
    api_version: Arc<str>,
    kind: Arc<str>,
    name: Option<Mark>,
    namespace: Option<Mark>,
    labels: Option<Mark>,
    annotations: Option<Mark>,
}

/// A field of `metadata`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Metadata {
    Name,
    Namespace,
    Labels,
    Annotations,
}

impl Identity {
    fn of(map: &SourceMap, tree: &Tree) -> Self {
        let root = Cursor::new(map, tree);
        let text =
            |field: &str| map.shared(&root.get(field).and_then(|value| value.text()).unwrap_or_default());
        let metadata = root.get("metadata");
        let mark = |field: &str| metadata.and_then(|metadata| metadata.get(field)).map(|value| value.mark());
        Self {
            api_version: text("apiVersion"),
            kind: text("kind"),
            name: mark("name"),
            namespace: mark("namespace"),
            labels: mark("labels"),
            annotations: mark("annotations"),
        }
    }
}

impl Object {
    /// An object with its file of record.
    pub fn new(map: &SourceMap, tree: Tree, source: SourceId) -> Self {
        let identity = Identity::of(map, &tree);
        Self { tree, source, removed: Box::default(), identity }
    }

    /// An object as it was read.
    pub fn parsed(map: &SourceMap, tree: Tree) -> Self {
        let source = tree.nodes().first().map_or(SourceId(0), |node| node.span.source);
        Self::new(map, tree, source)
    }

    /// The objects of a `*List`, lists among them too; the object itself when it is none.
    #[must_use]
    pub fn items(self, map: &SourceMap) -> Vec<Self> {
        if !self.kind().ends_with("List") {
            return vec![self];
        }
        let items = objects_of(map, &self.tree).into_iter();
        items.map(|item| Self { source: self.source, ..item }).collect()
    }

    /// Puts other nodes in the place of its own.
    pub fn set_tree(&mut self, map: &SourceMap, tree: Tree) {
        self.identity = Identity::of(map, &tree);
        self.tree = tree;
    }

    /// `apiVersion`; empty when absent.
    pub fn api_version(&self) -> &str {
        &self.identity.api_version
    }

    /// `kind`; empty when absent.
    pub fn kind(&self) -> &str {
        &self.identity.kind
    }

    /// `metadata.name`, `namespace`, `labels` or `annotations`.
    pub(super) fn metadata<'w>(&'w self, map: &'w SourceMap, field: Metadata) -> Option<Cursor<'w>> {
        let mark = match field {
            Metadata::Name => self.identity.name,
            Metadata::Namespace => self.identity.namespace,
            Metadata::Labels => self.identity.labels,
            Metadata::Annotations => self.identity.annotations,
        };
        mark.map(|mark| Cursor::back(map, &self.tree, mark))
    }
}

/// Lists in lists are followed this deep.
const DEPTH: u32 = 4;

/// The objects of a document: itself, or the items of a `*List`, lists among them too.
pub(super) fn objects_of(map: &SourceMap, tree: &Tree) -> Vec<Object> {
    let mut objects = Vec::new();
    collect(map, Cursor::new(map, tree), tree, DEPTH, &mut objects);
    objects
}

fn collect(map: &SourceMap, root: Cursor<'_>, tree: &Tree, depth: u32, objects: &mut Vec<Object>) {
    let is_list = root.get("kind").and_then(|kind| kind.text()).is_some_and(|kind| kind.ends_with("List"));
    match root.get("items").filter(|items| is_list && items.is_seq() && depth > 0) {
        Some(items) => {
            let items = items.items().filter(Cursor::is_map);
            items.for_each(|item| collect(map, item, tree, depth - 1, objects));
        }
        None => objects.push(Object::parsed(map, Tree::new(tree.arena().clone(), root.index()))),
    }
}
