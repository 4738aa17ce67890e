//! `flux-prune-disabled`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::{GraphView, OwnerKind, OwnerView};
use crate::model::ObjectView;
use crate::rules::support::flux_patches;
use crate::yaml::Cursor;

rule! {
    /// A Flux Kustomization that never deletes, or does not say whether it does.
    ///
    /// ## Why
    ///
    /// With `prune: false`, an object that is deleted from the repository keeps running in the cluster. `prune` is
    /// a required field: without it the API server refuses the Kustomization, which is an error.
    ///
    /// ## What passes
    ///
    /// - objects kept on purpose with the annotation `kustomize.toolkit.fluxcd.io/prune: disabled`
    /// - values that a template fills in
    /// - what no owner applies, in a repository where who applies such objects patches the field into them
    /// - what no owner applies and has neither an interval nor a source: a part of a Kustomization, to be completed
    /// - what the cluster or Flux itself stands on, in `kube-system` and `flux-system`, is a note: people protect it
    ///   from a wrong commit on purpose
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./apps
    ///   prune: false
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   interval: 10m
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#prune>
    pub static RULE = "flux-prune-disabled" {
        level: Warning,
        precision: VeryHigh,
        tags: ["flux", "drift"],
        aliases: [],
        checks: [Check::Owner(&[OwnerKind::Kustomization], check)],
    }
}

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let object = &owner.object;
    let Some(spec) = owner.spec().filter(|spec| spec.is_map()) else { return };
    let is_set = spec.get("prune").is_some_and(|prune| prune.bool() != Some(false));
    // What nobody applies would get it from who does.
    if is_set || owner.owner.parent.is_none() && is_patched_in(owner.view) {
        return;
    }
    // A part of a Kustomization: who applies it has the rest.
    let is_part = ["interval", "sourceRef", "prune"].iter().all(|field| spec.get(field).is_none());
    if is_part && owner.owner.parent.is_none() {
        return;
    }
    if spec.get("prune").is_none() && flux_patches::gives(cx.world(), "prune") {
        return;
    }
    match spec.get("prune") {
        Some(prune) => {
            let finding = cx.report(
                At::value(prune),
                Report {
                    message: format!("Flux Kustomization `{}` never deletes", object.name()),
                    why: "what is deleted from the repository keeps running in the cluster".into(),
                    help: "set `prune: true`; keep single objects with the annotation `kustomize.toolkit.fluxcd.io/prune: disabled`".into(),
                },
            );
            if is_foundation(object, spec) {
                finding.level = Level::Note;
            }
        }
        None => {
            let finding = cx.report(
                At::missing(object, &["spec", "prune"]),
                Report {
                    message: format!("Flux Kustomization `{}` does not set `prune`", object.name()),
                    why: "the field is required, and the API server refuses the object without it".into(),
                    help: "set `prune: true`".into(),
                },
            );
            finding.level = Level::Error;
        }
    }
}

/// Whether somebody patches the field into the Kustomizations that they apply.
fn is_patched_in(view: GraphView<'_>) -> bool {
    let mut applied = view
        .owners()
        .filter(|owner| owner.owner.kind == OwnerKind::Kustomization && owner.owner.parent.is_some());
    applied.any(|owner| {
        let prune = owner.spec().and_then(|spec| spec.get("prune"));
        prune.is_some_and(|prune| prune.bool() == Some(true) && view.map.step(prune.step()).is_some())
    })
}

/// Whether the Kustomization applies what everything else needs: DNS, network, Flux. Deleting that by mistake takes
/// the cluster down and Flux with it, so `prune: false` is often deliberate there.
fn is_foundation(object: &ObjectView<'_>, spec: Cursor<'_>) -> bool {
    let target = spec.get("targetNamespace").and_then(|namespace| namespace.text());
    let target = target.or_else(|| object.namespace());
    let name = object.name();
    match target.as_deref() {
        Some("kube-system") => true,
        // Flux's own namespace holds the Kustomizations of everything; those about Flux are named after it.
        Some("flux-system") => name.starts_with("flux"),
        _ => false,
    }
}
