//! `dangling-pdb`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::rules::support::deployed::Deployed;
use crate::rules::support::selector::Selector;

rule! {
    /// A PodDisruptionBudget that protects no pods.
    ///
    /// ## Why
    ///
    /// When a node is drained, all pods it was written for may go at once.
    ///
    /// ## What passes
    ///
    /// - an empty selector, which means every pod of the namespace
    /// - units that hold no workload at all, or of which a part is not rendered, and namespaces where a chart
    ///   or an operator makes pods that nobody sees here
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata:
    ///   name: web
    /// spec:
    ///   minAvailable: 1
    ///   selector:
    ///     matchLabels:
    ///       app: website
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
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata:
    ///   name: web
    /// spec:
    ///   minAvailable: 1
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
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/run-application/configure-pdb/>
    pub static RULE = "dangling-pdb" {
        level: Warning,
        precision: High,
        tags: ["workload", "reference"],
        aliases: [
            KubeLinter "pdb-min-available",
        ],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in deployed.of_kind("PodDisruptionBudget") {
        let budget = deployed.object(world, id);
        let Some(value) = budget.root.path(&["spec", "selector"]) else { continue };
        let selector = Selector::of(value);
        if deployed.selects_something(id, &selector) {
            continue;
        }
        let report = Report {
            message: format!("no pod has the labels that the budget protects: {}", selector.shown()),
            why: "when a node is drained, all pods it was written for may go at once".into(),
            help: "select labels that the template of a workload in the same namespace has".into(),
        };
        deployed.report(cx, id, At::key(value), report);
    }
}
