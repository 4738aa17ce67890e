//! `rbac-bind-authenticated`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::ObjectView;

use super::granted::Grants;
use super::policy_rule::CLUSTER_ROLE_BINDING;
use super::subject::{BINDINGS, is_made_for_all, subjects};

rule! {
    /// A binding that gives permissions to everybody who has logged in.
    ///
    /// ## Why
    ///
    /// `system:authenticated` holds every user and every service account of the cluster, those of programs that
    /// somebody has broken into as well. On some clouds it holds every account of the cloud.
    ///
    /// ## What is reported
    ///
    /// - **error**: a ClusterRoleBinding
    /// - **warning**: a RoleBinding, and `system:serviceaccounts`
    /// - **note**: roles that only read something other than Secrets, or Secrets by name
    ///
    /// ## What passes
    ///
    /// - the bindings and the discovery roles that Kubernetes ships
    /// - roles with which one logs in, or asks who one is, and does nothing else: `create` and `list` of `…requests` and
    ///   `self…reviews`, in groups such as `login.…` and `authentication.…`
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata:
    ///   name: everybody
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: ClusterRole
    ///   name: edit
    /// subjects:
    ///   - kind: Group
    ///     name: system:authenticated
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata:
    ///   name: discovery
    /// roleRef:
    ///   apiGroup: rbac.authorization.k8s.io
    ///   kind: ClusterRole
    ///   name: system:discovery
    /// subjects:
    ///   - kind: Group
    ///     name: system:authenticated
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects>
    pub static RULE = "rbac-bind-authenticated" {
        level: Error,
        security: 8.0,
        precision: High,
        tags: ["rbac", "least-privilege"],
        aliases: [
            Trivy "KSV-01011",
        ],
        checks: [Check::Around(&Check::Object(&BINDINGS, check))],
    }
}

const ALL: [(&str, &str); 2] = [("Group", "system:authenticated"), ("Group", "system:serviceaccounts")];

fn check(binding: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let subjects = subjects(binding, &ALL);
    if subjects.is_empty() || is_made_for_all(binding) {
        return;
    }
    let grants = Grants::by(binding, cx.world());
    if grants.is_some_and(|grants| grants.logs_in) {
        return;
    }
    // Of a role that others make, its name is all there is.
    let only_reads = grants.map_or_else(|| is_called_a_reader(binding), |grants| grants.reads);
    for (text, name) in subjects {
        let who = if text == "system:authenticated" {
            "everybody who has logged in"
        } else {
            "every service account"
        };
        let report = Report {
            message: format!("the binding gives permissions to `{text}`, {who}"),
            why: "one broken program anywhere in the cluster is enough to use them".into(),
            help: "bind the users, groups or service accounts that need them".into(),
        };
        let is_wide = binding.is(CLUSTER_ROLE_BINDING) && text == "system:authenticated";
        let level = match (only_reads, is_wide) {
            (true, _) => cx.level().min(Level::Note),
            (false, true) => cx.level(),
            (false, false) => cx.level().lowered(),
        };
        cx.report(name, report).level = level;
    }
}

/// Whether the role of a binding is called like one that only reads.
fn is_called_a_reader(binding: &ObjectView<'_>) -> bool {
    const WORDS: [&str; 4] = ["info", "read", "view", "discovery"];
    let role = binding.root.path(&["roleRef", "name"]).and_then(|name| name.text());
    role.is_some_and(|role| WORDS.iter().any(|word| role.contains(word)))
}
