//! What rendering has to say besides the objects: errors, what could not be rendered, entries without effect.
//!
//! Events are data with a place; rules turn them into findings, the coverage line counts the gaps.

use crate::source::Span;

/// What is not rendered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Gap {
    /// A base or component in another repository.
    RemoteBase,
    /// A file behind a URL.
    RemoteFile,
    /// A chart that Kustomize would hand to Helm.
    HelmChart,
    /// A generator or transformer that would have to be executed.
    Plugin,
    /// A field of a Kustomize newer than the one that is rendered here.
    NewerField,
    /// The hash in the name of a generated object whose kind was changed.
    ContentHash,
    /// A file beyond the limits of the configuration.
    LargeFile,
    /// Jsonnet that Argo CD would evaluate.
    Jsonnet,
    /// Variables of Flux that would make more text than any cluster takes.
    Substitution,
    /// A chart that another one depends on and that is not in the repository.
    HelmDependency,
    /// Values of a chart that lie elsewhere, or are only known when it is installed.
    HelmValues,
    /// Values of a chart that stand in a Secret, of which the chart gets the shape alone.
    HelmSecretValues,
    /// What a controller changes in the objects of a chart once they are rendered.
    HelmPostRenderer,
    /// A schema of values that refers to others, which would have to be fetched.
    HelmSchema,
}

impl Gap {
    /// What it is called, as in "3 remote bases not rendered".
    pub const fn name(self) -> &'static str {
        match self {
            Gap::RemoteBase => "remote base",
            Gap::RemoteFile => "remote file",
            Gap::HelmChart => "Helm chart",
            Gap::Plugin => "plugin",
            Gap::NewerField => "field of a newer Kustomize",
            Gap::ContentHash => "content hash",
            Gap::LargeFile => "file beyond the limit",
            Gap::Jsonnet => "Jsonnet directory",
            Gap::Substitution => "variable substitution beyond the limit",
            Gap::HelmDependency => "missing chart dependency",
            Gap::HelmValues => "values of a chart elsewhere",
            Gap::HelmSecretValues => "values Secret",
            Gap::HelmPostRenderer => "post-renderer of a chart",
            Gap::HelmSchema => "schema of values elsewhere",
        }
    }
}

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EventKind {
    /// The kustomization does not build; Kustomize refuses it too.
    BuildError,
    /// As [`EventKind::BuildError`]: everything in the kustomization is a comment.
    EmptyKustomization,
    /// As [`EventKind::BuildError`]: a file or directory that is named is not there.
    MissingFile,
    /// A file outside the kustomization's directory is read, which Kustomize does only without its load restrictor.
    Restricted,
    /// A part that is not rendered here. The rest is.
    NotRendered(Gap),
    /// A patch without any object it applies to.
    PatchNoMatch,
    /// A patch with a target, in which there is nothing but comments.
    EmptyPatch,
    /// An `images:` entry that no image reference matches.
    ImageNoMatch,
    /// A target of a replacement that selects nothing, or has no such field.
    ReplacementNoMatch,
    /// A key that stands twice in a kustomization; the last one counts.
    DuplicateKey,
    /// A namespace set on an object that is cluster-scoped, although Kustomize cannot know.
    ClusterScopedNamespace,
    /// A variable of Flux's `postBuild` that nothing defines; it is left as it is written.
    UndefinedVariable,
    /// An expression of Flux's `postBuild` that cannot be read, which fails the whole Kustomization.
    BadSubstitution,
    /// Helm does not take a chart, or the values it gets.
    ChartError,
    /// A template of a chart fails, or prints what is no YAML. The others are rendered.
    TemplateError,
    /// A template of a chart makes too much or takes too long, or the chart itself is too large.
    ChartLimit,
    /// A template asks for a value that is not there, or does not want one that is (`required`, `fail`).
    ValueRequired,
    /// A value is not what `values.schema.json` of its chart asks for.
    SchemaViolation,
    /// A values file that is named is not there.
    MissingValuesFile,
    /// `Chart.lock` does not say which charts the dependencies of a chart are.
    ChartLock,
}

impl EventKind {
    /// Whether something was not rendered.
    pub const fn is_gap(self) -> bool {
        matches!(self, EventKind::NotRendered(_))
    }

    /// Whether it ends a build.
    pub const fn is_error(self) -> bool {
        let of_charts = matches!(
            self,
            EventKind::ChartError
                | EventKind::TemplateError
                | EventKind::ChartLimit
                | EventKind::ValueRequired
                | EventKind::SchemaViolation
                | EventKind::MissingValuesFile
        );
        let of_kustomizations = matches!(
            self,
            EventKind::BuildError
                | EventKind::EmptyKustomization
                | EventKind::MissingFile
                | EventKind::Restricted
        );
        of_charts || of_kustomizations
    }
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
