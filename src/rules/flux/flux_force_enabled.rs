//! `flux-force-enabled`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A Flux Kustomization that deletes and creates objects again when they cannot be changed.
    ///
    /// ## Why
    ///
    /// With `force: true`, a change of an immutable field makes Flux delete the object and create it anew: a
    /// StatefulSet loses its pods at once, a Service its address, a PersistentVolumeClaim its data.
    ///
    /// ## What passes
    ///
    /// - `force: false`, and a value that a template fills in
    /// - single objects with the annotation `kustomize.toolkit.fluxcd.io/force: enabled`
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
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    ///   force: true
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
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#force>
    pub static RULE = "flux-force-enabled" {
        level: Warning,
        precision: VeryHigh,
        tags: ["flux", "availability"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

const KINDS: &[KindName] = &[KindName { group: "kustomize.toolkit.fluxcd.io", kind: "Kustomization" }];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(force) = object.root.path(&["spec", "force"]).filter(|force| force.bool() == Some(true)) else {
        return;
    };
    cx.report(
        At::value(force),
        Report {
            message: format!("Flux Kustomization `{}` replaces objects that cannot be changed", object.name()),
            why: "a change of an immutable field deletes the object first, and its pods, address or data with it".into(),
            help: "remove `force`; allow it on single objects with the annotation `kustomize.toolkit.fluxcd.io/force: enabled`".into(),
        },
    );
}
