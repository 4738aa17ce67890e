//! `git-sync-code-injection`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{Container, ImageReference};

rule! {
    /// A git-sync container whose environment runs commands of its own.
    ///
    /// ## Why
    ///
    /// git-sync runs the program that `GITSYNC_GIT` names instead of git, and the commands of its hooks. Who can
    /// change an environment variable of the pod, by a ConfigMap for example, then runs a program with its
    /// credentials.
    ///
    /// ## What passes
    ///
    /// - other variables of git-sync, and other images
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
    ///       image: registry.k8s.io/git-sync/git-sync:v4.3.0
    ///       env:
    ///         - name: GITSYNC_GIT
    ///           value: /tmp/run.sh
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
    ///       image: registry.k8s.io/git-sync/git-sync:v4.3.0
    ///       env:
    ///         - name: GITSYNC_REPO
    ///           value: https://github.com/acme/web
    /// ```
    pub static RULE = "git-sync-code-injection" {
        level: Warning,
        profile: Pedantic,
        security: 6.0,
        precision: High,
        tags: ["pod-security", "supply-chain"],
        aliases: [Checkov "CKV_K8S_159"],
        checks: [Check::Container(check)],
    }
}

const RUN: [&str; 6] = [
    "GITSYNC_GIT",
    "GIT_SYNC_GIT",
    "GITSYNC_EXECHOOK_COMMAND",
    "GIT_SYNC_EXECHOOK_COMMAND",
    "GITSYNC_ASKPASS_URL",
    "GIT_SYNC_HOOK_COMMAND",
];

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let image = container.image().and_then(|image| image.text()).unwrap_or_default();
    if !ImageReference::parse(&image).is_ok_and(|image| image.repository().ends_with("git-sync")) {
        return;
    }
    for name in container.env().filter_map(|variable| variable.get("name")) {
        let Some(text) = name.text().filter(|text| RUN.contains(&&**text)) else { continue };
        let report = Report {
            message: format!("`{text}` makes git-sync run a program of its own"),
            why: "who can change the variable runs a program with the credentials of git-sync".into(),
            help: "remove it; act on new revisions in a container beside git-sync".into(),
        };
        cx.report(name, report);
    }
}
