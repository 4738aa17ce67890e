//! `run-as-low-uid`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::{controllers, security};

rule! {
    /// A container with a user id that the node may have, too.
    ///
    /// ## Why
    ///
    /// Below 10,000 the numbers belong to users and groups of distributions. A process that leaves its container
    /// is then somebody on the node, with the files of that somebody.
    ///
    /// ## What passes
    ///
    /// - 0, which `run-as-root` and `run-as-root-group` report
    /// - containers that do not say, and pods with `hostUsers: false`
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
    ///   securityContext:
    ///     runAsUser: 1000
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
    ///     runAsUser: 10001
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    pub static RULE = "run-as-low-uid" {
        level: Note,
        profile: Pedantic,
        security: 1.5,
        precision: VeryHigh,
        tags: ["pod-security", "cis"],
        aliases: [Checkov "CKV_K8S_40", Kics "Container Running With Low UID", KubeScore "container-security-context-user-group-id", Kubesec "RunAsUser", Trivy "KSV-0020"],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    if security::has_user_namespace(pod, cx.options()) || controllers::is_generated(&pod.object) {
        return;
    }
    for (whose, value) in security::places(pod, &["runAsUser"]) {
        let Some(number) = value.int().filter(|number| (1..10_000).contains(number)) else { continue };
        let report = Report {
            message: format!("`runAsUser` of {whose} is {number}"),
            why: "a user or group of the node may have the same number, and its files".into(),
            help: "take a number of 10,000 or more that the image can run with".into(),
        };
        cx.report(value, report);
    }
}
