//! What rules about changes must agree on: who deletes what is gone, and where to say so.
//!
//! Must not report anything.

use std::borrow::Cow;

use crate::engine::At;
use crate::finding::{Finding, Related};
use crate::graph::{Applied, AppliedKey, ChangeView, OwnerKind, OwnerView};
use crate::model::ObjectView;
use crate::source::Span;
use crate::yaml::Cursor;

/// Whether an owner deletes what it applied once that is no longer there.
pub(super) fn prunes(owner: &OwnerView<'_>) -> bool {
    let is_on = |path: &[&str]| owner.object.root.path(path).and_then(|value| value.bool()) == Some(true);
    match owner.owner.kind {
        OwnerKind::Application => is_on(&["spec", "syncPolicy", "automated", "prune"]),
        OwnerKind::Kustomization => is_on(&["spec", "prune"]),
        _ => false,
    }
}

/// Whether everything that an owner applied is deleted with it.
pub(super) fn cascades(owner: &OwnerView<'_>) -> bool {
    let is = |at: Option<Cursor<'_>>, text: &str| at.and_then(|at| at.text()).is_some_and(|it| it == text);
    match owner.owner.kind {
        OwnerKind::Application => {
            // An ApplicationSet adds the finalizer.
            let set = owner.parent().filter(|parent| parent.owner.kind == OwnerKind::ApplicationSet);
            let keeps = set.is_some_and(|set| {
                let policy = set.spec().and_then(|spec| spec.get("syncPolicy"));
                let value = policy.and_then(|policy| policy.get("preserveResourcesOnDeletion"));
                value.is_some_and(|value| value.bool() != Some(false))
            });
            let finalizers = owner.object.root.path(&["metadata", "finalizers"]);
            let mut finalizers =
                finalizers.into_iter().flat_map(|list| list.items()).filter_map(|it| it.text());
            !keeps
                && (set.is_some()
                    || finalizers.any(|it| it.starts_with("resources-finalizer.argocd.argoproj.io")))
        }
        OwnerKind::Kustomization => {
            let policy = owner.spec().and_then(|spec| spec.get("deletionPolicy"));
            is(policy, "Delete") || prunes(owner) && (policy.is_none() || is(policy, "MirrorPrune"))
        }
        _ => false,
    }
}

/// Whether an owner deletes owners that it made or applied once they are no longer there.
pub(super) fn deletes_owners(owner: &OwnerView<'_>) -> bool {
    if owner.owner.kind != OwnerKind::ApplicationSet {
        return prunes(owner);
    }
    let mode = owner.object.root.path(&["spec", "syncPolicy", "applicationsSync"]);
    !matches!(mode.and_then(|mode| mode.text()).as_deref(), Some("create-only" | "create-update"))
}

/// Whether all that an owner applies is known: what is not rendered may hold what seems to be gone.
pub(super) fn is_known(owner: &OwnerView<'_>) -> bool {
    owner.deliveries().all(|(delivery, unit)| {
        delivery.gap().is_none() && unit.is_some_and(|unit| !unit.failed && !unit.partial)
    })
}

/// The name of an object.
pub(super) fn name_at(object: &ObjectView<'_>) -> At {
    At::value(object.root.path(&["metadata", "name"]).unwrap_or(object.root))
}

/// `Kind/namespace/name`
pub(super) fn display(key: &AppliedKey) -> String {
    let namespace = if key.namespace.is_empty() { String::new() } else { format!("{}/", key.namespace) };
    format!("{} `{namespace}{}`", key.kind, key.name)
}

/// Where a person wrote an object: `apps/web.yaml:3`.
pub(super) fn written(object: &ObjectView<'_>) -> String {
    let name = object.root.path(&["metadata", "name"]).unwrap_or(object.root);
    let at = object.map.editable(name.span(), name.step()).or_else(|| object.map.in_file(object.root.span()));
    let Some(at) = at else { return object.map.source(object.object.source).path().to_string() };
    let source = object.map.source(at.source);
    format!("{}:{}", source.path(), source.position(at.start).line)
}

/// Says in a finding where something was written before.
pub(super) fn was_written(finding: &mut Finding, object: &ObjectView<'_>) {
    let message =
        Cow::Owned(format!("what is gone was written at {} of the revision compared with", written(object)));
    finding.related.push(Related { span: finding.primary, message });
}

/// Who no longer brings an object: its owner's path, else its file or the nearest kustomization.
pub(super) fn gone_at(change: &ChangeView<'_>, gone: &Applied<'_>) -> Option<At> {
    if let Some(owner) = gone.owner.and_then(|owner| change.head_owner(&owner)) {
        let delivery = owner.owner.deliveries.first();
        return Some(delivery.map_or_else(|| name_at(&owner.object), |delivery| At::span(delivery.at)));
    }
    let path = gone.object.map.source(gone.object.object.source).path();
    let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
    let near = path.ancestors().skip(1).flat_map(|directory| names.map(|name| directory.join(name)));
    let source = std::iter::once(path.to_owned())
        .chain(near)
        .find_map(|path| Some(change.head.repository.file(&path)?.source));
    let source = source.or_else(|| Some(change.head.repository.files.first()?.source))?;
    Some(At::span(Span::new(source, 0, 0)))
}
