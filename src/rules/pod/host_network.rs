//! `host-network`

use camino::Utf8Path;

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::{controllers, node_agents};

use super::host_path::host_paths;

rule! {
    /// A pod that uses the network of its node.
    ///
    /// ## Why
    ///
    /// The pod sees the traffic of the node, reaches services that listen on `localhost` there (the kubelet, cloud
    /// metadata, other pods' sidecars), and no NetworkPolicy applies to it. Its ports collide with those of the
    /// node.
    ///
    /// ## What passes
    ///
    /// - `hostNetwork: false`, and pods that do not say
    /// - the installation manifests of Flux and Argo CD
    /// - agents of a node, known by the repository of their image or as DaemonSets that put plugins where the kubelet
    ///   looks, are a note: CNI plugins, kube-proxy, node-exporter, MetalLB's speaker and their kind have no other way
    ///   to do their work
    /// - a DaemonSet is one level lower, whatever its image: what runs on every node is mostly there to set it up
    /// - what mounts the keys or the data of etcd from its node is one level lower: etcd listens there
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
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    ///           ports:
    ///             - containerPort: 8080
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline>
    pub static RULE = "host-network" {
        level: Error,
        security: 7.5,
        precision: VeryHigh,
        tags: ["pod-security", "isolation", "pss-baseline", "nsa-cisa", "cis"],
        aliases: [Checkov "CKV_K8S_19", Gatekeeper "host-network-ports", Kics "Shared Host Network Namespace", KubeLinter "host-network", Kubescape "C-0041", Kubescape "C-0196", Kubesec "HostNetwork", Kyverno "disallow-host-namespaces", Polaris "hostNetworkSet", Trivy "KSV-0009"],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let Some(value) = pod.spec.get("hostNetwork").filter(|value| value.bool() == Some(true)) else { return };
    if controllers::is_generated(&pod.object) {
        return;
    }
    let report = Report {
        message: "the pod uses the network of its node".into(),
        why:
            "it sees the node's traffic, reaches what listens on the node's localhost, and no NetworkPolicy \
              applies to it"
                .into(),
        help: "remove `hostNetwork` and publish ports through a Service".into(),
    };
    let finding = cx.report(value, report);
    let level = node_agents::level(pod, finding.level);
    let is_milder = level != finding.level;
    finding.level = if !is_milder && cares_for_etcd(pod) { level.lowered() } else { level };
}

/// Whether a container of the pod has the keys or the data of the cluster's etcd, which listens on the node's localhost.
fn cares_for_etcd(pod: &PodSpec<'_>) -> bool {
    const PLACES: [&str; 3] = ["/etc/kubernetes/pki/etcd", "/etc/ssl/etcd", "/var/lib/etcd"];
    host_paths(pod).any(|volume| {
        let path = Utf8Path::new(&*volume.path);
        PLACES.iter().any(|place| path.starts_with(place)) && !pod.mounts(&volume.name).is_empty()
    })
}
