//! `ephemeral-container-in-manifest`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::PodSpec;

rule! {
    /// An ephemeral container in a manifest.
    ///
    /// ## Why
    ///
    /// Ephemeral containers are added to running pods for debugging. The API server refuses them in a new pod and
    /// in templates of workloads.
    ///
    /// ## What passes
    ///
    /// - an empty list
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   ephemeralContainers:
    ///     - name: debug
    ///       image: busybox:1.36
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
    pub static RULE = "ephemeral-container-in-manifest" {
        level: Note,
        profile: Pedantic,
        security: 2.0,
        precision: VeryHigh,
        tags: ["pod-security", "correctness"],
        aliases: [Kyverno "block-ephemeral-containers"],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let list = pod.spec.get("ephemeralContainers").filter(|list| list.items().next().is_some());
    let Some(list) = list else { return };
    let report = Report {
        message: "the manifest has an ephemeral container".into(),
        why: "the API server refuses it: it can only be added to a pod that runs".into(),
        help: "remove it, or make it one of `containers`".into(),
    };
    cx.report(At::key(list), report);
}
