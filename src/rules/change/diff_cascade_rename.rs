//! `diff-cascade-rename`

use std::collections::BTreeSet;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{ChangeView, OwnerKey, OwnerView};

use super::support::{cascades, deletes_owners, is_known, name_at, was_written};

rule! {
    /// A change that removes or renames an owner which takes everything it applied with it.
    ///
    /// ## Why
    ///
    /// To a controller another name is another object: the old Application or Flux Kustomization is pruned by
    /// its parent, and its finalizer deletes all it has ever applied, before or while the new one applies the
    /// same again.
    ///
    /// ## What passes
    ///
    /// - owners that leave everything: Applications without the finalizer, `preserveResourcesOnDeletion`, `applicationsSync:
    ///   create-update`, `deletionPolicy: Orphan`, `prune: false`
    /// - owners that nobody deletes, because no pruning owner applies them
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: base/root.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: root
    ///   namespace: flux-system
    /// spec:
    ///   path: apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: base/apps/shop.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: shop
    ///   namespace: flux-system
    /// spec:
    ///   path: shop
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: base/apps/kustomization.yaml
    /// resources: [shop.yaml]
    /// # file: base/shop/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    ///   namespace: shop
    /// # file: base/shop/kustomization.yaml
    /// resources: [settings.yaml]
    /// # file: head/root.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: root
    ///   namespace: flux-system
    /// spec:
    ///   path: apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: head/apps/shop.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: store
    ///   namespace: flux-system
    /// spec:
    ///   path: shop
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: head/apps/kustomization.yaml
    /// resources: [shop.yaml]
    /// # file: head/shop/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    ///   namespace: shop
    /// # file: head/shop/kustomization.yaml
    /// resources: [settings.yaml]
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: base/root.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: root
    ///   namespace: flux-system
    /// spec:
    ///   path: apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: base/apps/shop.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: shop
    ///   namespace: flux-system
    /// spec:
    ///   path: shop
    ///   prune: false
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: base/apps/kustomization.yaml
    /// resources: [shop.yaml]
    /// # file: base/shop/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    ///   namespace: shop
    /// # file: base/shop/kustomization.yaml
    /// resources: [settings.yaml]
    /// # file: head/root.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: root
    ///   namespace: flux-system
    /// spec:
    ///   path: apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: head/apps/shop.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: store
    ///   namespace: flux-system
    /// spec:
    ///   path: shop
    ///   prune: false
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: head/apps/kustomization.yaml
    /// resources: [shop.yaml]
    /// # file: head/shop/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    ///   namespace: shop
    /// # file: head/shop/kustomization.yaml
    /// resources: [settings.yaml]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/app_deletion/>
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#deletion-policy>
    pub static RULE = "diff-cascade-rename" {
        level: Error,
        precision: High,
        tags: ["change"],
        aliases: [],
        checks: [Check::Change(check)],
    }
}

fn check(change: &ChangeView<'_>, cx: &mut Cx<'_>) {
    let before: BTreeSet<OwnerKey> = change.base.owners().map(|owner| OwnerKey::of(&owner)).collect();
    let now: BTreeSet<OwnerKey> = change.head.owners().map(|owner| OwnerKey::of(&owner)).collect();
    for gone in change.base.owners() {
        if gone.owner.is_symbolic || now.contains(&OwnerKey::of(&gone)) || !cascades(&gone) {
            continue;
        }
        // Without a parent nobody deletes it; with one that is gone as well, the parent is the finding.
        let Some(parent) = gone.parent().and_then(|parent| change.head_owner(&parent)) else { continue };
        let is_made = gone.is_made();
        let may_still_make_it = !is_made && !is_known(&parent)
            || change
                .head
                .owners()
                .any(|owner| owner.owner.is_symbolic && owner.owner.parent == Some(parent.id));
        if !deletes_owners(&parent) || may_still_make_it {
            continue;
        }
        let objects = gone.objects().count();
        let directories = |owner: &OwnerView<'_>| {
            owner.owner.deliveries.iter().filter_map(|it| it.directory.clone()).collect::<Vec<_>>()
        };
        let renamed = change.head.owners().find(|owner| {
            owner.owner.kind == gone.owner.kind
                && !before.contains(&OwnerKey::of(owner))
                && !directories(owner).is_empty()
                && directories(owner) == directories(&gone)
        });
        let (at, what) = match &renamed {
            Some(new) => (name_at(&new.object), format!("is called `{}` now", new.owner.key.name)),
            None => {
                let delivery = parent.owner.deliveries.first();
                let at = delivery.map_or_else(|| name_at(&parent.object), |delivery| At::span(delivery.at));
                (at, "is gone".to_owned())
            }
        };
        let finding = cx.report(
            at,
            Report {
                message: format!("{} {what}, so {} deletes it and what it applied ({objects} objects)", gone.display(), parent.display()),
                why: "to a controller another name is another object: the old one is deleted with all that it applied".into(),
                help: "make it leave its objects in a change before this one: without the finalizer, with `preserveResourcesOnDeletion: \
                       true`, `deletionPolicy: Orphan` or `prune: false`"
                    .into(),
            },
        );
        finding.object = Some(gone.object.object_name());
        was_written(finding, &gone.object);
    }
}
