//! `host-process-windows`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::{controllers, node_agents, security};

rule! {
    /// A Windows container that runs as a process of its node.
    ///
    /// ## Why
    ///
    /// With `hostProcess: true` there is no container: the program runs on the node with the rights of its user
    /// there, SYSTEM most of the time, and owns the node with all pods.
    ///
    /// ## What passes
    ///
    /// - `hostProcess: false`, and pods that do not say
    /// - the installation manifests of Flux and Argo CD
    /// - in pods of agents of a node, known by the repository of their image or as DaemonSets that put plugins where
    ///   the kubelet looks, it is a warning
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
    ///     windowsOptions:
    ///       hostProcess: true
    ///       runAsUserName: NT AUTHORITY\SYSTEM
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
    ///     windowsOptions:
    ///       runAsUserName: ContainerUser
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static RULE = "host-process-windows" {
        level: Error,
        security: 8.5,
        precision: VeryHigh,
        tags: ["pod-security", "pss-baseline", "isolation", "cis"],
        aliases: [Gatekeeper "host-process", Kubescape "C-0202", Kubescape "C-0211", Kyverno "disallow-host-process", Polaris "hostProcess", Trivy "KSV-0103"],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    for (whose, value) in security::places(pod, &["windowsOptions", "hostProcess"]) {
        if value.bool() != Some(true) || controllers::is_generated(&pod.object) {
            continue;
        }
        let report = Report {
            message: format!("`hostProcess` makes {whose} a process of its node"),
            why: "there is no container around it: it owns the node and every pod there".into(),
            help: "remove `hostProcess`; only agents that set up the node need it".into(),
        };
        let finding = cx.report(value, report);
        if node_agents::is_node_agent(pod) {
            finding.level = finding.level.lowered();
        }
    }
}
