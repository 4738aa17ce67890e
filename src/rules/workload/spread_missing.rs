//! `spread-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};
use crate::rules::support::controllers;
use crate::yaml::Cursor;

rule! {
    /// A workload of several replicas that may all be put on one node.
    ///
    /// ## Why
    ///
    /// When that node goes, all replicas go together.
    ///
    /// ## What is reported
    ///
    /// Deployments, StatefulSets, Rollouts and DeploymentConfigs with `replicas` above 1 and neither a pod
    /// anti-affinity nor topology spread constraints. An anti-affinity that names other namespaces only is none.
    ///
    /// ## What passes
    ///
    /// - either of the two, required or preferred
    /// - workloads pinned to a node, and the installation manifests of Flux and Argo CD
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   replicas: 3
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: web
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   replicas: 3
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: web
    ///     spec:
    ///       topologySpreadConstraints:
    ///         - maxSkew: 1
    ///           topologyKey: kubernetes.io/hostname
    ///           whenUnsatisfiable: ScheduleAnyway
    ///           labelSelector:
    ///             matchLabels:
    ///               app: web
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/>
    pub static RULE = "spread-missing" {
        level: Note,
        precision: High,
        tags: ["workload", "availability"],
        aliases: [
            Kics "Deployment Has No PodAntiAffinity",
            Kics "StatefulSet Has No PodAntiAffinity",
            KubeLinter "no-anti-affinity",
            KubeScore "deployment-has-host-podantiaffinity",
            KubeScore "statefulset-has-host-podantiaffinity",
            Polaris "topologySpreadConstraint",
        ],
        checks: [Check::Object(&KINDS, check)],
    }
}

const KINDS: [KindName; 4] = [
    KindName { group: "apps", kind: "Deployment" },
    KindName { group: "apps", kind: "StatefulSet" },
    KindName { group: "argoproj.io", kind: "Rollout" },
    KindName { group: "apps.openshift.io", kind: "DeploymentConfig" },
];

fn check(workload: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(replicas) = workload.root.path(&["spec", "replicas"]) else { return };
    let Some(number) = replicas.int().filter(|number| *number > 1) else { return };
    let Some(pod) = workload.root.path(&["spec", "template", "spec"]) else { return };
    let is_spread = pod.path(&["affinity", "podAntiAffinity"]).is_some_and(|it| keeps_apart(it, workload))
        || pod.get("topologySpreadConstraints").is_some_and(|list| list.items().next().is_some())
        || pod.get("nodeName").is_some();
    if is_spread || controllers::is_generated(workload) {
        return;
    }
    let report = Report {
        message: format!("nothing keeps the {number} replicas from being put on one node"),
        why: "when that node goes, all of them go".into(),
        help: "add `topologySpreadConstraints` over `kubernetes.io/hostname`".into(),
    };
    cx.report(At::value(replicas), report);
}

/// Whether an anti-affinity may be about the workload's own pods: not all of its terms name other namespaces.
fn keeps_apart(affinity: Cursor<'_>, workload: &ObjectView<'_>) -> bool {
    let list = |name| affinity.get(name).into_iter().flat_map(|terms: Cursor<'_>| terms.items());
    let required = list("requiredDuringSchedulingIgnoredDuringExecution");
    let preferred = list("preferredDuringSchedulingIgnoredDuringExecution");
    let mut terms = required.chain(preferred.filter_map(|term| term.get("podAffinityTerm"))).peekable();
    let Some(own) = workload.namespace() else { return true };
    let is_elsewhere = |term: Cursor<'_>| {
        let mut names = term.get("namespaces").into_iter().flat_map(|names| names.items()).peekable();
        let has_names = names.peek().is_some();
        has_names
            && term.get("namespaceSelector").is_none()
            && !names.any(|it| it.text().is_some_and(|it| it == own))
    };
    terms.peek().is_none() || !terms.all(is_elsewhere)
}
