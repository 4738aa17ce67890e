//! `rbac-bind-anonymous`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::granted::Grants;
use super::subject::{BINDINGS, is_made_for_all, subjects};

rule! {
    /// A binding that gives permissions to people who have not logged in.
    ///
    /// ## Why
    ///
    /// Whoever reaches the API server, from wherever that is, has these permissions.
    ///
    /// ## What passes
    ///
    /// - the bindings that Kubernetes ships
    /// - the roles that are made for it: `system:public-info-viewer`, the discovery of issuers and of kubeadm's
    ///   cluster information
    /// - roles with which one logs in, or asks who one is, and does nothing else: `create` and `list` of `…requests` and
    ///   `self…reviews`, in groups such as `login.…` and `authentication.…`
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata:
    ///   name: public
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: ClusterRole
    ///   name: view
    /// subjects:
    ///   - kind: User
    ///     name: system:anonymous
    ///   - kind: Group
    ///     name: system:unauthenticated
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata:
    ///   name: oidc-discovery
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: ClusterRole
    ///   name: system:service-account-issuer-discovery
    /// subjects:
    ///   - kind: Group
    ///     name: system:unauthenticated
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles>
    pub static RULE = "rbac-bind-anonymous" {
        level: Error,
        security: 9.5,
        precision: VeryHigh,
        tags: ["rbac", "exposure"],
        aliases: [
            Kubescape "C-0262",
            Trivy "KSV-0122",
        ],
        checks: [Check::Around(&Check::Object(&BINDINGS, check))],
    }
}

const NOBODY: [(&str, &str); 2] = [("User", "system:anonymous"), ("Group", "system:unauthenticated")];

fn check(binding: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let subjects = subjects(binding, &NOBODY);
    let logs_in = || Grants::by(binding, cx.world()).is_some_and(|grants| grants.logs_in);
    if subjects.is_empty() || is_made_for_all(binding) || logs_in() {
        return;
    }
    for (text, name) in subjects {
        let report = Report {
            message: format!("the binding gives permissions to `{text}`"),
            why: "whoever reaches the API server has them, without logging in".into(),
            help: "bind a group of people who have logged in".into(),
        };
        cx.report(name, report);
    }
}
