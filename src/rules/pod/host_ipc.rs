//! `host-ipc`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::{controllers, node_agents};

rule! {
    /// A pod that shares the memory of its node.
    ///
    /// ## Why
    ///
    /// `hostIPC` opens the node's shared memory, semaphores and message queues to the pod: it reads and changes
    /// what databases and other processes of the node keep there.
    ///
    /// ## What passes
    ///
    /// - `hostIPC: false`, and pods that do not say
    /// - the installation manifests of Flux and Argo CD
    /// - agents of a node, known by the repository of their image or as DaemonSets that put plugins where the kubelet
    ///   looks, are a note
    /// - a DaemonSet is one level lower, whatever its image: what runs on every node is mostly there to set it up
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   hostIPC: true
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
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
    ///   hostIPC: false
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static RULE = "host-ipc" {
        level: Error,
        security: 7.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-baseline", "isolation", "nsa-cisa", "cis"],
        aliases: [Checkov "CKV_K8S_18", Gatekeeper "host-namespaces", Kics "Shared Host IPC Namespace", KubeLinter "host-ipc", Kubescape "C-0038", Kubescape "C-0195", Kubescape "C-0276", Kubesec "HostIPC", Kyverno "disallow-host-namespaces", Polaris "hostIPCSet", Trivy "KSV-0008"],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let Some(value) = pod.spec.get("hostIPC").filter(|value| value.bool() == Some(true)) else { return };
    if controllers::is_generated(&pod.object) {
        return;
    }
    let report = Report {
        message: "the pod shares the memory of its node".into(),
        why: "it reads and changes the shared memory, semaphores and message queues of every process there"
            .into(),
        help: "remove `hostIPC`; containers of one pod share an `emptyDir` with `medium: Memory`".into(),
    };
    let finding = cx.report(value, report);
    finding.level = node_agents::level(pod, finding.level);
}
