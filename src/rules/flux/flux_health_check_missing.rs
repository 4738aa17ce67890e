//! `flux-health-check-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

use super::readiness::waits;

rule! {
    /// A Flux Kustomization that does not wait for what it applies.
    ///
    /// ## Why
    ///
    /// Without `wait` or `healthChecks` a Kustomization is ready as soon as the API server has taken its objects.
    /// Pods that crash do not show in its status, alerts stay silent, and whatever depends on it starts too early.
    ///
    /// ## What passes
    ///
    /// - `wait: true`, or entries under `healthChecks` or `healthCheckExprs`
    /// - values that a template fills in
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
    ///   wait: true
    ///   timeout: 5m
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#wait>
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#health-checks>
    pub static RULE = "flux-health-check-missing" {
        level: Note,
        by_tier: true,
        profile: Pedantic,
        precision: VeryHigh,
        tags: ["flux", "health"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

const KINDS: &[KindName] = &[KindName { group: "kustomize.toolkit.fluxcd.io", kind: "Kustomization" }];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = object.root.get("spec").filter(|spec| spec.is_map()) else { return };
    if waits(spec) {
        return;
    }
    cx.report(
        At::missing(object, &["spec", "wait"]),
        Report {
            message: format!("Flux Kustomization `{}` is ready before what it applies is", object.name()),
            why: "a failed rollout does not show in its status, and nothing alerts on it".into(),
            help: "set `wait: true` and a `timeout`, or list `healthChecks`".into(),
        },
    );
}
