//! `proc-mount-not-default`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::security;

rule! {
    /// A container in a user namespace that sees `/proc` unmasked.
    ///
    /// ## Why
    ///
    /// The Pod Security level `baseline` allows it from Kubernetes 1.35 on, since root in such a pod is nobody on
    /// the node. The level `restricted` does not.
    ///
    /// ## What passes
    ///
    /// - `procMount: Default`, and containers that do not say
    /// - pods without `hostUsers: false`: `proc-mount-unmasked` reports them
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   hostUsers: false
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
    ///   hostUsers: false
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
    pub static RULE = "proc-mount-not-default" {
        level: Note,
        profile: Named,
        security: 3.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-restricted"],
        aliases: [],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let Some(value) = security::own(container, &["procMount"]) else { return };
    let is_default = value.text().is_some_and(|kind| kind == "Default");
    if is_default || !security::has_user_namespace(&container.pod, cx.options()) {
        return;
    }
    let report = Report {
        message: format!(
            "{} has `/proc` unmasked, which the level `restricted` forbids",
            container.describe()
        ),
        why: "a flaw of the kernel's user namespaces is one step to the node".into(),
        help: "remove `procMount` unless the container starts containers itself".into(),
    };
    cx.report(value, report);
}
