//! `flux-reconcile-disabled`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;

rule! {
    /// An annotation that tells Flux to leave an object alone.
    ///
    /// ## Why
    ///
    /// With `kustomize.toolkit.fluxcd.io/reconcile: disabled` or `ssa: Ignore`, the object in the repository is not
    /// applied any more: commits to it have no effect, drift stays, and nothing reports it.
    /// `helm.toolkit.fluxcd.io/driftDetection: disabled` does the same for drift in what a chart makes.
    ///
    /// ## What passes
    ///
    /// - `ssa: IfNotPresent` and `ssa: Merge`, which are meant for objects that something else completes
    /// - `prune: disabled`, which protects an object from deletion
    /// - annotations with any other value
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    ///   annotations:
    ///     kustomize.toolkit.fluxcd.io/reconcile: disabled
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
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources>
    pub static RULE = "flux-reconcile-disabled" {
        level: Warning,
        precision: VeryHigh,
        tags: ["flux", "drift"],
        aliases: [],
        checks: [Check::Object(&[], check)],
    }
}

/// Annotations, the values (in any case) that switch something off, and what that is.
const SWITCHES: [(&str, &str, &str); 3] = [
    (
        "kustomize.toolkit.fluxcd.io/reconcile",
        "disabled",
        "Flux does not apply it any more, so commits to it have no effect",
    ),
    (
        "kustomize.toolkit.fluxcd.io/ssa",
        "ignore",
        "Flux does not apply it any more, so commits to it have no effect",
    ),
    ("helm.toolkit.fluxcd.io/driftDetection", "disabled", "Flux does not correct what others change in it"),
];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(annotations) = object.annotations() else { return };
    for (annotation, off, why) in SWITCHES {
        let Some(value) = annotations.get(annotation) else { continue };
        if !value.text().is_some_and(|text| text.eq_ignore_ascii_case(off)) {
            continue;
        }
        let (kind, name) = (object.kind(), object.name());
        cx.report(
            At::value(value),
            Report {
                message: format!(
                    "{kind} `{name}` has the annotation `{annotation}` that takes it away from Flux"
                ),
                why: why.into(),
                help:
                    "remove the annotation; what is not meant to be applied should not be in the repository"
                        .into(),
            },
        );
    }
}
