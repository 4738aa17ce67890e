//! `project-wildcard-destinations`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{Project, is_in_cluster};
use crate::model::ObjectView;

use super::projects::is_for_administrators;

rule! {
    /// An AppProject that allows every namespace of the cluster Argo CD runs in, or of all clusters.
    ///
    /// ## Why
    ///
    /// Its Applications may change what other teams run, and what the cluster itself runs.
    ///
    /// ## What passes
    ///
    /// - all namespaces of another cluster, which may be the team's own
    /// - a project for administrators, by its name: `platform`, `cluster-admin`, `infra`, `bootstrap`, `argocd` …
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: AppProject
    /// metadata:
    ///   name: shop
    /// spec:
    ///   destinations:
    ///     - server: "*"
    ///       namespace: "*"
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: AppProject
    /// metadata:
    ///   name: shop
    /// spec:
    ///   destinations:
    ///     - server: https://kubernetes.default.svc
    ///       namespace: shop-*
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/projects/>
    pub static RULE = "project-wildcard-destinations" {
        level: Warning,
        security: 6.0,
        precision: VeryHigh,
        tags: ["argo-cd", "security", "tenancy"],
        aliases: [],
        checks: [Check::Object(&[Project::KIND], check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(project) = Project::new(*object).filter(|project| !is_for_administrators(project)) else {
        return;
    };
    for item in project.list("destinations") {
        let text = |field: &str| item.get(field).and_then(|value| value.text()).unwrap_or_default();
        let is_wide = |cluster: &str| cluster == "*" || is_in_cluster(cluster);
        let cluster = [text("server"), text("name")].into_iter().find(|cluster| is_wide(cluster));
        let Some(namespace) = item.get("namespace").filter(|_| text("namespace") == "*") else { continue };
        let Some(cluster) = cluster else { continue };
        let of = if cluster == "*" { "of all clusters" } else { "of the cluster Argo CD runs in" };
        cx.report(
            At::value(namespace),
            Report {
                message: format!("AppProject `{}` allows every namespace {of}", object.name()),
                why: "its Applications may change what other teams and the cluster itself run".into(),
                help: "list the namespaces that its Applications use; patterns such as `shop-*` are allowed"
                    .into(),
            },
        );
    }
}
