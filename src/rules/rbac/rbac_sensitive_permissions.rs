//! `rbac-sensitive-permissions`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Related;
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::policy_rule::{CLUSTER_ROLE, PolicyRule, ROLE, reaches_all_namespaces, written_rules};
use super::subject::is_of_a_controller;

rule! {
    /// A role with a permission that reaches further than it looks.
    ///
    /// ## Why
    ///
    /// None of these gives the cluster away by itself. Each is a step on a way that has been gone before, and
    /// worth a look when a role is reviewed.
    ///
    /// ## What is reported
    ///
    /// Creating workloads or persistent volumes, forwarding ports, deleting workloads or the traces of what
    /// happened, reading the Secrets of one namespace, writing Secrets, ConfigMaps, roles, the network of others, or
    /// the status of Services. Each once for each role. Reading the Secrets of all namespaces is reported by
    /// `rbac-escalation-verbs`.
    ///
    /// ## What passes
    ///
    /// - rules narrowed by `resourceNames`, except to `aws-auth`, and `*`, which `rbac-wildcard` reports
    /// - roles filled by an `aggregationRule`, roles that Kubernetes ships, the installation manifests of Flux
    ///   and Argo CD
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata:
    ///   name: ci
    /// rules:
    ///   - apiGroups: [apps]
    ///     resources: [deployments]
    ///     verbs: [create]
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata:
    ///   name: ci
    /// rules:
    ///   - apiGroups: [apps]
    ///     resources: [deployments]
    ///     verbs: [get, list, watch]
    ///   - apiGroups: [""]
    ///     resources: [configmaps]
    ///     resourceNames: [settings]
    ///     verbs: [update]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks>
    pub static RULE = "rbac-sensitive-permissions" {
        level: Note,
        profile: Pedantic,
        security: 5.0,
        precision: High,
        tags: ["rbac", "least-privilege", "cis"],
        aliases: [
            Checkov "CKV2_K8S_4",
            Kics "Permissive Access to Create Pods",
            Kics "RBAC Roles with Port-Forwarding Permission",
            KubeLinter "access-to-create-pods",
            KubeLinter "access-to-secrets",
            Kubescape "C-0007",
            Kubescape "C-0031",
            Kubescape "C-0037",
            Kubescape "C-0063",
            Kubescape "C-0188",
            Kubescape "C-0278",
            Trivy "KSV-0041",
            Trivy "KSV-0042",
            Trivy "KSV-0048",
            Trivy "KSV-0049",
            Trivy "KSV-0055",
            Trivy "KSV-0056",
            Trivy "KSV-0113",
            Trivy "KSV-0115",
        ],
        checks: [Check::Around(&Check::Object(&[CLUSTER_ROLE, ROLE], check))],
    }
}

/// A permission worth a look.
struct Power {
    groups: &'static [&'static str],
    resources: &'static [&'static str],
    verbs: &'static [&'static str],
    /// The name that a rule must be narrowed to; none for rules that are not narrowed.
    named: Option<&'static str>,
    /// Whether another rule reports it where it reaches all namespaces.
    only_inside: bool,
    /// The end of "the role allows …".
    what: &'static str,
    why: &'static str,
}

const CORE: &[&str] = &["", "*"];
const WRITE: &[&str] = &["create", "update", "patch"];
const DELETE: &[&str] = &["delete", "deletecollection"];
const CHANGE: &[&str] = &["create", "update", "patch", "delete", "deletecollection"];
const WORKLOAD_GROUPS: &[&str] = &["", "apps", "batch", "extensions", "*"];
const WORKLOADS: &[&str] = &[
    "pods",
    "deployments",
    "statefulsets",
    "daemonsets",
    "replicasets",
    "replicationcontrollers",
    "jobs",
    "cronjobs",
];

const fn power(
    groups: &'static [&'static str],
    resources: &'static [&'static str],
    verbs: &'static [&'static str],
    what: &'static str,
    why: &'static str,
) -> Power {
    Power { groups, resources, verbs, named: None, only_inside: false, what, why }
}

static POWERS: &[Power] = &[
    power(
        WORKLOAD_GROUPS,
        WORKLOADS,
        WRITE,
        "creating workloads",
        "a new pod runs as any service account of the namespace and mounts any of its Secrets",
    ),
    power(
        CORE,
        &["persistentvolumes"],
        WRITE,
        "creating persistent volumes",
        "a volume may be any directory of a node",
    ),
    power(
        CORE,
        &["pods/portforward"],
        &["create", "get"],
        "forwarding ports of pods",
        "it goes past every network policy",
    ),
    power(WORKLOAD_GROUPS, WORKLOADS, DELETE, "deleting workloads", "its holder can stop everything"),
    power(
        &["", "events.k8s.io", "*"],
        &["events", "pods/log"],
        DELETE,
        "deleting events or logs",
        "its holder can remove the traces of what happened",
    ),
    Power {
        only_inside: true,
        ..power(
            CORE,
            &["secrets"],
            &["get", "list", "watch"],
            "reading the Secrets of its namespace",
            "among them are the passwords of programs that its holder has nothing to do with",
        )
    },
    power(
        CORE,
        &["secrets"],
        CHANGE,
        "writing Secrets",
        "its holder can put credentials of its own where others read theirs",
    ),
    power(
        CORE,
        &["configmaps"],
        CHANGE,
        "writing ConfigMaps",
        "among them are those of CoreDNS and, on AWS, those that say who is an administrator",
    ),
    Power {
        named: Some("aws-auth"),
        ..power(
            CORE,
            &["configmaps"],
            &["create", "update", "patch", "delete", "deletecollection", "*"],
            "writing the ConfigMap `aws-auth`",
            "on Amazon EKS it says who is an administrator of the cluster",
        )
    },
    power(
        &["", "discovery.k8s.io", "networking.k8s.io", "extensions", "*"],
        &["services", "endpoints", "endpointslices", "ingresses", "networkpolicies"],
        CHANGE,
        "writing Services, routes or network policies",
        "its holder can send the traffic of others elsewhere",
    ),
    power(
        &["rbac.authorization.k8s.io", "*"],
        &["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
        CHANGE,
        "writing roles or bindings",
        "its holder can pass on what it has, to whom it likes",
    ),
    power(
        CORE,
        &["services/status"],
        &["update", "patch"],
        "writing the status of Services",
        "its holder can claim any address (CVE-2020-8554)",
    ),
];

fn check(role: &ObjectView<'_>, cx: &mut Cx<'_>) {
    if is_of_a_controller(role, cx.world()) {
        return;
    }
    let rules = written_rules(role);
    for power in POWERS {
        let mut places = rules.iter().filter_map(|rule| grants(rule, power));
        let Some(first) = places.next() else { continue };
        if power.only_inside && reaches_all_namespaces(role, cx.world()) {
            continue;
        }
        let report = Report {
            message: format!("the role allows {}", power.what),
            why: power.why.into(),
            help: "remove it, or narrow it with `resourceNames` to the objects that are meant".into(),
        };
        let finding = cx.report(first, report);
        let others = places.filter_map(|place| role.map.in_file(place.span()));
        finding.related.extend(others.map(|span| Related { span, message: "also allowed here".into() }));
    }
}

/// The place of the verb, when a rule has the power.
fn grants<'w>(rule: &PolicyRule<'w>, power: &Power) -> Option<Cursor<'w>> {
    match power.named {
        Some(name) => rule.names.find(&[name]).map(|_| ())?,
        None if rule.names.is_empty() => {}
        None => return None,
    }
    rule.groups.find(power.groups)?;
    rule.resources.find(power.resources)?;
    rule.verbs.find(power.verbs)
}
