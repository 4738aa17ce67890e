//! `project-wildcard-cluster-resources`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::Project;
use crate::model::ObjectView;

use super::projects::is_for_administrators;

rule! {
    /// An AppProject that allows every cluster-scoped kind.
    ///
    /// ## Why
    ///
    /// ClusterRoleBindings are among them: an Application of the project can make anybody administrator of the cluster.
    ///
    /// ## What passes
    ///
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
    ///   clusterResourceWhitelist:
    ///     - group: "*"
    ///       kind: "*"
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
    ///   clusterResourceWhitelist:
    ///     - group: ""
    ///       kind: Namespace
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/projects/>
    pub static RULE = "project-wildcard-cluster-resources" {
        level: Warning,
        security: 7.0,
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
    for item in project.list("clusterResourceWhitelist") {
        let is_any =
            |field: &str| item.get(field).and_then(|value| value.text()).is_some_and(|text| text == "*");
        let Some(kind) = item.get("kind").filter(|_| is_any("group") && is_any("kind")) else { continue };
        cx.report(
            At::value(kind),
            Report {
                message: format!("AppProject `{}` allows every cluster-scoped kind", object.name()),
                why: "an Application of it can create a ClusterRoleBinding that makes anybody administrator"
                    .into(),
                help: "list the kinds that its Applications need, such as Namespace".into(),
            },
        );
    }
}
