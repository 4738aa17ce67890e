//! `privilege-escalation-not-disabled`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::security;

rule! {
    /// A container that does not say that it cannot gain privileges.
    ///
    /// ## Why
    ///
    /// Without `allowPrivilegeEscalation: false`, setuid programs and file capabilities in the image turn an
    /// ordinary user into root.
    ///
    /// `container-not-hardened` says this together with what else a container lacks. This rule is for profiles
    /// and for those who want one finding for each.
    ///
    /// ## What passes
    ///
    /// - pods that say that they run on Windows
    /// - `allowPrivilegeEscalation: true`: `privilege-escalation-allowed` reports it
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
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       securityContext:
    ///         allowPrivilegeEscalation: false
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted>
    pub static RULE = "privilege-escalation-not-disabled" {
        level: Warning,
        profile: Named,
        security: 4.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-restricted", "nsa-cisa", "cis"],
        aliases: [Checkov "CKV_K8S_20", Gatekeeper "allow-privilege-escalation", Kubescape "C-0016", Kyverno "disallow-privilege-escalation", Polaris "privilegeEscalationAllowed", Trivy "KSV-0001"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    if !security::is_complete(container) {
        return;
    }
    if security::may_escalate(container, cx.options()) {
        let report = Report {
            message: format!("{} does not rule out that it gains privileges", container.describe()),
            why: "a setuid program in the image makes an ordinary user root".into(),
            help: "write `allowPrivilegeEscalation: false`".into(),
        };
        cx.report(
            At::missing_below(
                &container.pod.object,
                container.spec,
                &["securityContext", "allowPrivilegeEscalation"],
            ),
            report,
        );
    }
}
