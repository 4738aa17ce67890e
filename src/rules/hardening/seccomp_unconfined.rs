//! `seccomp-unconfined`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::PodSpec;
use crate::rules::support::{controllers, node_agents, security};
use crate::yaml::Cursor;

rule! {
    /// A pod that switches off the filter of system calls.
    ///
    /// ## Why
    ///
    /// With a seccomp profile other than `RuntimeDefault` or `Localhost` the container may make every call of the
    /// kernel, also on nodes that filter by default. Most ways out of a container need a call that
    /// `RuntimeDefault` forbids.
    ///
    /// ## What passes
    ///
    /// - `RuntimeDefault` and `Localhost`
    /// - pods that do not say: `container-not-hardened` counts them
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
    ///     seccompProfile:
    ///       type: Unconfined
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
    ///     seccompProfile:
    ///       type: RuntimeDefault
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static RULE = "seccomp-unconfined" {
        level: Warning,
        security: 6.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-baseline", "seccomp", "nsa-cisa", "cis"],
        aliases: [Gatekeeper "seccomp", Gatekeeper "seccompv2", Kubesec "SeccompUnconfined", Kyverno "restrict-seccomp", Kyverno "restrict-seccomp-strict", Trivy "KSV-0104"],
        checks: [Check::Pod(check)],
    }
}

/// Annotations that releases before 1.27 read.
const ANNOTATIONS: [&str; 2] =
    ["seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/"];

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    for (whose, value) in security::places(pod, &["seccompProfile", "type"]) {
        if !value.text().is_some_and(|kind| kind == "RuntimeDefault" || kind == "Localhost") {
            report(pod, &whose, value, cx);
        }
    }
    if !cx.options().is_before(27) {
        return;
    }
    for annotation in pod.annotations() {
        let is_ours = |key: &str| ANNOTATIONS.iter().any(|start| key.starts_with(start));
        let is_allowed = |profile: &str| {
            matches!(profile, "runtime/default" | "docker/default") || profile.starts_with("localhost/")
        };
        if annotation.key.text().is_some_and(|key| is_ours(&key))
            && !annotation.value.text().is_some_and(|profile| is_allowed(&profile))
        {
            report(pod, "the pod", annotation.value, cx);
        }
    }
}

fn report(pod: &PodSpec<'_>, whose: &str, value: Cursor<'_>, cx: &mut Cx<'_>) {
    if controllers::is_generated(&pod.object) {
        return;
    }
    let profile = value.text().unwrap_or_default();
    let report = Report {
        message: format!("the seccomp profile of {whose} is `{profile}`"),
        why: "every system call is allowed, those with which one leaves a container, too".into(),
        help: "write `type: RuntimeDefault`, or a `Localhost` profile with what the program needs".into(),
    };
    let finding = cx.report(value, report);
    if node_agents::is_node_agent(pod) {
        finding.level = Level::Note;
    }
}
