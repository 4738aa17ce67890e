//! `rbac-dashboard-subject`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{ObjectView, PodSpec};
use crate::rules::support::accounts;

use super::subject::{BINDINGS, subjects};

rule! {
    /// A binding that gives the Kubernetes Dashboard permissions, or others those of the dashboard.
    ///
    /// ## Why
    ///
    /// Whoever opens the dashboard acts with them. Clusters were taken over by dashboards that asked nobody for
    /// a password.
    ///
    /// ## What is reported
    ///
    /// - a binding of another role to the account of the dashboard
    /// - a binding of the dashboard's role to anybody else
    /// - a pod of another program under the account of the dashboard
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
        checks: [Check::Object(&BINDINGS, check), Check::Pod(check_pod)],
    }
}

const DASHBOARDS: [(&str, &str); 2] =
    [("ServiceAccount", "kubernetes-dashboard"), ("ServiceAccount", "kubernetes-dashboard-web")];

fn check(binding: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let role = binding.root.path(&["roleRef", "name"]).and_then(|name| name.text());
    if role.is_some_and(|role| role.starts_with("kubernetes-dashboard")) {
        return check_others(binding, cx);
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

/// Whether somebody else gets what the dashboard may do.
fn check_others(binding: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let subjects = binding.root.get("subjects").into_iter().flat_map(|subjects| subjects.items());
    for name in subjects.filter_map(|subject| subject.get("name")) {
        if name.text().is_none_or(|text| text.contains("dashboard") || text.contains('$')) {
            continue;
        }
        let report = Report {
            message: "the binding gives somebody else the permissions of the dashboard".into(),
            why: "the role is made for the dashboard, and grows with its versions".into(),
            help: "bind a role of its own".into(),
        };
        cx.report(name, report);
    }
}

/// Programs that the dashboard is installed with.
const PARTS: [&str; 3] = ["dashboard", "kong", "metrics-scraper"];

fn check_pod(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    if !pod.is_whole || accounts::name(pod) != "kubernetes-dashboard" {
        return;
    }
    let images: Vec<_> = pod.containers().iter().filter_map(|it| it.image()?.text()).collect();
    let named = ["serviceAccountName", "serviceAccount"].into_iter().find_map(|name| pod.spec.get(name));
    let Some(named) = named.filter(|_| !images.iter().any(|it| PARTS.iter().any(|part| it.contains(part))))
    else {
        return;
    };
    let report = Report {
        message: "the pod runs under the service account of the dashboard".into(),
        why: "it can do what the dashboard can".into(),
        help: "give the workload an account of its own".into(),
    };
    cx.report(At::value(named), report);
}
