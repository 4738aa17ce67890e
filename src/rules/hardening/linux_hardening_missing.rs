//! `linux-hardening-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::security;

rule! {
    /// A container with no protection of Linux at all.
    ///
    /// ## Why
    ///
    /// Seccomp, AppArmor, SELinux and dropped capabilities each keep a program from what it never needs. This
    /// container asks for none of them.
    ///
    /// Part of what `container-not-hardened` says.
    ///
    /// ## What passes
    ///
    /// - a seccomp or AppArmor profile, SELinux options, or a dropped capability, of the container or the pod
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
    ///     seccompProfile:
    ///       type: RuntimeDefault
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    pub static RULE = "linux-hardening-missing" {
        level: Note,
        profile: Named,
        security: 3.0,
        precision: VeryHigh,
        tags: ["pod-security", "nsa-cisa"],
        aliases: [Kubescape "C-0055", Polaris "linuxHardening"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    const FIELDS: [&str; 3] = ["seccompProfile", "appArmorProfile", "seLinuxOptions"];
    let has_annotation = || {
        let keys = container.pod.annotations().into_iter().filter_map(|annotation| annotation.key.text());
        let wanted = format!("container.apparmor.security.beta.kubernetes.io/{}", container.name());
        keys.into_iter().any(|key| key == wanted)
    };
    if !security::is_complete(container)
        || security::is_windows(&container.pod, cx.options())
        || FIELDS.iter().any(|field| security::effective(container, &[field]).is_some())
        || !security::capabilities(container, "drop").is_empty()
        || has_annotation()
    {
        return;
    }
    let report = Report {
        message: format!(
            "{} has no seccomp, AppArmor or SELinux profile and drops no capability",
            container.describe()
        ),
        why: "nothing but the kernel's defaults stands between the program and the node".into(),
        help: "start with `seccompProfile: {type: RuntimeDefault}` and `capabilities: {drop: [ALL]}`".into(),
    };
    cx.report(At::missing_below(&container.pod.object, container.spec, &["securityContext"]), report);
}
