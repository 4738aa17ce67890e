//! `scheduling-annotations`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;

rule! {
    /// A pod that keeps its node from being removed.
    ///
    /// ## Why
    ///
    /// `cluster-autoscaler.kubernetes.io/safe-to-evict: "false"` and a grace period of more than ten minutes
    /// keep nodes that are nearly empty, and make drains time out.
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
    ///     metadata:
    ///       annotations:
    ///         cluster-autoscaler.kubernetes.io/safe-to-evict: "false"
    ///     spec:
    ///       terminationGracePeriodSeconds: 3600
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
    ///   template:
    ///     metadata:
    ///       annotations:
    ///         cluster-autoscaler.kubernetes.io/safe-to-evict: "true"
    ///     spec:
    ///       terminationGracePeriodSeconds: 60
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md#what-types-of-pods-can-prevent-ca-from-removing-a-node>
    pub static RULE = "scheduling-annotations" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["workload"],
        aliases: [],
        checks: [Check::Pod(check)],
    }
}

const SAFE: &str = "cluster-autoscaler.kubernetes.io/safe-to-evict";
/// The cluster autoscaler waits no longer than this.
const LONG: i64 = 600;

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let annotations = pod.object.root.path(&["spec", "template", "metadata", "annotations"]);
    let annotation = annotations.and_then(|annotations| annotations.get(SAFE));
    if let Some(value) = annotation.filter(|value| value.text().is_some_and(|value| value == "false")) {
        let report = Report {
            message: "the pod may not be evicted to remove its node".into(),
            why: "nodes that are nearly empty are kept and paid for".into(),
            help: "remove the annotation once the pod can be restarted".into(),
        };
        cx.report(value, report);
    }
    let grace = pod.spec.get("terminationGracePeriodSeconds");
    if let Some(grace) = grace.filter(|grace| grace.int().is_some_and(|seconds| seconds > LONG)) {
        let report = Report {
            message: "the pod may take more than ten minutes to end".into(),
            why: "drains and scaling down give up before that".into(),
            help: "let it end sooner".into(),
        };
        cx.report(grace, report);
    }
}
