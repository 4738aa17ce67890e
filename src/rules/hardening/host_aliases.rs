//! `host-aliases`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::controllers;

rule! {
    /// A pod that overrides names in its `/etc/hosts`.
    ///
    /// ## Why
    ///
    /// What a name means then differs from pod to pod, nobody who looks at DNS sees it, and the address stays
    /// when the service moves.
    ///
    /// ## What passes
    ///
    /// - an empty list
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
    ///   hostAliases:
    ///     - ip: 10.0.0.7
    ///       hostnames: [db.example.com]
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
    /// ```
    pub static RULE = "host-aliases" {
        level: Note,
        profile: Pedantic,
        security: 1.5,
        precision: VeryHigh,
        tags: ["pod-security", "network"],
        aliases: [Kubesec "HostAliases", Trivy "KSV-0007"],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let Some(aliases) = pod.spec.get("hostAliases").filter(|it| it.items().next().is_some()) else { return };
    if controllers::is_generated(&pod.object) {
        return;
    }
    let report = Report {
        message: "the pod has names of its own in `/etc/hosts`".into(),
        why: "what a name means is not what DNS says, and nobody sees it from outside".into(),
        help: "name the address in DNS, or in a Service without a selector".into(),
    };
    cx.report(At::key(aliases), report);
}
