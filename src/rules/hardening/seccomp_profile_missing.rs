//! `seccomp-profile-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::security;

rule! {
    /// A container without a filter of system calls.
    ///
    /// ## Why
    ///
    /// Kubernetes runs containers without seccomp unless somebody asks for a profile, or the kubelet is
    /// configured to. `RuntimeDefault` forbids some sixty calls that programs never make and attackers need.
    ///
    /// `container-not-hardened` says this together with what else a container lacks. This rule is for profiles
    /// and for those who want one finding for each.
    ///
    /// ## What passes
    ///
    /// - pods that say that they run on Windows
    /// - `Unconfined`: `seccomp-unconfined` reports it
    /// - the templates of Argo Workflows and the tasks of Tekton, which get their security contexts from
    ///   elsewhere, too
    /// - the installation manifests of Flux and Argo CD
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
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted>
    pub static RULE = "seccomp-profile-missing" {
        level: Note,
        profile: Named,
        security: 3.5,
        precision: VeryHigh,
        tags: ["pod-security", "pss-restricted", "seccomp", "nsa-cisa", "cis"],
        aliases: [Checkov "CKV_K8S_31", Gatekeeper "seccomp", Gatekeeper "seccompv2", Kics "Seccomp Profile Is Not Configured", KubeScore "container-seccomp-profile", Kubescape "C-0210", Kubesec "SeccompAny", Kyverno "restrict-seccomp-strict", Trivy "KSV-0030"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    if !security::is_complete(container) {
        return;
    }
    if security::lacks_seccomp(container, cx.options()) {
        let report = Report {
            message: format!("{} has no seccomp profile", container.describe()),
            why: "every system call is allowed, those with which one leaves a container, too".into(),
            help: "write `seccompProfile: {type: RuntimeDefault}`, for the pod or the container".into(),
        };
        cx.report(
            At::missing_below(&container.pod.object, container.spec, &["securityContext", "seccompProfile"]),
            report,
        );
    }
}
