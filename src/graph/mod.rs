//! The repository as controllers see it: which owner applies which objects to which cluster, and from where.
//!
//! Owns owners (Argo CD Applications and ApplicationSets, Flux Kustomizations, HelmReleases and the like), what they
//! deliver, clusters and the identity of objects in them. What cannot be followed is said, never guessed: every
//! delivery has a [`Status`]. Must not know rules.

mod address;
mod argo;
mod build;
mod change;
mod charts;
mod component;
mod context;
mod delivered;
mod environment;
mod flux;
mod identity;
mod idle;
mod inference;
mod loose;
mod owner;
mod release;
mod settle;
mod status;
mod this;
mod version;
mod view;

pub use argo::{Glob, Permission, Project, ValueFile, is_in_cluster, normalize_git_url, sources};
pub use build::build;
pub use change::{AllApplied, Applied, AppliedKey, ChangeView, OwnerKey, applied};
pub use component::{Artifact, ArtifactKind, Cell, Component, Inversion, components};
pub use context::Context;
pub use delivered::{Delivered, Tops, is_written, paths};
pub use environment::{
    Environment, Environments, Evidence, differ_in_environment, name_without_environment, without_environment,
};
pub use flux::{Reference, Waits, flux_namespace, is_without_source, kustomization_waits};
pub use identity::{Cluster, ClusterId, ObjectKey, Placed};
pub use idle::Idle;
pub use owner::{Delivery, Owner, OwnerId, OwnerKind, Remark, RemarkKind, Tool};
pub use status::Status;
pub use this::{Revision, ThisRepository, Whose};
pub use version::{Scheme, compare as compare_versions};
pub use view::{GraphView, OwnerView};

/// Owners, clusters, and the objects that owners apply.
#[derive(Debug, Default)]
pub struct Graph {
    /// The owners, sorted by cluster, kind, namespace and name. [`OwnerId`]s index into it.
    pub owners: Vec<Owner>,
    /// The clusters, sorted by name. [`ClusterId`]s index into it.
    pub clusters: Vec<Cluster>,
    /// Every object that an owner applies, sorted by its key: those that two owners apply stand side by side.
    pub objects: Vec<Placed>,
    /// The repository, as owners name it.
    pub this: ThisRepository,
    /// What is known of environments besides.
    pub environments: Environments,
    /// The environment of each unit of the rendering.
    pub unit_environments: Vec<Option<Environment>>,
}

impl Graph {
    /// The owner with an id of this graph.
    pub fn owner(&self, id: OwnerId) -> &Owner {
        &self.owners[id.0 as usize]
    }

    /// The cluster with an id of this graph.
    pub fn cluster(&self, id: ClusterId) -> &Cluster {
        &self.clusters[id.0 as usize]
    }

    /// What is applied under a key; more than one when several owners do.
    pub fn placed(&self, key: &ObjectKey) -> &[Placed] {
        let start = self.objects.partition_point(|placed| placed.key < *key);
        let rest = &self.objects[start..];
        &rest[..rest.partition_point(|placed| placed.key == *key)]
    }

    /// The owners that apply a unit, an index into the rendering's.
    pub fn owners_of(&self, unit: usize) -> impl Iterator<Item = OwnerId> + '_ {
        let delivers =
            move |owner: &Owner| owner.deliveries.iter().any(|delivery| delivery.unit == Some(unit));
        (0..).zip(&self.owners).filter(move |(_, owner)| delivers(owner)).map(|(index, _)| OwnerId(index))
    }
}
