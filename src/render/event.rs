//! What rendering has to say besides the objects: errors, what could not be rendered, entries without effect.
//!
//! Events are data with a place; rules turn them into findings, the coverage line counts the gaps.

use crate::source::Span;

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EventKind {
    /// The kustomization does not build; Kustomize refuses it too.
    BuildError,
    /// As [`EventKind::BuildError`]: a file or directory that is named is not there.
    MissingFile,
    /// A file outside the kustomization's directory is read, which Kustomize does only without its load restrictor.
    Restricted,
    /// A part that is not rendered here: a remote base, a chart, an exec plugin. The rest is.
    NotRendered,
    /// A patch without any object it applies to.
    PatchNoMatch,
    /// An `images:` entry that no image reference matches.
    ImageNoMatch,
    /// A target of a replacement that selects nothing, or has no such field.
    ReplacementNoMatch,
    /// A key that stands twice in a kustomization; the last one counts.
    DuplicateKey,
    /// A namespace set on an object that is cluster-scoped, although Kustomize cannot know.
    ClusterScopedNamespace,
}

/// Something rendering met.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Event {
    /// The place a person would change; may lie in an embedded document.
    pub span: Span,
    /// What it is.
    pub kind: EventKind,
    /// One sentence without a full stop that names the thing.
    pub message: String,
    /// Something that was not rendered could have supplied what is missing: the verdict is open.
    pub unverifiable: bool,
}

impl Event {
    /// An event that nothing unrendered could change.
    pub fn new(kind: EventKind, span: Span, message: impl Into<String>) -> Self {
        Self { span, kind, message: message.into(), unverifiable: false }
    }
}
