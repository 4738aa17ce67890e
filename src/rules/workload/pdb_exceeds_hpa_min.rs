//! `pdb-exceeds-hpa-min`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::rules::support::deployed::Deployed;

use super::budget;

rule! {
    /// A PodDisruptionBudget that wants as many pods as the autoscaler keeps at the least.
    ///
    /// ## Why
    ///
    /// While there is little load, no pod may be evicted, and a node with one of them is not drained.
    ///
    /// ## What passes
    ///
    /// - budgets in per cent, and `maxUnavailable`
    /// - budgets of several workloads
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata:
    ///   name: web
    /// spec:
    ///   minAvailable: 2
    ///   selector:
    ///     matchLabels:
    ///       app: web
    /// ---
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
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ---
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
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata:
    ///   name: web
    /// spec:
    ///   minAvailable: 2
    ///   selector:
    ///     matchLabels:
    ///       app: web
    /// ---
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
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ---
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
    ///   maxReplicas: 5
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/run-application/configure-pdb/>
    pub static RULE = "pdb-exceeds-hpa-min" {
        level: Warning,
        precision: High,
        tags: ["workload", "availability"],
        aliases: [
            Polaris "pdbMinAvailableGreaterThanHPAMinReplicas",
        ],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in deployed.of_kind("PodDisruptionBudget") {
        let object = deployed.object(world, id);
        let Some(at) = object.root.path(&["spec", "minAvailable"]) else { continue };
        let workloads = budget::workloads(&deployed, id, &object);
        let [workload] = workloads.as_slice() else { continue };
        let Some(scaler) = budget::scaler(&deployed, *workload, world) else { continue };
        let scaler = deployed.object(world, scaler);
        let field = |name| scaler.root.path(&["spec", name]).and_then(|value| value.int());
        // Without a word a HorizontalPodAutoscaler keeps one pod at least, a ScaledObject none.
        let Some(kept) = field("minReplicas").or_else(|| field("minReplicaCount")).filter(|kept| *kept > 0)
        else {
            continue;
        };
        let Some(least) = at.int().filter(|least| *least >= kept) else { continue };
        let report = Report {
            message: format!(
                "the budget wants {least} pods to be available, and {} `{}` may go down to {kept}",
                scaler.kind(),
                scaler.name()
            ),
            why: "while there is little load, no node with one of the pods can be drained".into(),
            help: "use `maxUnavailable: 1`, or keep one replica more".into(),
        };
        deployed.report(cx, id, At::value(at), report);
    }
}
