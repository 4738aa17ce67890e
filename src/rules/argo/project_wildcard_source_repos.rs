//! `project-wildcard-source-repos`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::Project;
use crate::model::ObjectView;

use super::projects::is_for_administrators;

rule! {
    /// An AppProject that allows every source.
    ///
    /// ## Why
    ///
    /// Whoever may create an Application in the project can deploy from any repository that Argo CD can read, also from
    /// one that nobody reviews.
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
    ///   sourceRepos: ["*"]
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
    ///   sourceRepos: [https://github.com/acme/shop.git]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/projects/>
    pub static RULE = "project-wildcard-source-repos" {
        level: Warning,
        security: 5.0,
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
    for item in project.list("sourceRepos") {
        if item.text().is_some_and(|text| matches!(&*text, "*" | "**")) {
            cx.report(
                At::value(item),
                Report {
                    message: format!("AppProject `{}` allows every source", object.name()),
                    why: "its Applications may deploy from any repository that Argo CD can read".into(),
                    help: "list the repositories that its Applications use".into(),
                },
            );
        }
    }
}
