//! `security-context-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::security;
use crate::yaml::Cursor;

rule! {
    /// A container without any security context.
    ///
    /// ## Why
    ///
    /// Neither the container nor its pod says anything about users, capabilities or profiles: everything is left
    /// to the image and to the defaults.
    ///
    /// Part of what `container-not-hardened` says.
    ///
    /// ## What passes
    ///
    /// - a `securityContext` of the container or the pod that is not empty
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
    ///     runAsNonRoot: true
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    pub static RULE = "security-context-missing" {
        level: Note,
        profile: Named,
        security: 3.0,
        precision: VeryHigh,
        tags: ["pod-security", "cis"],
        aliases: [Checkov "CKV_K8S_29", Checkov "CKV_K8S_30", Kics "Pod or Container Without Security Context", Kubescape "C-0211", Trivy "KSV-0118"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let says = |spec: Cursor<'_>| spec.get("securityContext").is_some_and(|it| !it.entries().is_empty());
    if !security::is_complete(container) || says(container.spec) || says(container.pod.spec) {
        return;
    }
    let report = Report {
        message: format!("{} and its pod have no security context", container.describe()),
        why: "its user, its capabilities and its profiles are left to the image and to the defaults".into(),
        help: "add a `securityContext`; `container-not-hardened` names the fields".into(),
    };
    cx.report(At::missing_below(&container.pod.object, container.spec, &["securityContext"]), report);
}
