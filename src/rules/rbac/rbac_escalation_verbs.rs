//! `rbac-escalation-verbs`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::{Level, Related};
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::policy_rule::{CLUSTER_ROLE, PolicyRule, ROLE, policy_rules, reaches_all_namespaces};
use super::subject::is_of_a_controller;

rule! {
    /// A role with a permission from which further permissions can be made.
    ///
    /// ## Why
    ///
    /// A few verbs are worth more than they look: who may `bind` grants any role to anybody, who may `impersonate`
    /// acts as anybody, who may create `pods/exec` uses the service accounts of other pods.
    ///
    /// - **error**: `escalate` and `bind` on roles; `impersonate` on users, groups and service accounts
    /// - **warning**: creating `serviceaccounts/token`; `pods/exec` and `pods/attach`; reading secrets of all
    ///   namespaces; writing webhook configurations; approving certificate requests; `nodes/proxy`; writing the
    ///   Applications, AppProjects, Kustomizations or HelmReleases from which a GitOps controller deploys
    ///
    /// In a Role, and in a ClusterRole that only RoleBindings beside it bind, each ends at a namespace and is one level
    /// lower. Each permission is reported once for each role.
    ///
    /// ## What passes
    ///
    /// - creating roles and bindings without these verbs: Kubernetes lets nobody grant more than they have
    /// - rules narrowed by `resourceNames`
    /// - reading secrets in one namespace
    /// - `*` as verb or resource: `rbac-wildcard` reports it
    /// - roles filled by an `aggregationRule`, roles that Kubernetes ships, the installation manifests of Flux and
    ///   Argo CD
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata:
    ///   name: ci
    /// rules:
    ///   - apiGroups: [rbac.authorization.k8s.io]
    ///     resources: [clusterroles]
    ///     verbs: [bind]
    /// ```
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata:
    ///   name: support
    /// rules:
    ///   - apiGroups: [""]
    ///     resources: [pods/exec]
    ///     verbs: [create]
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata:
    ///   name: ci
    /// rules:
    ///   - apiGroups: [rbac.authorization.k8s.io]
    ///     resources: [clusterroles]
    ///     resourceNames: [shop-deployer]
    ///     verbs: [bind]
    ///   - apiGroups: [""]
    ///     resources: [pods, pods/log]
    ///     verbs: [get, list, watch]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks>
    pub static RULE = "rbac-escalation-verbs" {
        level: Error,
        security: 8.0,
        precision: High,
        tags: ["rbac", "least-privilege", "privilege-escalation", "nsa-cisa", "cis"],
        aliases: [
            Checkov "CKV2_K8S_1",
            Checkov "CKV2_K8S_2",
            Checkov "CKV2_K8S_3",
            Checkov "CKV2_K8S_5",
            Checkov "CKV_K8S_155",
            Checkov "CKV_K8S_156",
            Checkov "CKV_K8S_157",
            Checkov "CKV_K8S_158",
            Kics "RBAC Roles Allow Privilege Escalation",
            Kics "RBAC Roles with Attach Permission",
            Kics "RBAC Roles with Exec Permission",
            Kics "RBAC Roles with Impersonate Permission",
            Kics "RBAC Roles with Read Secrets Permissions",
            Kics "ServiceAccount Allows Access Secrets",
            KubeLinter "access-to-secrets",
            Kubescape "C-0002",
            Kubescape "C-0015",
            Kubescape "C-0065",
            Kubescape "C-0186",
            Kubescape "C-0191",
            Kubescape "C-0279",
            Kubescape "C-0280",
            Kubescape "C-0281",
            Kubescape "C-0282",
            Polaris "clusterrolePodExecAttach",
            Polaris "clusterrolebindingPodExecAttach",
            Polaris "rolePodExecAttach",
            Polaris "rolebindingClusterRolePodExecAttach",
            Polaris "rolebindingRolePodExecAttach",
            Trivy "KSV-0041",
            Trivy "KSV-0043",
            Trivy "KSV-0047",
            Trivy "KSV-0050",
            Trivy "KSV-0051",
            Trivy "KSV-0052",
            Trivy "KSV-0053",
            Trivy "KSV-0054",
            Trivy "KSV-0055",
            Trivy "KSV-0113",
            Trivy "KSV-0114",
        ],
        checks: [Check::Around(&Check::Object(&[CLUSTER_ROLE, ROLE], check))],
    }
}

/// A permission from which others can be made.
struct Power {
    groups: &'static [&'static str],
    resources: &'static [&'static str],
    verbs: &'static [&'static str],
    level: Level,
    /// Whether it is harmless inside one namespace.
    only_cluster_wide: bool,
    /// The end of "the role allows …".
    what: &'static str,
    why: &'static str,
}

const WRITE: &[&str] = &["create", "update", "patch"];

static POWERS: &[Power] = &[
    Power {
        groups: &["rbac.authorization.k8s.io", "*"],
        resources: &["roles", "clusterroles"],
        verbs: &["escalate"],
        level: Level::Error,
        only_cluster_wide: false,
        what: "writing roles with more permissions than its holder has",
        why: "its holder can give itself every permission",
    },
    Power {
        groups: &["rbac.authorization.k8s.io", "*"],
        resources: &["roles", "clusterroles"],
        verbs: &["bind"],
        level: Level::Error,
        only_cluster_wide: false,
        what: "binding any role, also one that its holder does not have",
        why: "its holder can bind itself to `cluster-admin`",
    },
    Power {
        groups: &["", "authentication.k8s.io", "*"],
        resources: &["users", "groups", "serviceaccounts"],
        verbs: &["impersonate"],
        level: Level::Error,
        only_cluster_wide: false,
        what: "acting as other users",
        why: "its holder can act as an administrator, and the audit log shows it only on a second look",
    },
    Power {
        groups: &["", "*"],
        resources: &["serviceaccounts/token"],
        verbs: &["create"],
        level: Level::Warning,
        only_cluster_wide: false,
        what: "issuing tokens of service accounts",
        why: "its holder can become any service account it can name",
    },
    Power {
        groups: &["", "*"],
        resources: &["pods/exec", "pods/attach"],
        // Reading is enough to open a stream over a web socket.
        verbs: &["create", "get"],
        level: Level::Warning,
        only_cluster_wide: false,
        what: "running commands in pods",
        why: "its holder can use the service accounts and secrets of all pods it reaches",
    },
    Power {
        groups: &["", "*"],
        resources: &["secrets"],
        verbs: &["get", "list", "watch"],
        level: Level::Warning,
        only_cluster_wide: true,
        what: "reading the secrets of all namespaces",
        why: "among them are the tokens and passwords of everything else; `list` and `watch` show contents too",
    },
    Power {
        groups: &["admissionregistration.k8s.io", "*"],
        resources: &["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
        verbs: WRITE,
        level: Level::Warning,
        only_cluster_wide: true,
        what: "writing webhook configurations",
        why: "a webhook reads and changes every object on its way into the cluster",
    },
    Power {
        groups: &["certificates.k8s.io", "*"],
        resources: &["certificatesigningrequests/approval", "signers"],
        verbs: &["update", "patch", "approve", "sign"],
        level: Level::Warning,
        only_cluster_wide: true,
        what: "approving certificate requests",
        why: "an approved request can name any user or group",
    },
    Power {
        groups: &["", "*"],
        resources: &["nodes/proxy"],
        verbs: &["create", "get"],
        level: Level::Warning,
        only_cluster_wide: true,
        what: "calling the API of the kubelets",
        why: "the kubelet runs commands in every pod of its node, past admission and audit",
    },
    Power {
        groups: &["argoproj.io"],
        resources: &["applications", "applicationsets", "appprojects"],
        verbs: WRITE,
        level: Level::Warning,
        only_cluster_wide: false,
        what: "writing Argo CD's Applications and AppProjects",
        why: "Argo CD deploys what they name with its own permissions, which are those of an administrator",
    },
    Power {
        groups: &["kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io"],
        resources: &["kustomizations", "helmreleases"],
        verbs: WRITE,
        level: Level::Warning,
        only_cluster_wide: false,
        what: "writing Flux's Kustomizations and HelmReleases",
        why: "Flux deploys what they name with its own permissions, which are those of an administrator",
    },
];

fn check(role: &ObjectView<'_>, cx: &mut Cx<'_>) {
    if is_of_a_controller(role, cx.world()) {
        return;
    }
    let rules = policy_rules(role);
    if !POWERS.iter().any(|power| rules.iter().any(|rule| grants(rule, power).is_some())) {
        return;
    }
    let is_cluster_wide = reaches_all_namespaces(role, cx.world());
    for power in POWERS.iter().filter(|power| is_cluster_wide || !power.only_cluster_wide) {
        let mut places = rules.iter().filter_map(|rule| grants(rule, power));
        let Some(first) = places.next() else { continue };
        let report = Report {
            message: format!("the role allows {}", power.what),
            why: power.why.into(),
            help: "remove it, or narrow it with `resourceNames` to the objects that are meant".into(),
        };
        let finding = cx.report(first, report);
        finding.level = if is_cluster_wide { power.level } else { power.level.lowered() };
        let others = places.filter_map(|place| role.map.in_file(place.span()));
        finding.related.extend(others.map(|span| Related { span, message: "also allowed here".into() }));
    }
}

/// The place of the verb, when a rule has the power.
fn grants<'w>(rule: &PolicyRule<'w>, power: &Power) -> Option<Cursor<'w>> {
    rule.groups.find(power.groups)?;
    rule.resources.find(power.resources)?;
    rule.verbs.find(power.verbs)
}
