//! `project-role-wildcard`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::Project;
use crate::model::ObjectView;

use super::policy::Policy;
use super::projects::is_for_administrators;

rule! {
    /// A role of an AppProject that may do everything.
    ///
    /// ## Why
    ///
    /// A token or a group with the role can delete Applications, override their parameters and run commands in pods,
    /// although it was made for one purpose.
    ///
    /// ## What passes
    ///
    /// - `applications, *, project/*`: everything with the Applications of the project itself
    /// - a project for administrators, by its name
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: AppProject
    /// metadata:
    ///   name: shop
    /// spec:
    ///   roles:
    ///     - name: ci
    ///       policies:
    ///         - p, proj:shop:ci, *, *, shop/*, allow
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
    ///   roles:
    ///     - name: ci
    ///       policies:
    ///         - p, proj:shop:ci, applications, sync, shop/*, allow
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/projects/#project-roles>
    pub static RULE = "project-role-wildcard" {
        level: Warning,
        security: 5.0,
        precision: High,
        tags: ["argo-cd", "security", "rbac"],
        aliases: [],
        checks: [Check::Object(&[Project::KIND], check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(project) = Project::new(*object).filter(|project| !is_for_administrators(project)) else {
        return;
    };
    for role in project.list("roles") {
        let name = role.get("name").and_then(|name| name.text()).unwrap_or_default();
        for value in role.get("policies").into_iter().flat_map(|list| list.items()) {
            let text = value.text().unwrap_or_default();
            let Some(policy) = Policy::parse(&text) else { continue };
            let is_everything = policy.resource == "*"
                || policy.resource == "applications"
                    && policy.action == "*"
                    && matches!(policy.object, "*" | "*/*");
            if policy.is_allowed && is_everything {
                cx.report(
                    At::value(value),
                    Report {
                        message: format!("the role `{name}` of AppProject `{}` may do everything", object.name()),
                        why: "whoever holds its token can delete Applications, override them and run commands in pods".into(),
                        help: "name the resource and the action it is for: `applications, sync`".into(),
                    },
                );
            }
        }
    }
}
