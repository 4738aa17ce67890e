//! `control-plane-toleration`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::{controllers, node_agents};

rule! {
    /// A workload that may run on nodes of the control plane.
    ///
    /// ## Why
    ///
    /// Beside the API server and etcd, a flaw in the workload is a flaw of the cluster, and its load is the load
    /// of the API server.
    ///
    /// ## What passes
    ///
    /// - DaemonSets, which watch every node
    /// - agents of a node, known by the repository of their image or as DaemonSets that put plugins where the kubelet
    ///   looks
    /// - tolerations without a key
    /// - the installation manifests of Flux and Argo CD
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       tolerations:
    ///         - key: node-role.kubernetes.io/control-plane
    ///           operator: Exists
    ///           effect: NoSchedule
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
    ///   template:
    ///     spec:
    ///       tolerations:
    ///         - key: acme.com/gpu
    ///           operator: Exists
    ///           effect: NoSchedule
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    pub static RULE = "control-plane-toleration" {
        level: Note,
        profile: Pedantic,
        security: 4.0,
        precision: High,
        tags: ["pod-security", "isolation"],
        aliases: [Kyverno "restrict-controlplane-scheduling"],
        checks: [Check::Pod(check)],
    }
}

const TAINTS: [&str; 2] = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let tolerations = pod.spec.get("tolerations").into_iter().flat_map(|list| list.items());
    let mut keys = tolerations.filter_map(|toleration| toleration.get("key"));
    let Some(key) = keys.find(|key| key.text().is_some_and(|key| TAINTS.contains(&&*key))) else { return };
    if pod.object.kind() == "DaemonSet"
        || controllers::is_generated(&pod.object)
        || node_agents::is_node_agent(pod)
    {
        return;
    }
    let report = Report {
        message: "the pods may run on nodes of the control plane".into(),
        why: "beside etcd and the API server, their flaws and their load are those of the cluster".into(),
        help: "remove the toleration; give the workload nodes of its own".into(),
    };
    cx.report(key, report);
}
