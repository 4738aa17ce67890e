//! `selinux-custom-options`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::{controllers, node_agents, security};

rule! {
    /// A pod with an SELinux type, user or role that takes it out of confinement.
    ///
    /// ## Why
    ///
    /// The types `container_t`, `container_init_t`, `container_kvm_t` and, from Kubernetes 1.31 on,
    /// `container_engine_t` keep a container from files of the node and of other containers. Another type
    /// (`spc_t` is none at all), and any user or role, lifts that.
    ///
    /// ## What passes
    ///
    /// - `level`, which keeps pods from each other's files
    /// - pods that do not say
    /// - the installation manifests of Flux and Argo CD
    /// - agents of a node, known by the repository of their image or as DaemonSets that put plugins where the kubelet
    ///   looks
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
    ///     seLinuxOptions:
    ///       type: spc_t
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
    ///     seLinuxOptions:
    ///       type: container_t
    ///       level: s0:c123,c456
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static RULE = "selinux-custom-options" {
        level: Warning,
        security: 5.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-baseline", "nsa-cisa", "cis"],
        aliases: [Gatekeeper "selinux", Kubescape "C-0211", Kyverno "disallow-selinux", Trivy "KSV-0025"],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    for (whose, options) in security::places(pod, &["seLinuxOptions"]) {
        for field in ["type", "user", "role"] {
            let Some(value) = options.get(field) else { continue };
            let text = value.text().unwrap_or_default();
            let is_known = matches!(&*text, "container_t" | "container_init_t" | "container_kvm_t")
                || (text == "container_engine_t" && !cx.options().is_before(31));
            if text.is_empty()
                || (field == "type" && is_known)
                || controllers::is_generated(&pod.object)
                || node_agents::is_node_agent(pod)
            {
                continue;
            }
            let report = Report {
                message: format!("{whose} sets the SELinux {field} `{text}`"),
                why: "it is not confined as containers are, and namespaces that enforce `baseline` refuse it"
                    .into(),
                help: "remove it; `level` alone is enough to share files between pods".into(),
            };
            cx.report(value, report);
        }
    }
}
