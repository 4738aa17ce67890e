//! `capability-beyond-baseline`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::Container;
use crate::rules::support::listed;
use crate::rules::support::{controllers, node_agents, security};

use super::capability::{is_baseline, is_dangerous};

rule! {
    /// A container with a capability outside of the default set of container runtimes.
    ///
    /// ## Why
    ///
    /// The Pod Security level `baseline` allows `AUDIT_WRITE`, `CHOWN`, `DAC_OVERRIDE`, `FOWNER`, `FSETID`,
    /// `KILL`, `MKNOD`, `NET_BIND_SERVICE`, `SETFCAP`, `SETGID`, `SETPCAP`, `SETUID` and `SYS_CHROOT`. Every
    /// other one opens a part of the kernel that containers are normally kept from, and a namespace that enforces
    /// the level refuses the pod.
    ///
    /// ## What passes
    ///
    /// - capabilities that are as good as root on the node: `capability-dangerous` reports them
    /// - privileged containers: `privileged-container` reports them
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
    ///       securityContext:
    ///         capabilities:
    ///           add:
    ///             - NET_ADMIN
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
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static RULE = "capability-beyond-baseline" {
        level: Warning,
        security: 6.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-baseline", "capabilities", "nsa-cisa", "cis"],
        aliases: [Checkov "CKV_K8S_25", Gatekeeper "capabilities", Kics "Containers With Added Capabilities", Kubescape "C-0200", Kyverno "disallow-capabilities", Polaris "dangerousCapabilities", Trivy "KSV-0022"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let added = security::capabilities(container, "add").into_iter();
    let beyond = |name: &str| !is_baseline(name) && !is_dangerous(container, name);
    let beyond: Vec<(_, _)> = added.filter(|(name, _)| beyond(name)).collect();
    let Some((_, first)) = beyond.first() else { return };
    if security::is_privileged(container) || controllers::is_generated(&container.pod.object) {
        return;
    }
    let names: Vec<String> = beyond.iter().map(|(name, _)| format!("`{name}`")).collect();
    let report = Report {
        message: format!("{} adds {}", container.describe(), listed(&names, "and")),
        why: "containers are normally kept from it, and namespaces that enforce `baseline` refuse the pod"
            .into(),
        help: "remove it unless the program cannot do without it".into(),
    };
    let finding = cx.report(*first, report);
    if node_agents::is_node_agent(&container.pod) {
        finding.level = Level::Note;
    }
}
