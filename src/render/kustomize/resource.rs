//! An object on its way through the transformers, and the identities it has had.
//!
//! Owns what Kustomize keeps in internal annotations: previous names, prefixes and suffixes, generator options.
//! Must not know what any transformer does.

use std::borrow::Cow;
use std::sync::Arc;

use crate::model::Removal;
use crate::source::{SourceMap, Span};
use crate::yaml::{Cursor, Draft, Kind, Tree};

use super::facts::{Scope, scope_of};
use super::links::Links;

/// API group, version and kind. Empty text is "none" in an object and "any" in a selector.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(in crate::render) struct Gvk {
    pub group: Arc<str>,
    pub version: Arc<str>,
    pub kind: Arc<str>,
}

impl Gvk {
    /// From the `apiVersion` and `kind` of an object.
    pub fn new(api_version: &str, kind: &str) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        Self { group: group.into(), version: version.into(), kind: kind.into() }
    }

    /// `apiVersion` as it is written.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_string()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

/// What an object is called (Kustomize's `resid.ResId`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(in crate::render) struct ResId {
    pub gvk: Gvk,
    /// As written: `""` when the object has none. See [`ResId::effective_namespace`].
    pub namespace: Arc<str>,
    pub name: Arc<str>,
}

impl ResId {
    /// The identity that an object has now.
    pub fn of(root: Cursor<'_>) -> Self {
        let text = |name: &str| root.get(name).and_then(|value| value.text()).unwrap_or_default();
        let metadata = root.get("metadata");
        // A null is no name, and no namespace.
        let called = |name: &str| {
            let value = metadata.and_then(|metadata| metadata.get(name)).filter(|value| !value.is_null());
            Arc::from(&*value.and_then(|value| value.text()).unwrap_or_default())
        };
        Self {
            gvk: Gvk::new(&text("apiVersion"), &text("kind")),
            namespace: called("namespace"),
            name: called("name"),
        }
    }

    /// Whether Kustomize is sure that objects of this kind have no namespace.
    pub fn is_cluster_scoped(&self) -> bool {
        scope_of(&self.gvk.group, &self.gvk.version, &self.gvk.kind) == Scope::Cluster
    }

    /// The namespace, where none and `default` are the same (Kustomize's `EffectiveNamespace`).
    pub fn effective_namespace(&self) -> &str {
        match &*self.namespace {
            _ if self.is_cluster_scoped() => "",
            "" => "default",
            namespace => namespace,
        }
    }

    /// Whether both name the same object: Kustomize compares group, version, kind, name and effective namespace.
    pub fn equals(&self, other: &ResId) -> bool {
        self.gvk == other.gvk
            && self.name == other.name
            && self.effective_namespace() == other.effective_namespace()
    }
}

impl std::fmt::Display for ResId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let namespace: Cow<'_, str> = match &*self.namespace {
            "" => "".into(),
            namespace => format!("{namespace}/").into(),
        };
        write!(f, "{} {namespace}{}", self.gvk.kind, self.name)
    }
}

/// What a generator does when an object of its name is there already.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::render) enum Behavior {
    /// Nothing was said; like `create`.
    #[default]
    Unspecified,
    Create,
    Replace,
    Merge,
}

/// The scalars that say which object a tree is: `apiVersion`, `kind`, name and namespace.
pub(in crate::render) fn identity(root: Cursor<'_>) -> impl Iterator<Item = Cursor<'_>> {
    let paths: [&[&str]; 4] = [&["apiVersion"], &["kind"], &["metadata", "name"], &["metadata", "namespace"]];
    paths
        .into_iter()
        .filter_map(move |path| root.path(path))
        .filter(|value| value.node().kind == Kind::Scalar)
}

/// An object as the transformers see it. Cheap to clone: the nodes are shared.
#[derive(Clone, Debug)]
pub(in crate::render) struct Resource {
    /// Its nodes, without aliases and merge keys.
    pub tree: Tree,
    /// What patches took away.
    pub removed: Vec<Removal>,
    /// Fields of it that are written together.
    pub links: Links,
    /// The identity that [`Resource::tree`] has now.
    pub id: ResId,
    /// The identities it had before, oldest first. Kustomize records one each time a transformer is about to change
    /// name, namespace or kind.
    pub previous: Vec<ResId>,
    /// Prefixes and suffixes it was given, oldest first.
    pub prefixes: Vec<Arc<str>>,
    pub suffixes: Vec<Arc<str>>,
    /// The name gets a hash of the content at the end.
    pub needs_hash: bool,
    /// What the generator that made it asked for.
    pub behavior: Behavior,
    /// The document it was read from, or the generator's entry.
    pub origin: Span,
    /// Patches may change its name or kind for good (`options` of a patch, annotations in Kustomize).
    pub allow_name_change: bool,
    pub allow_kind_change: bool,
    /// The generator that made it: what `buildMetadata: [originAnnotations]` prints.
    pub generator: Option<Plugin>,
    /// Transformers that ran since it appeared, oldest first, whether or not they changed it: what `buildMetadata:
    /// [transformerAnnotations]` prints.
    pub transformers: Vec<Plugin>,
}

/// A built-in generator or transformer as `buildMetadata` names it (`configuredIn` and `configuredBy`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::render) struct Plugin {
    /// The kustomization field's or document's place.
    pub configured_in: Span,
    /// As `ImageTagTransformer`.
    pub kind: Arc<str>,
    /// What the document is called that configures it; empty for a field of a kustomization.
    pub name: Arc<str>,
    pub namespace: Arc<str>,
}

impl Plugin {
    /// What a field of a kustomization configures.
    pub fn of_field(configured_in: Span, kind: &str) -> Self {
        Self { configured_in, kind: kind.into(), name: "".into(), namespace: "".into() }
    }

    /// What a document configures.
    pub fn of_document(document: &Resource) -> Self {
        let ResId { gvk, namespace, name } = document.id.clone();
        Self { configured_in: document.origin, kind: gvk.kind, name, namespace }
    }
}

impl Resource {
    /// An object as it was read: `tree` without aliases.
    pub fn new(map: &SourceMap, tree: Tree, origin: Span) -> Self {
        let id = ResId::of(Cursor::new(map, &tree));
        Self {
            tree,
            removed: Vec::new(),
            links: Links::default(),
            id,
            previous: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            needs_hash: false,
            behavior: Behavior::default(),
            origin,
            allow_name_change: false,
            allow_kind_change: false,
            generator: None,
            transformers: Vec::new(),
        }
    }

    /// The root of its tree.
    pub fn root<'a>(&'a self, map: &'a SourceMap) -> Cursor<'a> {
        Cursor::new(map, &self.tree)
    }

    /// The oldest identity: the one its own file gives it.
    pub fn original(&self) -> &ResId {
        self.previous.first().unwrap_or(&self.id)
    }

    /// All identities, oldest first, the current one last.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = &ResId> {
        self.previous.iter().chain(std::iter::once(&self.id))
    }

    /// Changes the tree. The identity is read anew.
    pub fn change<R>(&mut self, map: &SourceMap, change: impl FnOnce(&mut Draft) -> R) -> R {
        let mut draft = Draft::new(&self.tree);
        let result = change(&mut draft);
        self.set_tree(map, draft.freeze());
        result
    }

    /// Puts a new tree in the place of the old one.
    pub fn set_tree(&mut self, map: &SourceMap, tree: Tree) {
        self.tree = self.links.follow(map, &self.tree, tree);
        self.id = ResId::of(Cursor::new(map, &self.tree));
    }

    /// Remembers the current identity, before a change of it (Kustomize's `StorePreviousId`).
    pub fn remember_id(&mut self) {
        self.previous.push(self.id.clone());
    }
}
