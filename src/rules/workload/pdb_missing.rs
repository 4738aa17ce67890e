//! `pdb-missing`

use rustc_hash::FxHashSet;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::rules::support::controllers;
use crate::rules::support::deployed::{Deployed, Id};
use crate::rules::support::selector::Selector;

rule! {
    /// A workload of several replicas without a disruption budget.
    ///
    /// ## Why
    ///
    /// When nodes are drained for an upgrade, all its pods may go at once.
    ///
    /// ## What passes
    ///
    /// - workloads of one replica, for which a budget would only be in the way
    /// - units of which a part is not rendered, and the installation manifests of Flux and Argo CD
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   replicas: 3
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
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   replicas: 3
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
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata:
    ///   name: web
    /// spec:
    ///   maxUnavailable: 1
    ///   selector:
    ///     matchLabels:
    ///       app: web
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/run-application/configure-pdb/>
    pub static RULE = "pdb-missing" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload", "availability"],
        aliases: [
            Kics "Deployment Without PodDisruptionBudget",
            Kics "StatefulSet Without PodDisruptionBudget",
            KubeScore "deployment-has-poddisruptionbudget",
            KubeScore "statefulset-has-poddisruptionbudget",
            Polaris "missingPodDisruptionBudget",
        ],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    let mut protected: FxHashSet<Id> = FxHashSet::default();
    for id in deployed.of_kind("PodDisruptionBudget") {
        let selector = deployed.object(world, id).root.path(&["spec", "selector"]).map(Selector::of);
        if let Some(selector) = selector {
            protected.extend(deployed.selected(id, &selector, deployed.namespace(id)).map(|(id, _)| id));
        }
    }
    for id in ["Deployment", "StatefulSet", "Rollout"].into_iter().flat_map(|kind| deployed.of_kind(kind)) {
        let workload = deployed.object(world, id);
        let replicas = workload.root.path(&["spec", "replicas"]).and_then(|replicas| replicas.int());
        let Some(name) = workload.root.path(&["metadata", "name"]) else { continue };
        if replicas.is_none_or(|replicas| replicas < 2)
            || protected.contains(&id)
            || deployed.is_partial(id)
            || controllers::is_generated(&workload)
        {
            continue;
        }
        let report = Report {
            message: format!("no disruption budget protects {} `{}`", workload.kind(), workload.name()),
            why: "when nodes are drained, all its pods may go at once".into(),
            help: "add a PodDisruptionBudget with `maxUnavailable: 1`".into(),
        };
        deployed.report(cx, id, At::value(name), report);
    }
}
