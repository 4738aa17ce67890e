//! `agent-sandbox-hardening`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;

rule! {
    /// A sandbox for agents that is a container like any other.
    ///
    /// ## Why
    ///
    /// A Sandbox runs code that a model wrote. Without a `runtimeClassName` it shares the kernel of its node, and
    /// without limits it can take all of the node.
    ///
    /// ## What passes
    ///
    /// - a `runtimeClassName` (gVisor, Kata) and limits of CPU and memory
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: agents.x-k8s.io/v1alpha1
    /// kind: Sandbox
    /// metadata:
    ///   name: agent
    /// spec:
    ///   podTemplate:
    ///     spec:
    ///       containers:
    ///         - name: agent
    ///           image: ghcr.io/acme/agent:1.0.0
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: agents.x-k8s.io/v1alpha1
    /// kind: Sandbox
    /// metadata:
    ///   name: agent
    /// spec:
    ///   podTemplate:
    ///     spec:
    ///       runtimeClassName: gvisor
    ///       containers:
    ///         - name: agent
    ///           image: ghcr.io/acme/agent:1.0.0
    ///           resources:
    ///             limits: {cpu: "2", memory: 2Gi}
    /// ```
    pub static RULE = "agent-sandbox-hardening" {
        level: Note,
        profile: Pedantic,
        security: 4.0,
        precision: High,
        tags: ["pod-security", "isolation"],
        aliases: [Kubescape "C-0297", Kubescape "C-0301", Kubescape "C-0303", Kubescape "C-0304"],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    if !matches!(pod.object.kind(), "Sandbox" | "SandboxTemplate")
        || !pod.object.group().ends_with("agents.x-k8s.io")
    {
        return;
    }
    for container in pod.containers() {
        let has = |name: &str| container.spec.path(&["resources", "limits", name]).is_some();
        let mut lacks = Vec::new();
        if pod.spec.get("runtimeClassName").is_none() {
            lacks.push("a runtime class");
        }
        if !has("cpu") || !has("memory") {
            lacks.push("limits of CPU and memory");
        }
        if lacks.is_empty() {
            continue;
        }
        let at = container.spec.get("name").unwrap_or(container.spec);
        let report = Report {
            message: format!("{} of the sandbox has no {}", container.describe(), lacks.join(" and no ")),
            why: "code that a model wrote shares the kernel of the node, or can take all of it".into(),
            help: "set `runtimeClassName` to gVisor or Kata, and `resources.limits`".into(),
        };
        cx.report(at, report);
    }
}
