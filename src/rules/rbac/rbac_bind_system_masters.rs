//! `rbac-bind-system-masters`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::subject::{BINDINGS, subjects};

rule! {
    /// A binding to the group `system:masters`.
    ///
    /// ## Why
    ///
    /// Members of this group pass every check of permissions, whatever a binding says, and cannot be taken
    /// back: the group is part of their certificate.
    ///
    /// ## What passes
    ///
    /// - the binding that Kubernetes ships
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata:
    ///   name: admins
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: ClusterRole
    ///   name: edit
    /// subjects:
    ///   - kind: Group
    ///     name: system:masters
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata:
    ///   name: admins
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: ClusterRole
    ///   name: edit
    /// subjects:
    ///   - kind: Group
    ///     name: platform-team
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege>
    pub static RULE = "rbac-bind-system-masters" {
        level: Error,
        security: 9.0,
        precision: VeryHigh,
        tags: ["rbac", "least-privilege"],
        aliases: [
            Trivy "KSV-0123",
        ],
        checks: [Check::Object(&BINDINGS, check)],
    }
}

fn check(binding: &ObjectView<'_>, cx: &mut Cx<'_>) {
    for (_, name) in subjects(binding, &[("Group", "system:masters")]) {
        let report = Report {
            message: "the binding is for `system:masters`".into(),
            why: "its members may do everything anyhow, and nobody can take that back from them".into(),
            help: "make a group of your own and give it a role".into(),
        };
        cx.report(name, report);
    }
}
