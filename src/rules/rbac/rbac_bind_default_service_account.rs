//! `rbac-bind-default-service-account`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::subject::{BINDINGS, subjects};

rule! {
    /// A binding that gives permissions to the `default` service account.
    ///
    /// ## Why
    ///
    /// Every pod of the namespace that names no account of its own runs as `default`, also those that come
    /// later. All of them get the permissions.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata:
    ///   name: ci
    ///   namespace: shop
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: ClusterRole
    ///   name: edit
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: default
    ///     namespace: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata:
    ///   name: ci
    ///   namespace: shop
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: ClusterRole
    ///   name: edit
    /// subjects:
    ///   - kind: ServiceAccount
    ///     name: ci
    ///     namespace: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/service-accounts/#default-service-accounts>
    pub static RULE = "rbac-bind-default-service-account" {
        level: Warning,
        security: 5.5,
        precision: High,
        tags: ["rbac", "least-privilege"],
        aliases: [
            Checkov "CKV_K8S_42",
            Kics "Role Binding To Default Service Account",
        ],
        checks: [Check::Object(&BINDINGS, check)],
    }
}

fn check(binding: &ObjectView<'_>, cx: &mut Cx<'_>) {
    for (_, name) in subjects(binding, &[("ServiceAccount", "default")]) {
        let report = Report {
            message: "the binding gives permissions to the `default` service account".into(),
            why: "every pod of the namespace that names no account has them".into(),
            help: "make a ServiceAccount for the program that needs them".into(),
        };
        cx.report(name, report);
    }
}
