//! `host-pid`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::{controllers, node_agents};

rule! {
    /// A pod that sees the processes of its node.
    ///
    /// ## Why
    ///
    /// The pod can read command lines, environments and, through `/proc/<pid>/root`, the files of every process on
    /// the node, credentials of other pods included. Together with root in the container it can signal and trace
    /// them.
    ///
    /// ## What passes
    ///
    /// - `hostPID: false`, and pods that do not say
    /// - `shareProcessNamespace`, which stays inside the pod
    /// - the installation manifests of Flux and Argo CD
    /// - agents of a node, known by the repository of their image or as DaemonSets that put plugins where the kubelet
    ///   looks, are a note: node-exporter, Falco, profilers and their kind watch processes for a living
    /// - a DaemonSet is one level lower, whatever its image: what runs on every node is mostly there to set it up
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: debug
    /// spec:
    ///   hostPID: true
    ///   containers:
    ///     - name: shell
    ///       image: busybox:1.36
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: debug
    /// spec:
    ///   shareProcessNamespace: true
    ///   containers:
    ///     - name: shell
    ///       image: busybox:1.36
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline>
    pub static RULE = "host-pid" {
        level: Error,
        security: 8.0,
        precision: VeryHigh,
        tags: ["pod-security", "isolation", "pss-baseline", "nsa-cisa", "cis"],
        aliases: [Checkov "CKV_K8S_17", Gatekeeper "host-namespaces", Kics "Shared Host PID Namespace", KubeLinter "host-pid", Kubescape "C-0038", Kubescape "C-0194", Kubescape "C-0275", Kubesec "HostPID", Kyverno "disallow-host-namespaces", Polaris "hostPIDSet", Trivy "KSV-0010"],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let Some(value) = pod.spec.get("hostPID").filter(|value| value.bool() == Some(true)) else { return };
    if controllers::is_generated(&pod.object) {
        return;
    }
    let report = Report {
        message: "the pod sees the processes of its node".into(),
        why: "it can read the environment and the files of every process there, other pods' credentials included"
            .into(),
        help: "remove `hostPID`; `shareProcessNamespace: true` shows the processes of the pod itself".into(),
    };
    let finding = cx.report(value, report);
    finding.level = node_agents::level(pod, finding.level);
}
