//! `rbac-sensitive-permissions`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Related;
use crate::model::ObjectView;
use crate::rules::support::controllers;
use crate::yaml::Cursor;

use super::policy_rule::{CLUSTER_ROLE, PolicyRule, ROLE, policy_rules};

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
    /// happened, writing ConfigMaps, the network of others, or the status of Services. Each once for each role.
    ///
    /// ## What passes
    ///
    /// - rules narrowed by `resourceNames`, and `*`, which `rbac-wildcard` reports
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
            Kubescape "C-0007",
            Kubescape "C-0031",
            Kubescape "C-0037",
            Kubescape "C-0063",
            Kubescape "C-0188",
            Kubescape "C-0278",
            Trivy "KSV-0042",
            Trivy "KSV-0048",
            Trivy "KSV-0049",
            Trivy "KSV-0056",
            Trivy "KSV-0115",
        ],
        checks: [Check::Object(&[CLUSTER_ROLE, ROLE], check)],
    }
}

/// A permission worth a look.
struct Power {
    resources: &'static [&'static str],
    verbs: &'static [&'static str],
    /// The end of "the role allows …".
    what: &'static str,
    why: &'static str,
}

const WRITE: &[&str] = &["create", "update", "patch"];
const DELETE: &[&str] = &["delete", "deletecollection"];
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

static POWERS: &[Power] = &[
    Power {
        resources: WORKLOADS,
        verbs: WRITE,
        what: "creating workloads",
        why: "a new pod runs as any service account of the namespace and mounts any of its Secrets",
    },
    Power {
        resources: &["persistentvolumes"],
        verbs: WRITE,
        what: "creating persistent volumes",
        why: "a volume may be any directory of a node",
    },
    Power {
        resources: &["pods/portforward"],
        verbs: &["create", "get"],
        what: "forwarding ports of pods",
        why: "it goes past every network policy",
    },
    Power {
        resources: WORKLOADS,
        verbs: DELETE,
        what: "deleting workloads",
        why: "its holder can stop everything",
    },
    Power {
        resources: &["events", "pods/log"],
        verbs: DELETE,
        what: "deleting events or logs",
        why: "its holder can remove the traces of what happened",
    },
    Power {
        resources: &["configmaps"],
        verbs: WRITE,
        what: "writing ConfigMaps",
        why: "among them are those of CoreDNS and, on AWS, those that say who is an administrator",
    },
    Power {
        resources: &["services", "endpoints", "endpointslices", "ingresses", "networkpolicies"],
        verbs: WRITE,
        what: "writing Services, routes or network policies",
        why: "its holder can send the traffic of others elsewhere",
    },
    Power {
        resources: &["services/status"],
        verbs: &["update", "patch"],
        what: "writing the status of Services",
        why: "its holder can claim any address (CVE-2020-8554)",
    },
];

fn check(role: &ObjectView<'_>, cx: &mut Cx<'_>) {
    if controllers::is_generated(role) {
        return;
    }
    let rules = policy_rules(role);
    for power in POWERS {
        let mut places = rules.iter().filter_map(|rule| grants(rule, power));
        let Some(first) = places.next() else { continue };
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
    rule.resources.find(power.resources)?;
    rule.verbs.find(power.verbs)
}
