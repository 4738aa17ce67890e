//! `hpa-min-replicas-low`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// An autoscaler that goes down to one replica.
    ///
    /// ## Why
    ///
    /// While there is little load, one pod is all there is, and while it moves to another node nothing answers.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata:
    ///   name: web
    /// spec:
    ///   scaleTargetRef:
    ///     apiVersion: apps/v1
    ///     kind: Deployment
    ///     name: web
    ///   minReplicas: 1
    ///   maxReplicas: 5
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata:
    ///   name: web
    /// spec:
    ///   scaleTargetRef:
    ///     apiVersion: apps/v1
    ///     kind: Deployment
    ///     name: web
    ///   minReplicas: 2
    ///   maxReplicas: 5
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/>
    pub static RULE = "hpa-min-replicas-low" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload", "availability"],
        aliases: [
            KubeLinter "hpa-minimum-three-replicas",
            KubeScore "horizontalpodautoscaler-replicas",
            Polaris "hpaMinAvailability",
        ],
        checks: [Check::Object(&[SCALER], check)],
    }
}

const SCALER: KindName = KindName { group: "autoscaling", kind: "HorizontalPodAutoscaler" };

fn check(scaler: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let least = scaler.root.path(&["spec", "minReplicas"]);
    if least.is_some_and(|least| least.int() != Some(1)) {
        return;
    }
    let report = Report {
        message: "the autoscaler may go down to one replica".into(),
        why: "while that pod moves to another node, nothing answers".into(),
        help: "set `minReplicas` to 2 or more".into(),
    };
    cx.report(least.map_or_else(|| At::missing(scaler, &["spec", "minReplicas"]), At::value), report);
}
