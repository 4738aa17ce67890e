//! `flux-drift-detection-off`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A HelmRelease whose objects Flux does not compare with the cluster.
    ///
    /// ## Why
    ///
    /// Without `driftDetection.mode: enabled`, what somebody changes by hand in the objects of a release stays
    /// until the next upgrade of the chart, and nobody is told.
    ///
    /// ## What passes
    ///
    /// - `driftDetection.mode: enabled`, with whatever `ignore`
    /// - values that a template fills in
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   interval: 1h
    ///   chartRef:
    ///     kind: OCIRepository
    ///     name: web
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   interval: 1h
    ///   chartRef:
    ///     kind: OCIRepository
    ///     name: web
    ///   driftDetection:
    ///     mode: enabled
    ///     ignore:
    ///       - paths: [/spec/replicas]
    ///         target:
    ///           kind: Deployment
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/helm/helmreleases/#drift-detection>
    pub static RULE = "flux-drift-detection-off" {
        level: Note,
        by_tier: true,
        profile: Pedantic,
        precision: VeryHigh,
        tags: ["flux", "helm", "drift"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

const KINDS: &[KindName] = &[KindName { group: "helm.toolkit.fluxcd.io", kind: "HelmRelease" }];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    if !object.root.get("spec").is_some_and(|spec| spec.is_map()) {
        return;
    }
    let mode = object.root.path(&["spec", "driftDetection", "mode"]);
    let what = match mode.and_then(|mode| mode.text()).as_deref() {
        None | Some("" | "disabled") => "leaves what others change in its objects",
        Some("warn") => "only warns of what others change in its objects",
        Some(_) => return,
    };
    let at = mode.map_or_else(|| At::missing(object, &["spec", "driftDetection"]), At::value);
    cx.report(
        at,
        Report {
            message: format!("HelmRelease `{}` {what}", object.name()),
            why: "the cluster and the repository differ until the next upgrade of the chart".into(),
            help: "set `driftDetection.mode: enabled`, and list under `ignore` what others may change".into(),
        },
    );
}
