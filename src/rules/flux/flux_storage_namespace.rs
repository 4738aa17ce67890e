//! `flux-storage-namespace`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A HelmRelease that installs into another namespace and keeps its release record at home.
    ///
    /// ## Why
    ///
    /// With `targetNamespace` alone, the objects go to one namespace and Helm's record of the release to another.
    /// `helm list -n` of the target shows nothing, two clusters of tools disagree about what is installed, and
    /// deleting the record's namespace orphans the release.
    ///
    /// ## What passes
    ///
    /// - `storageNamespace` beside `targetNamespace`
    /// - a target that is the HelmRelease's own namespace
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
    ///   targetNamespace: web
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
    ///   targetNamespace: web
    ///   storageNamespace: web
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/helm/helmreleases/#storage-namespace>
    pub static RULE = "flux-storage-namespace" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["flux", "helm"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

const KINDS: &[KindName] = &[KindName { group: "helm.toolkit.fluxcd.io", kind: "HelmRelease" }];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = object.root.get("spec") else { return };
    let Some(target) = spec.get("targetNamespace") else { return };
    let name = target.text().unwrap_or_default();
    if spec.get("storageNamespace").is_some() || object.namespace().is_none_or(|own| own == name) {
        return;
    }
    cx.report(
        At::value(target),
        Report {
            message: format!(
                "the record of release `{}` is not kept in `{name}`, where it is installed",
                object.name()
            ),
            why: "`helm list` in that namespace does not show it, and other tools may install it twice"
                .into(),
            help: format!("set `storageNamespace: {name}`; an installed release has to be moved").into(),
        },
    );
}
