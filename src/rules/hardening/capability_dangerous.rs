//! `capability-dangerous`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::{controllers, node_agents, security};

use super::capability::is_dangerous;

rule! {
    /// A container with a capability that is as good as root on the node.
    ///
    /// ## Why
    ///
    /// `ALL`, `SYS_ADMIN`, `SYS_MODULE`, `SYS_RAWIO`, `SYS_BOOT`, `BPF`, `MAC_ADMIN`, `MAC_OVERRIDE` and
    /// `DAC_READ_SEARCH` lead out of the container by well-known ways: mounting, loading modules, opening files
    /// of the node by handle. `SYS_PTRACE` does in pods with `hostPID`, and `NET_ADMIN` reconfigures the node in
    /// pods with `hostNetwork`.
    ///
    /// ## What passes
    ///
    /// - other capabilities: `capability-beyond-baseline` reports those that the Pod Security level `baseline`
    ///   forbids
    /// - `NET_ADMIN` and `SYS_PTRACE` in pods of their own network and processes, which the same rule reports
    /// - privileged containers, which have all of them: `privileged-container` reports them
    /// - the installation manifests of Flux and Argo CD
    /// - in pods of agents of a node, known by the repository of their image or as DaemonSets that put plugins where
    ///   the kubelet looks, it is a note
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
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       securityContext:
    ///         capabilities:
    ///           add:
    ///             - SYS_ADMIN
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
    ///       securityContext:
    ///         capabilities:
    ///           drop: [ALL]
    ///           add: [NET_BIND_SERVICE]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://man7.org/linux/man-pages/man7/capabilities.7.html>
    pub static RULE = "capability-dangerous" {
        level: Error,
        security: 8.5,
        precision: High,
        tags: ["pod-security", "pss-baseline", "capabilities", "nsa-cisa", "cis"],
        aliases: [Checkov "CKV_K8S_39", Kics "Containers With Sys Admin Capabilities", Kubescape "C-0046", Kubesec "CapSysAdmin", Polaris "dangerousCapabilities", Trivy "KSV-0005", Trivy "KSV-0119", Trivy "KSV-0120"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    for (name, value) in security::capabilities(container, "add") {
        if !is_dangerous(container, &name) {
            continue;
        }
        if security::is_privileged(container) || controllers::is_generated(&container.pod.object) {
            return;
        }
        let report = Report {
            message: format!("{} has the capability `{name}`", container.describe()),
            why: "there are well-known ways from it to root on the node".into(),
            help: "remove it, and add the narrow capability that the program needs".into(),
        };
        let finding = cx.report(value, report);
        finding.level = node_agents::level(&container.pod, finding.level);
    }
}
