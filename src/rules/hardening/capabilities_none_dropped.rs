//! `capabilities-none-dropped`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::security;

rule! {
    /// A container that drops no capability.
    ///
    /// ## Why
    ///
    /// Runtimes give every container about fourteen capabilities. A list of those that it does not need is better
    /// than none, and `ALL` is best.
    ///
    /// Part of what `capabilities-not-dropped` and `container-not-hardened` say.
    ///
    /// ## What passes
    ///
    /// - any entry in `capabilities.drop`
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
    pub static RULE = "capabilities-none-dropped" {
        level: Note,
        profile: Named,
        security: 2.0,
        precision: VeryHigh,
        tags: ["pod-security", "capabilities", "cis"],
        aliases: [Kubesec "CapDropAny", Trivy "KSV-0004"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    if !security::is_complete(container)
        || security::is_windows(&container.pod, cx.options())
        || !security::capabilities(container, "drop").is_empty()
    {
        return;
    }
    let report = Report {
        message: format!("{} drops no capability", container.describe()),
        why: "it has all those that the runtime gives by default".into(),
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
