//! Flux: Kustomizations, HelmReleases, and what their controllers make of them.

mod kustomization;

pub(super) use kustomization::expand as kustomization;
