//! `pdb-blocks-eviction`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::rules::support::deployed::Deployed;

use super::budget;

rule! {
    /// A PodDisruptionBudget that allows no disruption at all.
    ///
    /// ## Why
    ///
    /// No pod may ever be evicted, so a node with one of them is never drained: upgrades of the cluster hang
    /// until somebody deletes the budget.
    ///
    /// ## What is reported
    ///
    /// `maxUnavailable` of 0, `minAvailable` of 100 %, and `minAvailable` that is not below the replicas of the
    /// workloads it selects.
    ///
    /// ## What passes
    ///
    /// - workloads that an autoscaler sizes: `pdb-exceeds-hpa-min` looks at these
    /// - budgets whose workloads nobody sees here
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata:
    ///   name: web
    /// spec:
    ///   maxUnavailable: 0
    ///   selector:
    ///     matchLabels:
    ///       app: web
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
    ///   maxUnavailable: 1
    ///   selector:
    ///     matchLabels:
    ///       app: web
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   replicas: 2
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
    /// - <https://kubernetes.io/docs/tasks/run-application/configure-pdb/>
    pub static RULE = "pdb-blocks-eviction" {
        level: Warning,
        precision: High,
        tags: ["workload", "availability"],
        aliases: [
            KubeLinter "pdb-max-unavailable",
            KubeLinter "pdb-min-available",
            Polaris "pdbDisruptionsIsZero",
        ],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in deployed.of_kind("PodDisruptionBudget") {
        let object = deployed.object(world, id);
        let field = |name| object.root.path(&["spec", name]).and_then(|value| Some((value, value.text()?)));
        let above = ["minAvailable", "maxUnavailable"].into_iter().filter_map(field).find(|(_, text)| {
            text.strip_suffix('%').and_then(|number| number.parse::<u32>().ok()).is_some_and(|it| it > 100)
        });
        if let Some((at, text)) = above {
            let report = Report {
                message: format!("the budget is about {text} of the pods"),
                why: "the API server refuses the object".into(),
                help: "write 100% or less".into(),
            };
            deployed.report(cx, id, At::value(at), report);
            continue;
        }
        let most = field("maxUnavailable").filter(|(_, text)| matches!(&**text, "0" | "0%"));
        let least = field("minAvailable");
        let (at, what) = match (most, least) {
            (Some((at, _)), _) => (at, "allows no pod to be unavailable".to_owned()),
            (None, Some((at, text))) if text == "100%" => (at, "wants all pods to be available".to_owned()),
            (None, Some((at, text))) => {
                let Some(replicas) = budget::replicas(&deployed, id, &object, world) else { continue };
                let Some(least) = text.parse::<i64>().ok().filter(|least| *least >= replicas) else {
                    continue;
                };
                (at, format!("wants {least} pods to be available, and there are {replicas}"))
            }
            _ => continue,
        };
        let report = Report {
            message: format!("the budget {what}"),
            why: "a node with one of the pods is never drained: upgrades of the cluster hang".into(),
            help: "allow one pod to be unavailable, and run more than one".into(),
        };
        deployed.report(cx, id, At::value(at), report);
    }
}
