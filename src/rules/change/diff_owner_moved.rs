//! `diff-owner-moved`

use std::collections::BTreeMap;

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::{Applied, AppliedKey, ChangeView, OwnerKey, OwnerView, applied};

use super::support::{cascades, display, name_at, prunes, was_written};

rule! {
    /// A change that moves an object to another owner while the old one deletes it.
    ///
    /// ## Why
    ///
    /// Two controllers work at their own pace. When the old owner sees the change first, it prunes the object,
    /// and the new one makes another: a Deployment is down for a while, a claim loses its data. When it sees it
    /// second, it may delete what the new owner has just adopted.
    ///
    /// ## What passes
    ///
    /// - an old owner that does not prune: turn pruning off in one change, move in the next
    ///
    /// Flux Kustomizations are errors. Argo CD looks at the tracking label first, so Applications are warnings.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: base/a.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: a
    ///   namespace: flux-system
    /// spec:
    ///   path: a
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: base/b.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: b
    ///   namespace: flux-system
    /// spec:
    ///   path: b
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: base/a/web.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// # file: base/a/kustomization.yaml
    /// resources: [web.yaml]
    /// # file: base/b/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    ///   namespace: shop
    /// # file: base/b/kustomization.yaml
    /// resources: [settings.yaml]
    /// # file: head/a.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: a
    ///   namespace: flux-system
    /// spec:
    ///   path: a
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: head/b.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: b
    ///   namespace: flux-system
    /// spec:
    ///   path: b
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: head/a/other.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: other
    ///   namespace: shop
    /// # file: head/a/kustomization.yaml
    /// resources: [other.yaml]
    /// # file: head/b/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    ///   namespace: shop
    /// # file: head/b/web.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// # file: head/b/kustomization.yaml
    /// resources: [settings.yaml, web.yaml]
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: base/a.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: a
    ///   namespace: flux-system
    /// spec:
    ///   path: a
    ///   prune: false
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: base/b.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: b
    ///   namespace: flux-system
    /// spec:
    ///   path: b
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: base/a/web.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// # file: base/a/kustomization.yaml
    /// resources: [web.yaml]
    /// # file: base/b/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    ///   namespace: shop
    /// # file: base/b/kustomization.yaml
    /// resources: [settings.yaml]
    /// # file: head/a.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: a
    ///   namespace: flux-system
    /// spec:
    ///   path: a
    ///   prune: false
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: head/b.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: b
    ///   namespace: flux-system
    /// spec:
    ///   path: b
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: head/a/other.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: other
    ///   namespace: shop
    /// # file: head/a/kustomization.yaml
    /// resources: [other.yaml]
    /// # file: head/b/settings.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: settings
    ///   namespace: shop
    /// # file: head/b/web.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// # file: head/b/kustomization.yaml
    /// resources: [settings.yaml, web.yaml]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/faq/#how-do-i-safely-move-resources-from-one-dir-to-another>
    pub static RULE = "diff-owner-moved" {
        level: Error,
        precision: High,
        tags: ["change"],
        aliases: [],
        checks: [Check::Change(check)],
    }
}

type Move<'w> = (OwnerView<'w>, OwnerView<'w>, Vec<(AppliedKey, Applied<'w>, Applied<'w>)>);

fn check(change: &ChangeView<'_>, cx: &mut Cx<'_>) {
    let head = applied(change.head);
    let mut moves: BTreeMap<(OwnerKey, OwnerKey), Move<'_>> = BTreeMap::new();
    for (key, objects) in applied(change.base) {
        let Some(now) = head.get(&key) else { continue };
        for before in objects {
            let Some(old) = before.owner.filter(prunes) else { continue };
            let old_key = OwnerKey::of(&old);
            let owners = || now.iter().filter_map(|it| Some((it, it.owner?)));
            if owners().any(|(_, owner)| OwnerKey::of(&owner) == old_key) {
                continue;
            }
            let Some((after, new)) = owners().next() else { continue };
            let still_deletes =
                change.head_owner(&old).map_or_else(|| cascades(&old), |owner| prunes(&owner));
            if still_deletes {
                let entry =
                    moves.entry((old_key, OwnerKey::of(&new))).or_insert_with(|| (old, new, Vec::new()));
                entry.2.push((key.clone(), before, *after));
            }
        }
    }
    for (old, new, objects) in moves.into_values() {
        let Some((key, before, after)) = objects.first() else { continue };
        let more = match objects.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let level = if old.owner.kind.is_flux() { cx.level() } else { cx.level().min(Level::Warning) };
        let finding = cx.report(
            name_at(&after.object),
            Report {
                message: format!("{}{more} moves from {} to {}", display(key), old.display(), new.display()),
                why: format!(
                    "{} prunes, and may delete the object after the new owner has adopted it",
                    old.display()
                )
                .into(),
                help:
                    "turn pruning off for the object in a change of its own, let it be applied, then move it"
                        .into(),
            },
        );
        finding.level = level;
        finding.object = Some(after.object.object_name());
        was_written(finding, &before.object);
    }
}
