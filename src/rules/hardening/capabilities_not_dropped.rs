//! `capabilities-not-dropped`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::security;

use super::capability::is_baseline;

rule! {
    /// A container that keeps capabilities that it was not given on purpose.
    ///
    /// ## Why
    ///
    /// Runtimes give every container about fourteen capabilities, `NET_RAW` and `SETUID` among them. Hardly any
    /// program needs one. The Pod Security level `restricted` asks for `drop: [ALL]` and allows
    /// `NET_BIND_SERVICE` to be added.
    ///
    /// `container-not-hardened` says this together with what else a container lacks. This rule is for profiles
    /// and for those who want one finding for each.
    ///
    /// ## What passes
    ///
    /// - pods that say that they run on Windows
    /// - added capabilities that the level `baseline` forbids: `capability-beyond-baseline` and
    ///   `capability-dangerous` report them
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
    ///         capabilities:
    ///           drop: [ALL]
    ///           add: [NET_BIND_SERVICE]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted>
    pub static RULE = "capabilities-not-dropped" {
        level: Warning,
        profile: Named,
        security: 4.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-restricted", "capabilities", "nsa-cisa", "cis"],
        aliases: [Checkov "CKV_K8S_37", Gatekeeper "capabilities", Kics "No Drop Capabilities for Containers", Kubescape "C-0201", Kubescape "C-0220", Kubesec "CapDropAll", Kyverno "disallow-capabilities-strict", Kyverno "require-drop-all", Polaris "insecureCapabilities", Trivy "KSV-0003", Trivy "KSV-0106"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    // The level `restricted` says nothing about capabilities of its own before 1.22.
    if !security::is_complete(container) || cx.options().is_before(22) {
        return;
    }
    let added = security::capabilities(container, "add").into_iter();
    for (name, value) in added.filter(|(name, _)| name != "NET_BIND_SERVICE" && is_baseline(name)) {
        if security::is_windows(&container.pod, cx.options()) {
            break;
        }
        let report = Report {
            message: format!("{} adds the capability `{name}`", container.describe()),
            why: "namespaces that enforce `restricted` allow `NET_BIND_SERVICE` alone".into(),
            help: "remove it: a program with a user of its own seldom needs it".into(),
        };
        cx.report(value, report);
    }
    if security::keeps_capabilities(container, cx.options()) {
        let dropped = security::capabilities(container, "drop");
        let small = dropped.iter().find(|(name, _)| name.eq_ignore_ascii_case("ALL"));
        let message = match small {
            Some((name, _)) => {
                format!("{} drops `{name}`, which must be `ALL` in capitals", container.describe())
            }
            None => format!("{} does not drop all capabilities", container.describe()),
        };
        let report = Report {
            message,
            why: "it may forge packets, change owners of files and switch users, as far as its user may"
                .into(),
            help: "write `capabilities: {drop: [ALL]}`, and add `NET_BIND_SERVICE` for a port below 1024"
                .into(),
        };
        cx.report(
            At::missing_below(
                &container.pod.object,
                container.spec,
                &["securityContext", "capabilities", "drop"],
            ),
            report,
        );
    }
}
