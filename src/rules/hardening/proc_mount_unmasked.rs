//! `proc-mount-unmasked`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::{controllers, security};

rule! {
    /// A container that sees `/proc` as the node does.
    ///
    /// ## Why
    ///
    /// Runtimes hide and protect parts of `/proc` through which one changes the kernel. `procMount: Unmasked`
    /// takes that away; it is made for containers that start containers, in a user namespace of their own.
    ///
    /// ## What passes
    ///
    /// - `procMount: Default`, and containers that do not say
    /// - pods with `hostUsers: false`, from Kubernetes 1.35 on
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
    ///       securityContext:
    ///         procMount: Unmasked
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
    ///         procMount: Default
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static RULE = "proc-mount-unmasked" {
        level: Error,
        security: 7.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-baseline"],
        aliases: [Gatekeeper "proc-mount", Kics "Container Runs Unmasked", KubeLinter "unsafe-proc-mount", Kyverno "disallow-proc-mount", Polaris "procMount", Trivy "KSV-0027"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let Some(value) = security::own(container, &["procMount"]) else { return };
    let kind = value.text().unwrap_or_default();
    if kind == "Default"
        || security::has_user_namespace(&container.pod, cx.options())
        || controllers::is_generated(&container.pod.object)
    {
        return;
    }
    let report = Report {
        message: format!("{} has `/proc` mounted as `{kind}`", container.describe()),
        why: "it can change the kernel through files that are hidden from containers".into(),
        help: "remove `procMount`, or give the pod a user namespace with `hostUsers: false`".into(),
    };
    cx.report(value, report);
}
