//! `dependsOn` of Kustomizations and HelmReleases.
//!
//! Must not report anything.

use crate::graph::{OwnerKind, OwnerView, Reference};
use crate::model::KindName;

use super::lookup;

/// The kinds with `dependsOn`.
pub const KINDS: &[OwnerKind] = &[OwnerKind::Kustomization, OwnerKind::HelmRelease];

/// The kind that an owner can depend on: its own.
pub fn kind(owner: &OwnerView<'_>) -> KindName {
    match owner.owner.kind {
        OwnerKind::HelmRelease => KindName { group: "helm.toolkit.fluxcd.io", kind: "HelmRelease" },
        _ => KindName { group: "kustomize.toolkit.fluxcd.io", kind: "Kustomization" },
    }
}

/// What an owner depends on.
pub fn references<'w>(owner: &OwnerView<'w>) -> Vec<Reference<'w>> {
    let kind = kind(owner).kind;
    let items = owner.spec().and_then(|spec| spec.get("dependsOn")).into_iter().flat_map(|list| list.items());
    items.filter_map(|item| lookup::reference(owner, item, kind)).collect()
}

/// The owner that a reference means, in the same cluster.
pub fn target<'w>(owner: &OwnerView<'w>, reference: &Reference<'_>) -> Option<OwnerView<'w>> {
    let own = &owner.owner.key;
    owner.view.owners().find(|other| {
        let key = &other.owner.key;
        other.owner.kind == owner.owner.kind
            && key.cluster == own.cluster
            && key.namespace == reference.namespace
            && key.name == reference.name
    })
}
