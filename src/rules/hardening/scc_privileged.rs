//! `scc-privileged`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};
use crate::rules::support::controllers;
use crate::yaml::Cursor;

rule! {
    /// Security context constraints of OpenShift that let pods do anything.
    ///
    /// ## Why
    ///
    /// Whoever may use the constraints starts privileged containers, or containers of any user, and owns the
    /// nodes.
    ///
    /// ## What passes
    ///
    /// - bindings that OpenShift ships
    /// - constraints that bound users to a range of the namespace
    /// - a role that uses constraints of another name
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: security.openshift.io/v1
    /// kind: SecurityContextConstraints
    /// metadata:
    ///   name: web
    /// allowPrivilegedContainer: true
    /// runAsUser:
    ///   type: MustRunAsRange
    /// ```
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata:
    ///   name: web
    /// rules:
    ///   - apiGroups: [security.openshift.io]
    ///     resources: [securitycontextconstraints]
    ///     resourceNames:
    ///       - anyuid
    ///     verbs: [use]
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: security.openshift.io/v1
    /// kind: SecurityContextConstraints
    /// metadata:
    ///   name: web
    /// allowPrivilegedContainer: false
    /// runAsUser:
    ///   type: MustRunAsRange
    /// ```
    pub static RULE = "scc-privileged" {
        level: Warning,
        profile: Pedantic,
        security: 7.0,
        precision: High,
        tags: ["pod-security", "rbac"],
        aliases: [KubeLinter "scc-deny-privileged-container", Kyverno "disallow-security-context-constraint-anyuid"],
        checks: [
            Check::Object(&[CONSTRAINTS], constraints),
            Check::Object(&[ROLE, CLUSTER_ROLE], role),
            Check::Object(&[ROLE_BINDING, CLUSTER_ROLE_BINDING], binding),
        ],
    }
}

const CONSTRAINTS: KindName = KindName { group: "security.openshift.io", kind: "SecurityContextConstraints" };
const ROLE: KindName = KindName { group: "rbac.authorization.k8s.io", kind: "Role" };
const CLUSTER_ROLE: KindName = KindName { group: "rbac.authorization.k8s.io", kind: "ClusterRole" };

const ROLE_BINDING: KindName = KindName { group: "rbac.authorization.k8s.io", kind: "RoleBinding" };
const CLUSTER_ROLE_BINDING: KindName =
    KindName { group: "rbac.authorization.k8s.io", kind: "ClusterRoleBinding" };

fn constraints(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let privileged = object.root.get("allowPrivilegedContainer").filter(|value| value.bool() == Some(true));
    let users = object.root.path(&["runAsUser", "type"]);
    let any_user = users.filter(|value| value.text().is_some_and(|kind| kind == "RunAsAny"));
    if let Some(value) = privileged {
        report("privileged containers", value, cx);
    } else if let Some(value) = any_user {
        report("containers of any user", value, cx);
    }
}

fn role(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    for rule in object.root.get("rules").into_iter().flat_map(|rules| rules.items()) {
        let list = |name: &str| rule.get(name).into_iter().flat_map(|list| list.items()).collect::<Vec<_>>();
        let has =
            |name: &str, wanted: &str| list(name).iter().any(|it| it.text().is_some_and(|it| it == wanted));
        if !has("resources", "securitycontextconstraints") || !(has("verbs", "use") || has("verbs", "*")) {
            continue;
        }
        let wide =
            |name: &Cursor<'_>| name.text().is_some_and(|name| name == "anyuid" || name == "privileged");
        for name in list("resourceNames").into_iter().filter(wide) {
            report("whatever the constraints `anyuid` and `privileged` allow", name, cx);
        }
    }
}

/// OpenShift has a role for each of its constraints.
fn binding(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(name) = object.root.path(&["roleRef", "name"]) else { return };
    let text = name.text();
    let wide = text.as_deref().and_then(|text| text.strip_prefix("system:openshift:scc:"));
    if matches!(wide, Some("anyuid" | "privileged")) && !controllers::is_bootstrapped(object) {
        report("whatever the constraints `anyuid` and `privileged` allow", name, cx);
    }
}

fn report(what: &str, at: Cursor<'_>, cx: &mut Cx<'_>) {
    let report = Report {
        message: format!("the constraints allow {what}"),
        why: "whoever may use them owns the nodes that the pods run on".into(),
        help: "use `restricted-v2` or `nonroot-v2`, and add what the program needs".into(),
    };
    cx.report(at, report);
}
