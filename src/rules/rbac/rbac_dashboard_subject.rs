//! `rbac-dashboard-subject`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::subject::{BINDINGS, subjects};

rule! {
    /// A binding that gives the Kubernetes Dashboard permissions.
    ///
    /// ## Why
    ///
    /// Whoever opens the dashboard acts with them. Clusters were taken over by dashboards that asked nobody for
    /// a password.
    ///
    /// ## What passes
    ///
    /// - roles of the dashboard itself, which reach its own objects only
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata:
    ///   name: dashboard
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: ClusterRole
    ///   name: view
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: kubernetes-dashboard
    ///     namespace: kubernetes-dashboard
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata:
    ///   name: dashboard
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: Role
    ///   name: kubernetes-dashboard
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: kubernetes-dashboard
    ///     namespace: kubernetes-dashboard
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/access-application-cluster/web-ui-dashboard/>
    pub static RULE = "rbac-dashboard-subject" {
        level: Note,
        profile: Pedantic,
        security: 4.0,
        precision: Medium,
        tags: ["rbac", "exposure"],
        aliases: [
            Kubescape "C-0014",
        ],
        checks: [Check::Object(&BINDINGS, check)],
    }
}

const DASHBOARDS: [(&str, &str); 2] =
    [("ServiceAccount", "kubernetes-dashboard"), ("ServiceAccount", "kubernetes-dashboard-web")];

fn check(binding: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let role = binding.root.path(&["roleRef", "name"]).and_then(|name| name.text());
    if role.is_some_and(|role| role.starts_with("kubernetes-dashboard")) {
        return;
    }
    for (_, name) in subjects(binding, &DASHBOARDS) {
        let report = Report {
            message: "the binding gives the dashboard permissions of its own".into(),
            why: "whoever opens it acts with them".into(),
            help: "let people log in to it with their own tokens".into(),
        };
        cx.report(name, report);
    }
}
