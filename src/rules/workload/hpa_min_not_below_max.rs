//! `hpa-min-not-below-max`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::{KindName, ObjectView};

rule! {
    /// An autoscaler that has no room to scale.
    ///
    /// ## Why
    ///
    /// With the smallest number of replicas at the largest, load changes nothing. Above it, the API server
    /// refuses the object.
    ///
    /// ## What is reported
    ///
    /// - **error**: the minimum is above the maximum
    /// - **warning**: both are the same
    ///
    /// ## What passes
    ///
    /// - an autoscaler fixed to zero: somebody switched something off
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
    ///   minReplicas: 3
    ///   maxReplicas: 3
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
    ///   minReplicas: 3
    ///   maxReplicas: 10
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/>
    pub static RULE = "hpa-min-not-below-max" {
        level: Warning,
        precision: VeryHigh,
        tags: ["workload", "availability"],
        aliases: [
            Polaris "hpaMaxAvailability",
        ],
        checks: [Check::Object(&KINDS, check)],
    }
}

const KINDS: [KindName; 2] = [
    KindName { group: "autoscaling", kind: "HorizontalPodAutoscaler" },
    KindName { group: "keda.sh", kind: "ScaledObject" },
];

fn check(scaler: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let field = |name| scaler.root.path(&["spec", name]).and_then(|value| Some((value, value.int()?)));
    let least = field("minReplicas").or_else(|| field("minReplicaCount"));
    let most = field("maxReplicas").or_else(|| field("maxReplicaCount"));
    let (Some((at, least)), Some((_, most))) = (least, most) else { return };
    if least < most || most == 0 {
        return;
    }
    let (level, message, why) = match least > most {
        true => (
            Level::Error,
            format!("the minimum of {least} replicas is above the maximum of {most}"),
            "it is refused",
        ),
        false => (
            cx.level(),
            format!("the minimum and the maximum are both {least} replicas"),
            "load changes nothing",
        ),
    };
    let help = "raise the maximum, or remove the autoscaler and set `replicas`";
    cx.report(at, Report { message, why: why.into(), help: help.into() }).level = level;
}
