//! `flux-deprecated-api`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::rules::support::controllers;

rule! {
    /// An API version of Flux that newer releases of Flux have removed.
    ///
    /// ## Why
    ///
    /// Flux 2.7 removed the first beta versions of its APIs, Flux 2.8 the second. After the upgrade the API server
    /// refuses such an object, and with it everything in the same Kustomization.
    ///
    /// ## What passes
    ///
    /// - the current versions: `v1` of sources, Kustomizations, Receivers and images, `v2` of HelmReleases,
    ///   `v1beta3` of Alerts and Providers
    /// - Flux's own installation manifests, which a new version replaces
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: helm.toolkit.fluxcd.io/v2beta2
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
    /// ```
    ///
    /// ## References
    ///
    /// - <https://github.com/fluxcd/flux2/discussions/5572>
    /// - <https://fluxcd.io/flux/cmd/flux_migrate/>
    pub static RULE = "flux-deprecated-api" {
        level: Warning,
        precision: VeryHigh,
        tags: ["flux", "deprecation"],
        aliases: [],
        checks: [Check::Object(&[], check)],
    }
}

/// Group, version, the release of Flux that removed it, and the version to use.
const REMOVED: [(&str, &str, &str, &str); 9] = [
    ("source.toolkit.fluxcd.io", "v1beta1", "2.7", "v1"),
    ("source.toolkit.fluxcd.io", "v1beta2", "2.8", "v1"),
    ("kustomize.toolkit.fluxcd.io", "v1beta1", "2.7", "v1"),
    ("kustomize.toolkit.fluxcd.io", "v1beta2", "2.8", "v1"),
    ("helm.toolkit.fluxcd.io", "v2beta1", "2.7", "v2"),
    ("helm.toolkit.fluxcd.io", "v2beta2", "2.8", "v2"),
    ("image.toolkit.fluxcd.io", "v1beta1", "2.7", "v1"),
    ("notification.toolkit.fluxcd.io", "v1beta1", "2.7", "v1beta3"),
    ("notification.toolkit.fluxcd.io", "v1beta2", "2.8", "v1beta3"),
];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let api_version = object.api_version();
    let Some((group, version)) = api_version.split_once('/') else { return };
    let Some(&(.., release, current)) = REMOVED.iter().find(|row| (row.0, row.1) == (group, version)) else {
        return;
    };
    let Some(at) = object.root.get("apiVersion").filter(|_| !controllers::is_generated(object)) else {
        return;
    };
    let kind = object.kind();
    let current = if kind == "Receiver" { "v1" } else { current };
    cx.report(
        At::value(at),
        Report {
            message: format!("Flux {release} has removed `{api_version}` of {kind} `{}`", object.name()),
            why: "after the upgrade the API server refuses the object, and what is applied together with it"
                .into(),
            help: format!("use `{group}/{current}`; `flux migrate -f .` rewrites the files").into(),
        },
    );
}
