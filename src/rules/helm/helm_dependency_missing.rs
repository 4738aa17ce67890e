//! `helm-dependency-missing`

use crate::engine::{Check, Cx, rule};
use crate::render::{Event, EventKind, Gap};

use super::event;

rule! {
    /// A chart that another one depends on and that is not in the repository.
    ///
    /// ## Why
    ///
    /// The chart is rendered without it: what it would make is not looked at, and neither are its values. Rules that ask
    /// what there is beside an object leave the question open there.
    ///
    /// ## What passes
    ///
    /// - charts in `charts/`, unpacked or as an archive, and where `file://` leads
    /// - charts of the same name elsewhere in the repository, in a version that fits
    /// - charts that the values switch off
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: chart/Chart.yaml
    /// apiVersion: v2
    /// name: shop
    /// version: 0.1.0
    /// dependencies:
    ///   - name: redis
    ///     version: 19.0.1
    ///     repository: oci://registry.example.com/charts
    /// # file: application.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: shop, namespace: argocd}
    /// spec:
    ///   project: shop
    ///   destination: {name: in-cluster, namespace: shop}
    ///   source: {repoURL: "https://github.com/acme/gitops", targetRevision: HEAD, path: chart}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: chart/Chart.yaml
    /// apiVersion: v2
    /// name: shop
    /// version: 0.1.0
    /// dependencies:
    ///   - name: redis
    ///     version: 19.0.1
    ///     repository: oci://registry.example.com/charts
    /// # file: chart/charts/redis/Chart.yaml
    /// apiVersion: v2
    /// name: redis
    /// version: 19.0.1
    /// # file: application.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: shop, namespace: argocd}
    /// spec:
    ///   project: shop
    ///   destination: {name: in-cluster, namespace: shop}
    ///   source: {repoURL: "https://github.com/acme/gitops", targetRevision: HEAD, path: chart}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://helm.sh/docs/helm/helm_dependency/>
    pub static RULE = "helm-dependency-missing" {
        level: Note,
        precision: VeryHigh,
        tags: ["helm", "coverage"],
        aliases: [],
        checks: [Check::Event(&[EventKind::NotRendered(Gap::HelmDependency)], check)],
    }
}

fn check(event: &Event, cx: &mut Cx<'_>) {
    let why = "the chart is rendered without it, and what it would make is not looked at";
    let help = "put it into `charts/` before the check, with `helm dependency build`";
    event::report(event, why, help, cx);
}
