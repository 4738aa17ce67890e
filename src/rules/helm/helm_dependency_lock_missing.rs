//! `helm-dependency-lock-missing`

use crate::engine::{Check, Cx, rule};
use crate::render::{Event, EventKind};

use super::event;

rule! {
    /// A chart whose dependencies are ranges without a `Chart.lock`, or with one of other dependencies.
    ///
    /// ## Why
    ///
    /// Without a lock every build takes the newest version in the range, and what runs cannot be read from the
    /// repository. A lock that does not belong to the dependencies is worse: `helm dependency build`, which Argo CD runs,
    /// refuses it.
    ///
    /// ## What passes
    ///
    /// - dependencies with one version, from `file://` or in `charts/`
    /// - charts of the old format (`apiVersion: v1`)
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: chart/Chart.yaml
    /// apiVersion: v2
    /// name: shop
    /// version: 0.1.0
    /// dependencies:
    ///   - name: postgresql
    ///     version: ^15.0.0
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
    ///   - name: postgresql
    ///     version: ^15.0.0
    ///     repository: oci://registry.example.com/charts
    /// # file: chart/Chart.lock
    /// dependencies:
    ///   - name: postgresql
    ///     version: 15.5.2
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
    /// ## References
    ///
    /// - <https://helm.sh/docs/helm/helm_dependency_build/>
    pub static RULE = "helm-dependency-lock-missing" {
        level: Warning,
        precision: High,
        tags: ["helm", "supply-chain"],
        aliases: [],
        checks: [Check::Event(&[EventKind::ChartLock], check)],
    }
}

fn check(event: &Event, cx: &mut Cx<'_>) {
    let why = "every build takes what is newest then, or is refused where the lock is of other dependencies";
    let help = "run `helm dependency update`, and commit Chart.lock";
    event::report(event, why, help, cx);
}
