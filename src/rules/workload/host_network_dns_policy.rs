//! `host-network-dns-policy`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::{controllers, node_agents};

rule! {
    /// A pod in the network of its node that does not find the Services of the cluster.
    ///
    /// ## Why
    ///
    /// With `hostNetwork` the default DNS policy becomes that of the node, which does not know the names of
    /// Services.
    ///
    /// ## What passes
    ///
    /// - any `dnsPolicy` that is written out, other than `ClusterFirst`
    /// - well-known agents of a node, which need no names of the cluster
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: web
    ///     spec:
    ///       hostNetwork: true
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
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: web
    ///     spec:
    ///       hostNetwork: true
    ///       dnsPolicy: ClusterFirstWithHostNet
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy>
    pub static RULE = "host-network-dns-policy" {
        level: Note,
        precision: High,
        tags: ["workload", "network"],
        aliases: [],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let Some(value) = pod.spec.get("hostNetwork").filter(|value| value.bool() == Some(true)) else { return };
    let policy = pod.spec.get("dnsPolicy").and_then(|policy| policy.text());
    let is_chosen = policy.is_some_and(|policy| policy != "ClusterFirst");
    if is_chosen || node_agents::is_node_agent(pod) || controllers::is_generated(&pod.object) {
        return;
    }
    let report = Report {
        message: "the pod resolves names as its node does, not as the cluster does".into(),
        why: "it does not find Services by their names".into(),
        help: "set `dnsPolicy: ClusterFirstWithHostNet`, or `Default` if that is meant".into(),
    };
    cx.report(value, report);
}
