//! `apparmor-profile-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::security;

rule! {
    /// A container that names no AppArmor profile.
    ///
    /// ## Why
    ///
    /// Nodes with AppArmor confine it by the profile of the runtime anyway. Naming it makes a node without
    /// AppArmor refuse the pod instead of running it unconfined.
    ///
    /// ## What passes
    ///
    /// - a profile by field or annotation
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
    ///   securityContext:
    ///     appArmorProfile:
    ///       type: RuntimeDefault
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    pub static RULE = "apparmor-profile-missing" {
        level: Note,
        profile: Pedantic,
        security: 2.0,
        precision: VeryHigh,
        tags: ["pod-security"],
        aliases: [Kics "Missing AppArmor Profile", Kubesec "ApparmorAny", Kyverno "add-apparmor"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let annotation = format!("container.apparmor.security.beta.kubernetes.io/{}", container.name());
    let has_annotation = || {
        let annotations = container.pod.annotations();
        annotations.iter().any(|it| it.key.text().is_some_and(|key| key == annotation))
    };
    if !security::is_complete(container)
        || security::is_windows(&container.pod, cx.options())
        || security::effective(container, &["appArmorProfile"]).is_some()
        || has_annotation()
    {
        return;
    }
    let report = Report {
        message: format!("{} names no AppArmor profile", container.describe()),
        why: "a node without AppArmor runs it unconfined".into(),
        help: "write `appArmorProfile: {type: RuntimeDefault}` where all nodes have AppArmor".into(),
    };
    cx.report(
        At::missing_below(&container.pod.object, container.spec, &["securityContext", "appArmorProfile"]),
        report,
    );
}
