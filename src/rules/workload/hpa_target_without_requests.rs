//! `hpa-target-without-requests`

use std::borrow::Cow;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::model::ObjectView;
use crate::rules::support::deployed::Deployed;
use crate::yaml::Cursor;

use super::{resources, scaler};

rule! {
    /// An autoscaler that goes by the utilisation of a resource that its pods do not request.
    ///
    /// ## Why
    ///
    /// Utilisation is a share of what is requested. Without a request it cannot be computed, and the autoscaler
    /// does nothing: `failed to get cpu utilization: missing request for cpu`.
    ///
    /// ## What passes
    ///
    /// - targets that are not in the same unit, and metrics by absolute value
    /// - a LimitRange in the namespace, a VerticalPodAutoscaler, `resources` of the pod
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
    ///   maxReplicas: 5
    ///   metrics:
    ///     - type: Resource
    ///       resource:
    ///         name: cpu
    ///         target:
    ///           type: Utilization
    ///           averageUtilization: 80
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
    ///           resources:
    ///             requests:
    ///               memory: 64Mi
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
    ///   metrics:
    ///     - type: Resource
    ///       resource:
    ///         name: cpu
    ///         target:
    ///           type: Utilization
    ///           averageUtilization: 80
    ///     - type: Resource
    ///       resource:
    ///         name: memory
    ///         target:
    ///           type: AverageValue
    ///           averageValue: 500Mi
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
    ///           resources:
    ///             limits:
    ///               cpu: 500m
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#support-for-resource-metrics>
    pub static RULE = "hpa-target-without-requests" {
        level: Error,
        precision: High,
        tags: ["workload", "availability", "resources"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in deployed.of_kind("HorizontalPodAutoscaler") {
        let object = deployed.object(world, id);
        let Some((kind, name)) = scaler::target(&object) else { continue };
        let Some(name) = name.text() else { continue };
        let found = deployed.find(id, &kind, &name, deployed.namespace(id));
        let Some(target) = found.filter(|found| deployed.are_together(id, *found)) else { continue };
        let workload = deployed.object(world, target);
        let containers: Vec<_> = workload.pod_specs().iter().flat_map(|pod| pod.containers()).collect();
        for (at, resource, container) in metrics(&object) {
            let lacks = containers.iter().find(|it| {
                resources::is_asked(it)
                    && container.as_ref().is_none_or(|wanted| *wanted == it.name())
                    && resources::request(it, &resource).is_none()
            });
            let Some(lacks) = lacks.filter(|it| !resources::is_said_elsewhere(it, world)) else { continue };
            let report = Report {
                message: format!(
                    "it scales by the utilisation of {resource}, and {} of {kind} `{name}` requests none",
                    lacks.describe()
                ),
                why: "the utilisation cannot be computed, and the autoscaler does nothing".into(),
                help: format!("set `resources.requests.{resource}` in every container").into(),
            };
            deployed.report(cx, id, At::value(at), report);
        }
    }
}

/// The resources whose utilisation counts: where that is said, and of which container if only of one.
fn metrics<'w>(scaler: &ObjectView<'w>) -> Vec<(Cursor<'w>, Cow<'w, str>, Option<Cow<'w, str>>)> {
    let old = scaler.root.path(&["spec", "targetCPUUtilizationPercentage"]);
    let mut found: Vec<_> = old.map(|at| (at, "cpu".into(), None)).into_iter().collect();
    let metrics = scaler.root.path(&["spec", "metrics"]).into_iter().flat_map(|metrics| metrics.items());
    for metric in metrics {
        let of = |kind| metric.get(kind);
        let Some(resource) = of("resource").or_else(|| of("containerResource")) else { continue };
        let is_share = resource.path(&["target", "averageUtilization"]).is_some()
            || resource.get("targetAverageUtilization").is_some();
        let Some(name) = resource.get("name").filter(|_| is_share) else { continue };
        let container = resource.get("container").and_then(|container| container.text());
        let text = name.text().unwrap_or_default();
        found.extend(matches!(&*text, "cpu" | "memory").then_some((name, text, container)));
    }
    found
}
