//! `flux-suspend-committed`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A Flux object that is suspended in the repository.
    ///
    /// ## Why
    ///
    /// A suspended object is not reconciled: commits have no effect, drift is not corrected, and nothing reports
    /// it. `flux suspend` is meant for an hour; in the repository it lasts until somebody remembers.
    ///
    /// ## What passes
    ///
    /// - `suspend: false`, and values that a template fills in
    /// - `suspend` of other kinds, such as CronJob
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata:
    ///   name: redis
    /// spec:
    ///   interval: 1h
    ///   suspend: true
    ///   chartRef:
    ///     kind: OCIRepository
    ///     name: redis
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata:
    ///   name: redis
    /// spec:
    ///   interval: 1h
    ///   chartRef:
    ///     kind: OCIRepository
    ///     name: redis
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/kustomize/kustomizations/#suspend>
    pub static RULE = "flux-suspend-committed" {
        level: Warning,
        precision: VeryHigh,
        tags: ["flux", "drift"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

const KINDS: &[KindName] = &[
    KindName { group: "kustomize.toolkit.fluxcd.io", kind: "Kustomization" },
    KindName { group: "helm.toolkit.fluxcd.io", kind: "HelmRelease" },
    KindName { group: "source.toolkit.fluxcd.io", kind: "GitRepository" },
    KindName { group: "source.toolkit.fluxcd.io", kind: "OCIRepository" },
    KindName { group: "source.toolkit.fluxcd.io", kind: "HelmRepository" },
    KindName { group: "source.toolkit.fluxcd.io", kind: "HelmChart" },
    KindName { group: "source.toolkit.fluxcd.io", kind: "Bucket" },
    KindName { group: "image.toolkit.fluxcd.io", kind: "ImageRepository" },
    KindName { group: "image.toolkit.fluxcd.io", kind: "ImageUpdateAutomation" },
    KindName { group: "notification.toolkit.fluxcd.io", kind: "Alert" },
    KindName { group: "notification.toolkit.fluxcd.io", kind: "Receiver" },
];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(suspend) = object.root.path(&["spec", "suspend"]) else { return };
    if suspend.bool() != Some(true) {
        return;
    }
    let (kind, name) = (object.kind(), object.name());
    cx.report(
        At::value(suspend),
        Report {
            message: format!("{kind} `{name}` is suspended in the repository"),
            why: "commits have no effect on it, and nothing reports that".into(),
            help: "remove `suspend`; for a short pause use `flux suspend` and `flux resume`".into(),
        },
    );
}
