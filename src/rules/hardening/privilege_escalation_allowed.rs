//! `privilege-escalation-allowed`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::Container;
use crate::rules::support::{controllers, node_agents, security};

rule! {
    /// A container that writes out that it may gain more privileges.
    ///
    /// ## Why
    ///
    /// `allowPrivilegeEscalation: true` lets setuid programs and file capabilities in the image turn an ordinary
    /// user into root. It is the default of Kubernetes, and whoever writes it out keeps every policy from setting
    /// it to false.
    ///
    /// ## What passes
    ///
    /// - containers that do not say: `container-not-hardened` counts them
    /// - privileged containers, and those with `SYS_ADMIN`, which could not be told otherwise
    /// - pods that say that they run on Windows
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
    ///         allowPrivilegeEscalation: true
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
    ///         allowPrivilegeEscalation: false
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static RULE = "privilege-escalation-allowed" {
        level: Warning,
        security: 6.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-restricted", "nsa-cisa", "cis"],
        aliases: [Checkov "CKV_K8S_20", Gatekeeper "allow-privilege-escalation", Kics "Privilege Escalation Allowed", KubeLinter "privilege-escalation-container", Kubescape "C-0016", Kubescape "C-0197", Kubesec "AllowPrivilegeEscalation", Kyverno "disallow-privilege-escalation", Polaris "privilegeEscalationAllowed", Trivy "KSV-0001"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let Some(value) = security::own(container, &["allowPrivilegeEscalation"]) else { return };
    let needs_it =
        || security::capabilities(container, "add").iter().any(|(name, _)| name.ends_with("SYS_ADMIN"));
    if value.bool() != Some(true)
        || security::is_privileged(container)
        || needs_it()
        || security::is_windows(&container.pod, cx.options())
        || controllers::is_generated(&container.pod.object)
    {
        return;
    }
    let report = Report {
        message: format!("{} may gain more privileges than it starts with", container.describe()),
        why: "a setuid program in the image makes an ordinary user root".into(),
        help: "write `allowPrivilegeEscalation: false`".into(),
    };
    let finding = cx.report(value, report);
    if node_agents::is_node_agent(&container.pod) {
        finding.level = Level::Note;
    }
}
