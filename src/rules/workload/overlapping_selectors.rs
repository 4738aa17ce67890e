//! `overlapping-selectors`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::rules::support::deployed::Deployed;
use crate::rules::support::selector::Selector;

rule! {
    /// Two workloads that select the same pods.
    ///
    /// ## Why
    ///
    /// A controller takes every pod that its selector matches for its own. Autoscalers and disruption budgets
    /// count the pods of both, and a DaemonSet or a ReplicaSet may delete those of the other.
    ///
    /// ## What passes
    ///
    /// - workloads of different units or namespaces
    /// - Services that select the same pods: one for the inside and one for the outside is common
    ///
    /// ## Bad
    ///
    /// ```yaml
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
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web-canary
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: web
    ///         track: canary
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.9.0
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
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web-canary
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: web-canary
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: web-canary
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.9.0
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector>
    pub static RULE = "overlapping-selectors" {
        level: Warning,
        precision: High,
        tags: ["workload", "reference"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

const KINDS: [&str; 4] = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in KINDS.into_iter().flat_map(|kind| deployed.of_kind(kind)) {
        let workload = deployed.object(world, id);
        let Some(value) = workload.root.path(&["spec", "selector"]) else { continue };
        let selector = Selector::of(value);
        let own = deployed.pod_labels(id).is_some_and(|labels| selector.matches(labels));
        if selector.is_empty() || selector.is_unknown() || !own || workload.group() != "apps" {
            continue;
        }
        let found = deployed.selected(id, &selector, deployed.namespace(id));
        let others =
            found.map(|(other, _)| other).filter(|other| *other != id && deployed.are_together(id, *other));
        for other in others.take(MOST) {
            let labels = deployed.pod_labels(id);
            let other = deployed.object(world, other);
            let is_controller = KINDS.contains(&other.kind()) && other.group() == "apps";
            let back = other.root.path(&["spec", "selector"]).map(Selector::of);
            let is_mutual = labels.zip(back).is_some_and(|(labels, back)| back.matches(labels));
            // Where each selects the other's pods, the one that comes first is told about.
            let is_told = is_mutual && (other.kind(), other.name()) > (workload.kind(), workload.name());
            let is_same = other.kind() == workload.kind() && other.name() == workload.name();
            if !is_controller || is_told || is_same {
                continue;
            }
            let report = Report {
                message: format!("the selector also matches the pods of {} `{}`", other.kind(), other.name()),
                why: "both controllers, and whatever counts their pods, take them for one and the same"
                    .into(),
                help: "give the pods of each a label of their own, and select by it".into(),
            };
            deployed.report(cx, id, At::key(value), report);
            break;
        }
    }
}

/// So many workloads with the labels of one are looked at.
const MOST: usize = 16;
