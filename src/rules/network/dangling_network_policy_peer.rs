//! `dangling-network-policy-peer`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::rules::support::deployed::Deployed;
use crate::rules::support::selector::Selector;

rule! {
    /// A peer of a NetworkPolicy that matches no pods.
    ///
    /// ## Why
    ///
    /// The policy lets in, or out to, nobody: connections that it was written for fail.
    ///
    /// ## What passes
    ///
    /// - peers of other namespaces, and empty selectors
    /// - units of which a part is not rendered, namespaces where a chart or an operator makes pods that nobody
    ///   sees here
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    /// spec:
    ///   podSelector: {}
    ///   ingress:
    ///     - from:
    ///         - podSelector:
    ///             matchLabels:
    ///               app: gateway
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
    ///   podSelector: {}
    ///   ingress:
    ///     - from:
    ///         - podSelector:
    ///             matchLabels:
    ///               app: web
    ///         - podSelector:
    ///             matchLabels:
    ///               app: gateway
    ///           namespaceSelector: {}
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
    pub static RULE = "dangling-network-policy-peer" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["network", "reference"],
        aliases: [
            KubeLinter "dangling-networkpolicypeer-podselector",
        ],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in deployed.of_kind("NetworkPolicy") {
        let policy = deployed.object(world, id);
        for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
            let rules = policy.root.path(&["spec", direction]).into_iter().flat_map(|rules| rules.items());
            let peers = rules.filter_map(|rule| rule.get(peers)).flat_map(|peers| peers.items());
            let own = peers.filter(|peer| peer.get("namespaceSelector").is_none());
            for value in own.filter_map(|peer| peer.get("podSelector")) {
                let selector = Selector::of(value);
                if deployed.selects_something(id, &selector) {
                    continue;
                }
                let report = Report {
                    message: format!("no pod has the labels of this peer: {}", selector.shown()),
                    why: "the connections it was written for are refused".into(),
                    help: "select labels that pods of the namespace have, or add a `namespaceSelector`"
                        .into(),
                };
                deployed.report(cx, id, At::key(value), report);
            }
        }
    }
}
