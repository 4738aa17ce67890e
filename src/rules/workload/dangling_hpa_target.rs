//! `dangling-hpa-target`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::rules::support::deployed::Deployed;

use super::scaler;

rule! {
    /// An autoscaler whose target is not there.
    ///
    /// ## Why
    ///
    /// It scales nothing, and only its status says so. The workload it was meant for keeps its number of
    /// replicas under load.
    ///
    /// ## What is reported
    ///
    /// HorizontalPodAutoscalers, VerticalPodAutoscalers and KEDA's ScaledObjects.
    ///
    /// ## What passes
    ///
    /// - targets of kinds that the unit does not have: they are made elsewhere, or by an operator
    /// - units of which a part is not rendered, and namespaces where a chart or an operator makes workloads
    ///   that nobody sees here
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
    ///     name: website
    ///   maxReplicas: 5
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
    ///   maxReplicas: 5
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
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/>
    pub static RULE = "dangling-hpa-target" {
        level: Error,
        precision: High,
        tags: ["workload", "reference"],
        aliases: [
            Kics "HPA Targets Invalid Object",
            KubeLinter "dangling-horizontalpodautoscaler",
            KubeScore "horizontalpodautoscaler-has-target",
            Kubescape "C-0300",
        ],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in scaler::all(&deployed) {
        let object = deployed.object(world, id);
        let Some((kind, name)) = scaler::target(&object) else { continue };
        let Some(text) = name.text().filter(|name| !name.contains(['$', '{', '<'])) else { continue };
        if deployed.find(id, &kind, &text, deployed.namespace(id)).is_some() || deployed.is_open(id, &kind) {
            continue;
        }
        let report = Report {
            message: format!(
                "{} `{}` scales the {kind} `{text}`, which does not exist",
                object.kind(),
                object.name()
            ),
            why: "it scales nothing, and only its status says so".into(),
            help: format!("name a {kind} of the same namespace").into(),
        };
        deployed.report(cx, id, At::value(name), report);
    }
}
