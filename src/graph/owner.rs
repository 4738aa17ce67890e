//! Owners: objects that make a controller apply other objects.

use camino::Utf8PathBuf;

use crate::model::{KindName, Object, ObjectView};
use crate::render::Built;
use crate::source::Span;

use super::{ClusterId, Environment, ObjectKey, Status, ValueFile};

/// Index of an [`Owner`] in its [`Graph`](super::Graph).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OwnerId(pub u32);

/// What an owner is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OwnerKind {
    /// Argo CD's `Application`.
    Application,
    /// Argo CD's `ApplicationSet`; it makes Applications.
    ApplicationSet,
    /// Flux's `Kustomization`.
    Kustomization,
    /// Flux's `HelmRelease`.
    HelmRelease,
    /// The Flux Operator's `ResourceSet`; it makes objects from a template.
    ResourceSet,
    /// The Flux Operator's `FluxInstance`; it installs Flux and syncs a path.
    FluxInstance,
}

impl OwnerKind {
    /// All of them with the API group and kind of their objects.
    pub const ALL: [(OwnerKind, KindName); 6] = [
        (OwnerKind::Application, KindName { group: "argoproj.io", kind: "Application" }),
        (OwnerKind::ApplicationSet, KindName { group: "argoproj.io", kind: "ApplicationSet" }),
        (OwnerKind::Kustomization, KindName { group: "kustomize.toolkit.fluxcd.io", kind: "Kustomization" }),
        (OwnerKind::HelmRelease, KindName { group: "helm.toolkit.fluxcd.io", kind: "HelmRelease" }),
        (OwnerKind::ResourceSet, KindName { group: "fluxcd.controlplane.io", kind: "ResourceSet" }),
        (OwnerKind::FluxInstance, KindName { group: "fluxcd.controlplane.io", kind: "FluxInstance" }),
    ];

    /// What an object is as an owner; `None` for most objects.
    pub fn of(object: &ObjectView<'_>) -> Option<Self> {
        let kind = object.kind();
        let candidate = Self::ALL.iter().find(|(_, name)| name.kind == kind)?;
        (object.group() == candidate.1.group).then_some(candidate.0)
    }

    /// Whether Flux reconciles it.
    pub const fn is_flux(self) -> bool {
        !matches!(self, OwnerKind::Application | OwnerKind::ApplicationSet)
    }

    /// The kind as people write it.
    pub const fn name(self) -> &'static str {
        match self {
            OwnerKind::Application => "Application",
            OwnerKind::ApplicationSet => "ApplicationSet",
            OwnerKind::Kustomization => "Kustomization",
            OwnerKind::HelmRelease => "HelmRelease",
            OwnerKind::ResourceSet => "ResourceSet",
            OwnerKind::FluxInstance => "FluxInstance",
        }
    }
}

/// How an owner makes objects of what it finds at a path.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tool {
    /// Manifests as they stand.
    Directory,
    /// A kustomization, written or made up by Flux.
    Kustomize,
    /// A chart.
    Helm,
    /// A config management plugin.
    Plugin,
    /// A generator reads it and applies nothing: what it makes are owners.
    Generator,
    /// Not known, because the path is not there or not looked at.
    Unknown,
}

/// An object that makes a controller apply others, in one cluster.
#[derive(Debug)]
pub struct Owner {
    /// What it is.
    pub kind: OwnerKind,
    /// The object as the controller gets it, from whichever file, overlay or template.
    pub object: Object,
    /// Its identity; `cluster` is the one where the controller runs.
    pub key: ObjectKey,
    /// Who applies it; `None` for one that a person or a bootstrap command applies.
    pub parent: Option<OwnerId>,
    /// What it applies, in the order in which it names its sources. Of an ApplicationSet, what its generators read.
    pub deliveries: Vec<Delivery>,
    /// The environment that it delivers to, as its own fields or else who applies it say.
    pub environment: Option<Environment>,
    /// The environment that the element says which an ApplicationSet made it of (`env: prod`).
    pub element: Option<Environment>,
    /// Whether it stands for any number of owners that are only known when it runs: an ApplicationSet makes it of
    /// clusters, of the files of another repository, or of what a service answers.
    pub is_symbolic: bool,
    /// What was noticed when it was expanded.
    pub remarks: Vec<Remark>,
}

/// Something that rules should know about an owner, noticed when it was expanded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Remark {
    /// What it is.
    pub kind: RemarkKind,
    /// Where.
    pub at: Span,
    /// What exactly: half a sentence.
    pub message: String,
}

/// What was noticed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RemarkKind {
    /// A template names a parameter that no generator provides.
    UnresolvedParameter,
    /// A template cannot be rendered, whatever the parameters.
    InvalidTemplate,
    /// A generator whose paths match nothing.
    MatchesNothing,
    /// One path of several of a generator matches nothing.
    PatternMatchesNothing,
    /// Several elements make the same name.
    DuplicateName,
}

/// One source of an owner: what it takes from where, and where to.
#[derive(Debug)]
pub struct Delivery {
    /// The value that asks for it: a `path`, a `chart`, or else the source.
    pub at: Span,
    /// The directory of this repository that is read, relative to the root.
    pub directory: Option<Utf8PathBuf>,
    /// How objects are made of it.
    pub tool: Tool,
    /// Whether it could be followed.
    pub status: Status,
    /// What is applied: an index into the rendering's units.
    pub unit: Option<usize>,
    /// Where it is applied.
    pub cluster: ClusterId,
    /// The namespace of objects that name none, where the owner sets one.
    pub namespace: Option<String>,
    /// The value files it names, of a chart.
    pub values: Vec<ValueFile>,
}

impl Delivery {
    /// Why nobody can tell from the repository what is applied; `None` when it is known, or known to be missing.
    pub fn gap(&self) -> Option<&str> {
        match &self.status {
            Status::Missing(_) => None,
            Status::External => Some("outside of this repository"),
            Status::Unverifiable(why) => Some(why),
            Status::Resolved if self.unit.is_some() || self.tool == Tool::Generator => None,
            Status::Resolved => Some(match self.tool {
                Tool::Helm => "a chart, not rendered",
                Tool::Plugin => "made by a plugin, not rendered",
                _ => "no objects are known",
            }),
        }
    }
}

/// What a controller makes of an owner, before it is known who applies the owner.
#[derive(Debug, Default)]
pub(super) struct Expansion {
    /// Its deliveries, in order.
    pub deliveries: Vec<Planned>,
    /// Owners that it makes from a template: the Applications of an ApplicationSet.
    pub made: Vec<Object>,
    /// Those of them that stand for any number of owners.
    pub symbolic: Vec<Object>,
    /// Those of both whose element names their environment, with its name.
    pub stated: Vec<(Object, String)>,
    /// What was noticed.
    pub remarks: Vec<Remark>,
}

/// A delivery that is not placed yet.
#[derive(Debug)]
pub(super) struct Planned {
    /// As in [`Delivery`].
    pub at: Span,
    /// As in [`Delivery`].
    pub directory: Option<Utf8PathBuf>,
    /// As in [`Delivery`].
    pub tool: Tool,
    /// As in [`Delivery`].
    pub status: Status,
    /// What is applied.
    pub content: Content,
    /// Where it is applied.
    pub destination: Destination,
    /// As in [`Delivery`].
    pub namespace: Option<String>,
    /// As in [`Delivery`].
    pub values: Vec<ValueFile>,
}

/// What a delivery applies.
#[derive(Debug)]
pub(super) enum Content {
    /// A kustomization as it stands; all who apply it share the unit. Flux lifts the load restrictor.
    Kustomization { directory: Utf8PathBuf, unrestricted: bool },
    /// A unit of its own: files as they stand, or a kustomization that the owner edits.
    Own(Box<Built>),
    /// Nothing that could be looked at.
    Nothing,
}

/// The cluster that a delivery goes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Destination {
    /// The one where the owner itself lives.
    Own,
    /// Another one, by name or address.
    Named(String),
    /// One that is only known when it runs. The text says what is known: a template, a selector.
    Opaque(String),
}
