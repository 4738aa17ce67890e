//! Flux: Kustomizations, HelmReleases, ResourceSets, FluxInstances, and what their controllers make of them.

mod generated;
mod helm_release;
mod index;
mod instance;
mod kustomization;
mod metadata;
mod overrides;
mod reference;
mod release;
mod resource_set;
mod source;
mod substitution;

pub(super) use helm_release::expand as helm_release;
pub(super) use index::Index;
pub(super) use instance::expand as instance;
pub(super) use kustomization::expand as kustomization;
pub use reference::{Reference, Waits, flux_namespace, kustomization_waits};
pub(super) use resource_set::expand as resource_set;
pub use source::is_without_source;
