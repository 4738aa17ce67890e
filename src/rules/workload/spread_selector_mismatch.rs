//! `spread-selector-mismatch`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::model::PodSpec;
use crate::rules::support::deployed::{Deployed, Id};
use crate::rules::support::selector::Selector;
use crate::yaml::Cursor;

rule! {
    /// A topology spread constraint that does not count the pods it is written for.
    ///
    /// ## Why
    ///
    /// The constraint spreads what its selector finds. Where the pod itself is not among that, it does nothing.
    ///
    /// ## What is reported
    ///
    /// Constraints whose `labelSelector` does not match the labels of their own pods, and required or preferred
    /// anti-affinities of which nothing in the repository has the labels.
    ///
    /// ## What passes
    ///
    /// - an anti-affinity to the pods of another workload
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
    ///       topologySpreadConstraints:
    ///         - maxSkew: 1
    ///           topologyKey: kubernetes.io/hostname
    ///           whenUnsatisfiable: ScheduleAnyway
    ///           labelSelector:
    ///             matchLabels:
    ///               app: website
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
    ///       topologySpreadConstraints:
    ///         - maxSkew: 1
    ///           topologyKey: kubernetes.io/hostname
    ///           whenUnsatisfiable: ScheduleAnyway
    ///           labelSelector:
    ///             matchExpressions:
    ///               - key: app
    ///                 operator: In
    ///                 values: [web, api]
    ///       affinity:
    ///         podAntiAffinity:
    ///           requiredDuringSchedulingIgnoredDuringExecution:
    ///             - topologyKey: kubernetes.io/hostname
    ///               labelSelector:
    ///                 matchLabels:
    ///                   app: db
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: db
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: db
    ///   template:
    ///     metadata:
    ///       labels:
    ///         app: db
    ///     spec:
    ///       containers:
    ///         - name: db
    ///           image: ghcr.io/acme/db:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/>
    pub static RULE = "spread-selector-mismatch" {
        level: Warning,
        precision: High,
        tags: ["workload", "availability"],
        aliases: [
            KubeScore "deployment-has-host-podantiaffinity",
        ],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in deployed.workloads() {
        let workload = deployed.object(world, id);
        let Some(labels) = deployed.pod_labels(id) else { continue };
        for pod in workload.pod_specs() {
            let list = pod.spec.get("topologySpreadConstraints").into_iter().flat_map(|list| list.items());
            for value in list.filter_map(|item| item.get("labelSelector")) {
                let selector = Selector::of(value);
                if !selector.is_unknown() && !selector.matches(labels) {
                    report(&deployed, id, value, "the constraint does not count the pod's own labels", cx);
                }
            }
            for value in anti_affinities(&pod) {
                let selector = Selector::of(value);
                if !selector.matches(labels) && !deployed.selects_something(id, &selector) {
                    report(
                        &deployed,
                        id,
                        value,
                        "no pod has the labels that the anti-affinity keeps away from",
                        cx,
                    );
                }
            }
        }
    }
}

fn report(deployed: &Deployed, id: Id, value: Cursor<'_>, message: &str, cx: &mut Cx<'_>) {
    let why = "it does nothing: all replicas may be put on one node";
    let help = "select the labels of the pod's own template";
    let report = Report { message: message.into(), why: why.into(), help: help.into() };
    deployed.report(cx, id, At::key(value), report);
}

/// The selectors of the anti-affinities of a pod within its own namespace.
fn anti_affinities<'w>(pod: &PodSpec<'w>) -> Vec<Cursor<'w>> {
    let of = |list| {
        pod.spec.path(&["affinity", "podAntiAffinity", list]).into_iter().flat_map(|list| list.items())
    };
    let preferred = of("preferredDuringSchedulingIgnoredDuringExecution");
    let terms = preferred.filter_map(|item| item.get("podAffinityTerm"));
    let terms = terms.chain(of("requiredDuringSchedulingIgnoredDuringExecution"));
    let own =
        terms.filter(|term| term.get("namespaces").is_none() && term.get("namespaceSelector").is_none());
    own.filter_map(|term| term.get("labelSelector")).collect()
}
