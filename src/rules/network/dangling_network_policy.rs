//! `dangling-network-policy`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::rules::support::deployed::Deployed;
use crate::rules::support::selector::Selector;

rule! {
    /// A NetworkPolicy that applies to no pods.
    ///
    /// ## Why
    ///
    /// The pods it was written for stay open to everybody, and the file says that they are not.
    ///
    /// ## What passes
    ///
    /// - an empty `podSelector`, which means every pod of the namespace
    /// - units that hold no workload at all, or of which a part is not rendered, and namespaces where a chart
    ///   or an operator makes pods that nobody sees here
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    /// spec:
    ///   podSelector:
    ///     matchLabels:
    ///       app: website
    ///   policyTypes: [Ingress]
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
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    /// spec:
    ///   podSelector:
    ///     matchLabels:
    ///       app: web
    ///   policyTypes: [Ingress]
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: all
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
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
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    pub static RULE = "dangling-network-policy" {
        level: Warning,
        security: 3.0,
        precision: High,
        tags: ["network", "reference"],
        aliases: [
            Kics "Network Policy Is Not Targeting Any Pod",
            KubeLinter "dangling-networkpolicy",
            KubeScore "networkpolicy-targets-pod",
            Kubescape "C-0299",
        ],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in deployed.of_kind("NetworkPolicy") {
        let policy = deployed.object(world, id);
        let Some(value) = policy.root.path(&["spec", "podSelector"]) else { continue };
        // Calico's policies of the same name have text for a selector.
        if policy.group() != "networking.k8s.io" {
            continue;
        }
        let selector = Selector::of(value);
        if deployed.selects_something(id, &selector) {
            continue;
        }
        let report = Report {
            message: format!("no pod has the labels that the policy is for: {}", selector.shown()),
            why: "the pods it was written for stay open, while the file says that they are not".into(),
            help: "select labels that the template of a workload in the same namespace has".into(),
        };
        deployed.report(cx, id, At::key(value), report);
    }
}
