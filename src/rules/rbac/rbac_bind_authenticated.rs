//! `rbac-bind-authenticated`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::ObjectView;
use crate::rules::support::deployed::Deployed;
use crate::yaml::Cursor;

use super::policy_rule::CLUSTER_ROLE_BINDING;
use super::subject::{BINDINGS, is_for_logging_in, is_made_for_all, subjects};

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
    /// - roles that make nothing but requests to log in: those of a group `login.…` or `authentication.…`
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
    if is_made_for_all(binding) || is_for_logging_in(binding, cx.world()) {
        return;
    }
    for (text, name) in subjects(binding, &ALL) {
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
        let level = match (only_reads(binding, cx), is_wide) {
            (true, _) => cx.level().min(Level::Note),
            (false, true) => cx.level(),
            (false, false) => cx.level().lowered(),
        };
        cx.report(name, report).level = level;
    }
}

/// Whether the role is in the repository and lets nobody do more than read things that are no Secrets.
fn only_reads(binding: &ObjectView<'_>, cx: &Cx<'_>) -> bool {
    let field = |name| binding.root.path(&["roleRef", name]).and_then(|value| value.text());
    let (Some(kind), Some(name)) = (field("kind"), field("name")) else { return false };
    let deployed = Deployed::of(cx.world());
    let mut roles =
        deployed.of_kind(&kind).map(|id| deployed.object(cx.world(), id)).filter(|it| it.name() == name);
    let Some(role) = roles.next() else {
        // Of a role that others make, its name is all there is.
        return READERS.iter().any(|word| name.contains(word));
    };
    let reads = |rule: Cursor<'_>| {
        let texts = |field| rule.get(field).into_iter().flat_map(|list: Cursor<'_>| list.items());
        let has =
            |field, words: &[&str]| texts(field).any(|it| it.text().is_some_and(|it| words.contains(&&*it)));
        let is_narrow = texts("resourceNames").next().is_some();
        !has("verbs", &WRITES) && (is_narrow || !has("resources", &["secrets", "*"]))
    };
    role.root.get("rules").is_some_and(|rules| rules.items().all(reads))
}

/// What roles are called that only read.
const READERS: [&str; 4] = ["info", "read", "view", "discovery"];
/// Verbs with which something is changed.
const WRITES: [&str; 11] = [
    "*",
    "approve",
    "bind",
    "create",
    "delete",
    "deletecollection",
    "escalate",
    "impersonate",
    "patch",
    "sign",
    "update",
];
