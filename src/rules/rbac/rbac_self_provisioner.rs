//! `rbac-self-provisioner`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::subject::BINDINGS;

rule! {
    /// A binding that lets people make projects of their own.
    ///
    /// ## Why
    ///
    /// On OpenShift, `self-provisioner` lets its subjects make projects and administer them, past whatever the
    /// repository says of namespaces.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata:
    ///   name: people
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: ClusterRole
    ///   name: self-provisioner
    /// subjects:
    ///   - kind: Group
    ///     name: developers
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata:
    ///   name: people
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: ClusterRole
    ///   name: self-provisioner
    /// subjects: []
    /// ```
    ///
    /// ## References
    ///
    /// - <https://docs.openshift.com/container-platform/latest/applications/projects/configuring-project-creation.html>
    pub static RULE = "rbac-self-provisioner" {
        level: Note,
        profile: Pedantic,
        security: 4.0,
        precision: High,
        tags: ["rbac"],
        aliases: [],
        checks: [Check::Object(&BINDINGS, check)],
    }
}

fn check(binding: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(role) = binding.root.path(&["roleRef", "name"]) else { return };
    let subjects = binding.root.get("subjects").into_iter().flat_map(|subjects| subjects.items()).count();
    if subjects == 0 || role.text().is_none_or(|role| role != "self-provisioner") {
        return;
    }
    let report = Report {
        message: "the binding lets its subjects make projects of their own".into(),
        why: "nothing in the repository says of these who may do what".into(),
        help: "declare the projects here, and remove the subjects".into(),
    };
    cx.report(role, report);
}
