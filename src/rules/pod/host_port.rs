//! `host-port`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::Container;
use crate::rules::support::listed;
use crate::rules::support::{controllers, node_agents};

rule! {
    /// A container that takes a port of its node.
    ///
    /// ## Why
    ///
    /// The port is open on the address of the node, where NetworkPolicies of the pod's namespace and Services do
    /// not matter. Only one such pod fits on a node, and the scheduler leaves the next one pending.
    ///
    /// ## What passes
    ///
    /// - `containerPort`, and `hostPort: 0`
    /// - pods with `hostNetwork`, which `host-network` reports: all their ports are the node's
    /// - the installation manifests of Flux and Argo CD
    /// - agents of a node, known by the repository of their image or as DaemonSets that put plugins where the kubelet
    ///   looks, are a note
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       ports:
    ///         - containerPort: 8080
    ///           hostPort: 8080
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       ports:
    ///         - containerPort: 8080
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static RULE = "host-port" {
        level: Warning,
        security: 5.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-baseline", "network", "nsa-cisa", "cis"],
        aliases: [Checkov "CKV_K8S_26", Gatekeeper "host-network-ports", Kics "Workload Host Port Not Specified", Kubescape "C-0044", Kubescape "C-0204", Kyverno "disallow-host-ports", Polaris "hostPortSet", Trivy "KSV-0024"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let ports = container.spec.get("ports").into_iter().flat_map(|ports| ports.items());
    let mut taken =
        ports.filter_map(|port| port.get("hostPort")).filter(|port| port.int().is_some_and(|it| it != 0));
    let Some(first) = taken.next() else { return };
    let pod = &container.pod;
    let on_host = pod.spec.get("hostNetwork").and_then(|value| value.bool()) == Some(true);
    if on_host || controllers::is_generated(&pod.object) {
        return;
    }
    let numbers: Vec<String> =
        std::iter::once(first).chain(taken).filter_map(|it| it.int()).map(|it| it.to_string()).collect();
    let report = Report {
        message: format!("{} takes port {} of its node", container.describe(), listed(&numbers, "and")),
        why: "the port is open on the node's address, past Services, and only one such pod fits on a node"
            .into(),
        help: "remove `hostPort` and publish the port through a Service".into(),
    };
    let finding = cx.report(first, report);
    if node_agents::is_node_agent(pod) {
        finding.level = Level::Note;
    }
}
