//! `rbac-rule-without-effect`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::policy_rule::{CLUSTER_ROLE, PolicyRule, ROLE, reaches_all_namespaces, written_rules};

rule! {
    /// A rule of a role that grants nothing.
    ///
    /// ## Why
    ///
    /// Kubernetes takes such a rule without a word. Whoever wrote it believes that the permission is there, or,
    /// where it is not needed, that somebody has it.
    ///
    /// ## What is reported
    ///
    /// - resources that belong to no namespace (nodes, webhook configurations, CustomResourceDefinitions …) in a
    ///   Role, and rules about nothing else in a ClusterRole that the RoleBindings beside it bind alone
    /// - `pods/*` and the like: Kubernetes knows `*`, `*/exec` and whole names
    /// - `*` in `resourceNames`, which is the name of no object
    /// - `impersonate` on anything but users, groups and service accounts
    ///
    /// ## What passes
    ///
    /// - `bind` and `use`, which Kubernetes asks for in the namespace of the binding or the pod, and Namespaces,
    ///   which a Role may grant for its own
    /// - roles filled by an `aggregationRule`, and roles that Kubernetes ships
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata:
    ///   name: metrics
    /// rules:
    ///   - apiGroups: [""]
    ///     resources: [pods, nodes]
    ///     verbs: [get, list]
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata:
    ///   name: metrics
    /// rules:
    ///   - apiGroups: [""]
    ///     resources: [pods, nodes]
    ///     verbs: [get, list]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#role-and-clusterrole>
    pub static RULE = "rbac-rule-without-effect" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["rbac"],
        aliases: [],
        checks: [Check::Around(&Check::Object(&[CLUSTER_ROLE, ROLE], check))],
    }
}

/// Resources of Kubernetes that belong to no namespace, with their groups. Namespaces are not among them: Kubernetes
/// asks for the right to one in that namespace.
const CLUSTER_SCOPED: [(&str, &str); 21] = [
    ("", "componentstatuses"),
    ("", "nodes"),
    ("", "persistentvolumes"),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
    ("admissionregistration.k8s.io", "validatingadmissionpolicies"),
    ("admissionregistration.k8s.io", "validatingadmissionpolicybindings"),
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
    ("apiextensions.k8s.io", "customresourcedefinitions"),
    ("apiregistration.k8s.io", "apiservices"),
    ("certificates.k8s.io", "certificatesigningrequests"),
    ("flowcontrol.apiserver.k8s.io", "flowschemas"),
    ("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations"),
    ("networking.k8s.io", "ingressclasses"),
    ("node.k8s.io", "runtimeclasses"),
    ("rbac.authorization.k8s.io", "clusterrolebindings"),
    ("rbac.authorization.k8s.io", "clusterroles"),
    ("scheduling.k8s.io", "priorityclasses"),
    ("storage.k8s.io", "csidrivers"),
    ("storage.k8s.io", "csinodes"),
    ("storage.k8s.io", "storageclasses"),
    ("storage.k8s.io", "volumeattachments"),
];

/// What Kubernetes asks the right `impersonate` for.
const PERSONS: [&str; 5] = ["*", "groups", "serviceaccounts", "uids", "users"];

fn check(role: &ObjectView<'_>, cx: &mut Cx<'_>) {
    for rule in written_rules(role) {
        let found = open_name(&rule)
            .or_else(|| open_subresource(&rule))
            .or_else(|| acting(&rule))
            .or_else(|| outside(role, &rule, cx));
        if let Some((place, report)) = found {
            cx.report(place, report);
        }
    }
}

const WHY: &str = "Kubernetes takes the rule, and refuses what it seems to allow";

fn open_name<'w>(rule: &PolicyRule<'w>) -> Option<(Cursor<'w>, Report)> {
    let report = Report {
        message: "`*` in `resourceNames` is the name of no object".into(),
        why: WHY.into(),
        help: "leave `resourceNames` out if every object is meant".into(),
    };
    Some((rule.names.wildcard()?, report))
}

fn open_subresource<'w>(rule: &PolicyRule<'w>) -> Option<(Cursor<'w>, Report)> {
    let (word, place) =
        rule.resources.iter().find(|(word, _)| word.strip_suffix("/*").is_some_and(|it| it != "*"))?;
    let report = Report {
        message: format!("`{word}` stands for no resource"),
        why: WHY.into(),
        help: "name each subresource, as in `pods/log`".into(),
    };
    Some((place, report))
}

fn acting<'w>(rule: &PolicyRule<'w>) -> Option<(Cursor<'w>, Report)> {
    let place = rule.verbs.find(&["impersonate"])?;
    if !rule.resources.all(|word| !PERSONS.contains(&word) && !word.starts_with("userextras")) {
        return None;
    }
    let report = Report {
        message: format!("nobody can `impersonate` {}", rule.resources.list()),
        why: WHY.into(),
        help: "take the verb out, or name users, groups or service accounts".into(),
    };
    Some((place, report))
}

fn outside<'w>(role: &ObjectView<'w>, rule: &PolicyRule<'w>, cx: &Cx<'_>) -> Option<(Cursor<'w>, Report)> {
    if rule.verbs.all(|verb| matches!(verb, "bind" | "use")) {
        return None;
    }
    let is_outside = |word: &str| {
        let resource = word.split('/').next().unwrap_or_default();
        CLUSTER_SCOPED
            .iter()
            .any(|(group, name)| *name == resource && rule.groups.find(&[group, "*"]).is_some())
    };
    let (word, place) = rule.resources.iter().find(|(word, _)| is_outside(word))?;
    // One ClusterRole may be made for bindings of both kinds: a rule that is about the cluster alone is not.
    let is_role = role.is(ROLE);
    if !is_role && (!rule.resources.all(is_outside) || reaches_all_namespaces(role, cx.world())) {
        return None;
    }
    let what = if is_role { "a Role" } else { "a RoleBinding" };
    let report = Report {
        message: format!("`{word}` belongs to no namespace, and {what} cannot grant it"),
        why: WHY.into(),
        help: "grant it with a ClusterRole and a ClusterRoleBinding, or take it out".into(),
    };
    Some((place, report))
}
