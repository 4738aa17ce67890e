//! `duplicate-autoscaler`

use rustc_hash::FxHashMap;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::graph::GraphView;
use crate::rules::support::deployed::{Deployed, Id};

use super::scaler;

rule! {
    /// Two autoscalers for one workload.
    ///
    /// ## Why
    ///
    /// Each sets the number of replicas that it wants, and the workload swings between the two. KEDA's
    /// ScaledObject makes a HorizontalPodAutoscaler of its own.
    ///
    /// ## What passes
    ///
    /// - a HorizontalPodAutoscaler beside a VerticalPodAutoscaler
    /// - autoscalers of different units, namespaces or targets
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
    /// ---
    /// apiVersion: autoscaling/v2
    /// kind: HorizontalPodAutoscaler
    /// metadata:
    ///   name: web-memory
    /// spec:
    ///   scaleTargetRef:
    ///     apiVersion: apps/v1
    ///     kind: Deployment
    ///     name: web
    ///   maxReplicas: 8
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
    /// apiVersion: autoscaling.k8s.io/v1
    /// kind: VerticalPodAutoscaler
    /// metadata:
    ///   name: web
    /// spec:
    ///   targetRef:
    ///     apiVersion: apps/v1
    ///     kind: Deployment
    ///     name: web
    /// ```
    ///
    /// ## References
    ///
    /// - <https://keda.sh/docs/latest/concepts/scaling-deployments/>
    pub static RULE = "duplicate-autoscaler" {
        level: Error,
        precision: High,
        tags: ["workload", "reference"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    let mut known: FxHashMap<(bool, String, String, Option<&str>), Id> = FxHashMap::default();
    for id in scaler::all(&deployed) {
        let object = deployed.object(world, id);
        let Some((kind, name)) = scaler::target(&object) else { continue };
        let Some(text) = name.text().filter(|name| !name.contains(['$', '{', '<'])) else { continue };
        let is_vertical = object.kind() == "VerticalPodAutoscaler";
        let key = (is_vertical, kind.into_owned(), text.into_owned(), deployed.namespace(id));
        let Some(first) = known.get(&key).copied().filter(|first| deployed.are_together(*first, id)) else {
            known.insert(key, id);
            continue;
        };
        let other = deployed.object(world, first);
        // The same object twice is what `duplicate-object` reports.
        if other.kind() == object.kind() && other.name() == object.name() {
            continue;
        }
        let report = Report {
            message: format!("{} `{}` scales it as well", other.kind(), other.name()),
            why: "each sets the size that it wants, and the workload swings between the two".into(),
            help: "put all metrics into one autoscaler and delete the other".into(),
        };
        let finding = deployed.report(cx, id, At::value(name), report);
        let other = scaler::target(&other).map(|(_, name)| name);
        let span = other.and_then(|name| object.map.editable(name.span(), name.step()));
        finding.related.extend(span.map(|span| Related { span, message: "scaled here first".into() }));
    }
}
