//! `flux-timeout-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

use super::readiness::{duration, waits};

rule! {
    /// A Flux Kustomization that waits for health without a limit of its own.
    ///
    /// ## Why
    ///
    /// The default of `timeout` is `interval`. With an interval of an hour, a rollout that fails keeps the
    /// Kustomization busy for that hour: it says nothing, does not pick up the commit that repairs it, and holds up
    /// all that depends on it.
    ///
    /// ## What passes
    ///
    /// - a Kustomization with `timeout`
    /// - one that does not wait: `flux-health-check-missing` is about those
    /// - an interval of at most ten minutes
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
    ///   interval: 1h
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    ///   wait: true
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
    ///   interval: 1h
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
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#timeout>
    pub static RULE = "flux-timeout-missing" {
        level: Note,
        profile: Pedantic,
        precision: VeryHigh,
        tags: ["flux", "health"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

const KINDS: &[KindName] = &[KindName { group: "kustomize.toolkit.fluxcd.io", kind: "Kustomization" }];

/// Seconds that nobody minds to wait for an error.
const SHORT: f64 = 600.0;

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = object.root.get("spec").filter(|spec| waits(*spec) && spec.get("timeout").is_none())
    else {
        return;
    };
    let Some(interval) = spec.get("interval").and_then(|interval| interval.text()) else { return };
    if !duration(&interval).is_some_and(|seconds| seconds > SHORT) {
        return;
    }
    cx.report(
        At::missing(object, &["spec", "timeout"]),
        Report {
            message: format!(
                "Flux Kustomization `{}` waits up to {interval} for a rollout that fails",
                object.name()
            ),
            why: "without `timeout` the limit is `interval`, and until then nothing is reported or repaired"
                .into(),
            help: "set `timeout` to what a rollout takes, for example `5m`".into(),
        },
    );
}
