//! `capability-net-raw-not-dropped`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::security;

rule! {
    /// A container that keeps the capability `NET_RAW`.
    ///
    /// ## Why
    ///
    /// With it a program forges packets: it answers for other pods and for the DNS of the node's network.
    ///
    /// Part of what `capabilities-not-dropped` and `container-not-hardened` say.
    ///
    /// ## What passes
    ///
    /// - `drop: [ALL]`
    /// - pods that say that they run on Windows
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
    ///           drop: [NET_RAW]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://man7.org/linux/man-pages/man7/capabilities.7.html>
    pub static RULE = "capability-net-raw-not-dropped" {
        level: Note,
        profile: Named,
        security: 4.0,
        precision: VeryHigh,
        tags: ["pod-security", "capabilities", "cis"],
        aliases: [Checkov "CKV_K8S_28", Kics "NET_RAW Capabilities Not Being Dropped", KubeLinter "drop-net-raw-capability", Kubescape "C-0199", Kyverno "require-drop-cap-net-raw"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    if !security::is_complete(container)
        || security::is_windows(&container.pod, cx.options())
        || security::capabilities(container, "drop")
            .iter()
            .any(|(name, _)| matches!(&**name, "ALL" | "NET_RAW" | "CAP_NET_RAW"))
    {
        return;
    }
    let report = Report {
        message: format!("{} keeps the capability `NET_RAW`", container.describe()),
        why: "it may forge packets and answer for other pods".into(),
        help: "write `capabilities: {drop: [ALL]}`".into(),
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
