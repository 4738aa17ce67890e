//! `sysctl-unsafe`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::PodSpec;
use crate::rules::support::{controllers, node_agents, security};

rule! {
    /// A pod that sets a kernel parameter outside of the safe set.
    ///
    /// ## Why
    ///
    /// Unsafe sysctls are not separated between pods, or can starve a node. The kubelet refuses the pod unless
    /// its configuration allows them, and the pod then fails with `SysctlForbidden`.
    ///
    /// ## What passes
    ///
    /// - the safe set of the oldest Kubernetes version in the configuration (it grew with 1.27, 1.29, 1.32 and
    ///   1.37), or of the newest
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
    ///   securityContext:
    ///     sysctls:
    ///       - name: kernel.msgmax
    ///         value: "65536"
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
    ///   securityContext:
    ///     sysctls:
    ///       - name: net.ipv4.ip_unprivileged_port_start
    ///         value: "0"
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/>
    pub static RULE = "sysctl-unsafe" {
        level: Warning,
        security: 5.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-baseline"],
        aliases: [Gatekeeper "forbidden-sysctls", Kics "Cluster Allows Unsafe Sysctls", KubeLinter "unsafe-sysctls", Kyverno "restrict-sysctls", Trivy "KSV-0026"],
        checks: [Check::Pod(check)],
    }
}

/// The safe set: a name, and the minor release that first had it.
const SAFE: [(&str, u16); 14] = [
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_wmem", 32),
    ("net.ipv4.tcp_slow_start_after_idle", 37),
    ("net.ipv4.tcp_notsent_lowat", 37),
];

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let sysctls = security::of_pod(pod, &["sysctls"]).into_iter().flat_map(|sysctls| sysctls.items());
    for value in sysctls.filter_map(|sysctl| sysctl.get("name")) {
        let Some(name) = value.text() else { continue };
        let is_safe = SAFE.iter().any(|(safe, since)| *safe == name && !cx.options().is_before(*since));
        if is_safe || controllers::is_generated(&pod.object) {
            continue;
        }
        let report = Report {
            message: format!("sysctl `{name}` is not in the safe set"),
            why: "a kubelet that is not told to allow it refuses the pod; other pods of the node may feel it"
                .into(),
            help: "remove it, or set it on the nodes".into(),
        };
        let finding = cx.report(value, report);
        if node_agents::is_node_agent(pod) {
            finding.level = Level::Note;
        }
    }
}
