//! `priority-class-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::controllers;

rule! {
    /// A pod without a priority class.
    ///
    /// ## Why
    ///
    /// When the cluster is full, nobody can say which pods have to go for others.
    ///
    /// ## What passes
    ///
    /// - the installation manifests of Flux and Argo CD
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: web
    ///     spec:
    ///       priorityClassName: business
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/>
    pub static RULE = "priority-class-missing" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload"],
        aliases: [
            KubeLinter "priority-class-name",
            Polaris "priorityClassNotSet",
        ],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let is_said = pod.spec.get("priorityClassName").is_some();
    let is_run_here = matches!(pod.object.group(), "" | "apps" | "batch");
    if is_said || !is_run_here || controllers::is_generated(&pod.object) {
        return;
    }
    let report = Report {
        message: format!("{} `{}` has no priority class", pod.object.kind(), pod.object.name()),
        why: "when the cluster is full, nobody can say which pods have to go".into(),
        help: "set `priorityClassName`".into(),
    };
    cx.report(At::key(pod.spec), report);
}
