//! `namespace-kube-system`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::node_agents;

rule! {
    /// A workload of one's own in a namespace of Kubernetes.
    ///
    /// ## Why
    ///
    /// Policies leave these namespaces out, upgrades of the cluster clean up in them, and roles there reach the
    /// parts of the cluster itself.
    ///
    /// ## What is reported
    ///
    /// Workloads in `kube-system`, `kube-public` and `kube-node-lease`.
    ///
    /// ## What passes
    ///
    /// - agents of nodes, images of Kubernetes' own registry, and workloads with one of the `system-` priority
    ///   classes
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   namespace: kube-system
    /// spec:
    ///   template:
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
    ///   namespace: shop
    /// spec:
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
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces>
    pub static RULE = "namespace-kube-system" {
        level: Note,
        security: 3.5,
        precision: High,
        tags: ["object", "isolation", "nsa-cisa"],
        aliases: [
            Kics "Using Unrecommended Namespace",
            Trivy "KSV-0037",
        ],
        checks: [Check::Pod(check)],
    }
}

const OF_KUBERNETES: [&str; 3] = ["kube-node-lease", "kube-public", "kube-system"];

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let Some(namespace) = pod.object.root.path(&["metadata", "namespace"]) else { return };
    let Some(text) = namespace.text().filter(|text| OF_KUBERNETES.contains(&&**text)) else { return };
    let class = pod.spec.get("priorityClassName").and_then(|class| class.text());
    let is_system = class.is_some_and(|class| class.starts_with("system-"));
    let images = pod.containers().into_iter().filter_map(|container| container.image()?.text());
    let mut own =
        images.filter(|image| !image.starts_with("registry.k8s.io/") && !image.starts_with("k8s.gcr.io/"));
    if is_system || own.next().is_none() || node_agents::is_node_agent(pod) {
        return;
    }
    let report = Report {
        message: format!(
            "{} `{}` is in the namespace `{text}` of Kubernetes",
            pod.object.kind(),
            pod.object.name()
        ),
        why: "policies leave it out, and roles there reach the parts of the cluster itself".into(),
        help: "give it a namespace of its own".into(),
    };
    cx.report(namespace, report);
}
