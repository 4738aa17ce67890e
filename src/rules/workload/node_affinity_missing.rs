//! `node-affinity-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::{controllers, rollout};

rule! {
    /// A workload that may run on any node.
    ///
    /// ## Why
    ///
    /// In a cluster with nodes of several kinds, it may be put on those that are meant for something else.
    ///
    /// ## What passes
    ///
    /// - a `nodeSelector`, a node affinity or a `nodeName`
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
    ///       nodeSelector:
    ///         pool: web
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/>
    pub static RULE = "node-affinity-missing" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload"],
        aliases: [
            KubeLinter "no-node-affinity",
        ],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let is_placed = pod.spec.get("nodeSelector").is_some()
        || pod.spec.get("nodeName").is_some()
        || pod.spec.path(&["affinity", "nodeAffinity"]).is_some();
    if is_placed || !rollout::is_long_running(&pod.object) || controllers::is_generated(&pod.object) {
        return;
    }
    let report = Report {
        message: format!("{} `{}` may run on any node", pod.object.kind(), pod.object.name()),
        why: "it may be put on nodes that are meant for something else".into(),
        help: "add a `nodeSelector` or a node affinity".into(),
    };
    cx.report(At::key(pod.spec), report);
}
