//! `rbac-wildcard`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::{Level, Related};
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::policy_rule::{CLUSTER_ROLE, PolicyRule, ROLE, policy_rules, reaches_all_namespaces};
use super::subject::is_of_a_controller;

rule! {
    /// A role that grants `*` verbs or `*` resources.
    ///
    /// ## Why
    ///
    /// `*` grants what exists today and whatever is added tomorrow: secrets, `escalate`, the objects of operators
    /// not yet installed. Nobody can review it.
    ///
    /// The level follows what the wildcard reaches:
    ///
    /// - **error**: all verbs on all resources of all groups in a ClusterRole, which is `cluster-admin` under
    ///   another name. In a Role, or a ClusterRole that only RoleBindings beside it bind, it ends at the namespace and
    ///   is a warning
    /// - **warning**: all verbs, or writing verbs on all resources, of a group of Kubernetes itself; reading all
    ///   resources of all groups or of the core group, secrets among them
    /// - **note**: the same in groups of custom resources alone, as operators have it for their own group; reading
    ///   all resources of another group of Kubernetes
    ///
    /// Each role is reported once for each level; its further rules of that level are named as other places.
    ///
    /// ## What passes
    ///
    /// - rules narrowed by `resourceNames`, and rules about `nonResourceURLs`
    /// - reading all resources of groups of custom resources or of measurements
    /// - wildcards for one subresource, such as `*/scale` for autoscalers
    /// - roles filled by an `aggregationRule`, and the roles that Kubernetes ships
    /// - the installation manifests of Flux and Argo CD; their full wildcard is a note, because what applies a
    ///   repository needs it
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata:
    ///   name: dev
    /// rules:
    ///   - apiGroups: ["*"]
    ///     resources: ["*"]
    ///     verbs: ["*"]
    /// ```
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata:
    ///   name: dev
    /// rules:
    ///   - apiGroups: [apps]
    ///     resources: [deployments]
    ///     verbs: ["*"]
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata:
    ///   name: dev
    /// rules:
    ///   - apiGroups: [apps]
    ///     resources: [deployments]
    ///     verbs: [get, list, watch, patch]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>
    pub static RULE = "rbac-wildcard" {
        level: Warning,
        security: 6.5,
        precision: High,
        tags: ["rbac", "least-privilege", "nsa-cisa", "cis"],
        aliases: [
            Checkov "CKV_K8S_49",
            Kics "RBAC Wildcard In Rule",
            KubeLinter "wildcard-in-rules",
            Kubescape "C-0035",
            Kubescape "C-0187",
            Trivy "KSV-0044",
            Trivy "KSV-0045",
            Trivy "KSV-0046",
            Trivy "KSV-0112",
        ],
        checks: [Check::Around(&Check::Object(&[CLUSTER_ROLE, ROLE], check))],
    }
}

/// What a wildcard grants.
struct Grant<'w> {
    level: Level,
    at: Cursor<'w>,
    what: String,
}

fn check(role: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let rules = policy_rules(role);
    if !rules.iter().any(|rule| grant(rule, true).is_some()) {
        return;
    }
    let is_cluster_wide = reaches_all_namespaces(role, cx.world());
    let mut grants: Vec<Grant<'_>> = rules.iter().filter_map(|rule| grant(rule, is_cluster_wide)).collect();
    if is_of_a_controller(role, cx.world()) {
        grants.retain(|grant| grant.level == Level::Error);
        grants.iter_mut().for_each(|grant| grant.level = Level::Note);
    }
    for level in Level::ALL {
        let mut same = grants.iter().filter(|grant| grant.level == level);
        let Some(first) = same.next() else { continue };
        let report = Report {
            message: format!("the role grants {}", first.what),
            why: match level {
                Level::Error => "this is `cluster-admin` under another name: whoever holds it owns the cluster",
                _ => "`*` also grants what a later version or another operator adds, and nobody can review that",
            }
            .into(),
            help: "list the resources and verbs that are used; `kubectl auth can-i --list` shows the effect".into(),
        };
        let finding = cx.report(first.at, report);
        finding.level = level;
        let others = same.filter_map(|grant| Some((role.map.in_file(grant.at.span())?, &grant.what)));
        finding.related.extend(
            others.map(|(span, what)| Related { span, message: format!("also grants {what}").into() }),
        );
    }
}

fn grant<'w>(rule: &PolicyRule<'w>, is_cluster_wide: bool) -> Option<Grant<'w>> {
    let resources = rule.resources.wildcard().or_else(|| rule.resources.find(&["*/*"]));
    let (groups, verbs) = (rule.groups.wildcard(), rule.verbs.wildcard());
    let where_ = match groups {
        Some(_) => "of every API group".to_owned(),
        None if rule.groups.all(str::is_empty) => "of the core API group".to_owned(),
        None => format!("of {}", rule.groups.list()),
    };
    let of_custom_resources = rule.groups.all(is_custom);
    let (level, at, what) = match (verbs, resources) {
        (None, None) => return None,
        (Some(verbs), Some(_)) => {
            let level = match groups {
                Some(_) if is_cluster_wide => Level::Error,
                _ if of_custom_resources => Level::Note,
                _ => Level::Warning,
            };
            (level, verbs, format!("every verb on every resource {where_}"))
        }
        (Some(verbs), None) => {
            let level = if of_custom_resources { Level::Note } else { Level::Warning };
            (level, verbs, format!("every verb on {} {where_}", rule.resources.list()))
        }
        (None, Some(resources)) => {
            let reads_only = rule.verbs.all(|verb| matches!(verb, "get" | "list" | "watch"));
            let has_secrets = rule.groups.find(&["*", ""]).is_some();
            let level = match reads_only {
                true if of_custom_resources => return None,
                false if of_custom_resources => Level::Note,
                true if !has_secrets => Level::Note,
                _ => Level::Warning,
            };
            (level, resources, format!("{} on every resource {where_}", rule.verbs.list()))
        }
    };
    Some(Grant { level, at, what })
}

/// Groups of Kubernetes itself that have a dot in their name. All those without a dot are its own, too.
const BUILT_IN: [&str; 18] = [
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
];

/// Whether a group holds custom resources, or measurements (`metrics.k8s.io`), which are as harmless.
fn is_custom(group: &str) -> bool {
    group.contains('.') && !BUILT_IN.contains(&group)
}
