//! `dangling-gateway-backend`

use crate::engine::{Check, Cx, rule};
use crate::graph::GraphView;
use crate::rules::support::deployed::Deployed;

use super::backend::{self, Backend};

rule! {
    /// A route of the Gateway API that leads to a Service, or a port of one, that is not there.
    ///
    /// ## Why
    ///
    /// The gateway answers with 500, and only the status of the route says why.
    ///
    /// ## What passes
    ///
    /// - Services of another unit in the same cluster and namespace, and backends of other kinds
    /// - units that hold no Service at all, or of which a part is not rendered, and namespaces where a chart or
    ///   an operator makes Services that nobody sees here
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: HTTPRoute
    /// metadata:
    ///   name: web
    /// spec:
    ///   rules:
    ///     - backendRefs:
    ///         - name: website
    ///           port: 80
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   ports:
    ///     - port: 80
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: HTTPRoute
    /// metadata:
    ///   name: web
    /// spec:
    ///   rules:
    ///     - backendRefs:
    ///         - name: web
    ///           port: 80
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   ports:
    ///     - port: 80
    /// ```
    ///
    /// ## References
    ///
    /// - <https://gateway-api.sigs.k8s.io/guides/http-routing/>
    pub static RULE = "dangling-gateway-backend" {
        level: Warning,
        precision: High,
        tags: ["network", "reference"],
        aliases: [
            Kubescape "C-0302",
        ],
        checks: [Check::Graph(check)],
    }
}

const ROUTES: [&str; 5] = ["HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute"];

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in ROUTES.into_iter().flat_map(|kind| deployed.of_kind(kind)) {
        let route = deployed.object(world, id);
        let rules = route.root.path(&["spec", "rules"]).into_iter().flat_map(|rules| rules.items());
        for value in rules.filter_map(|rule| rule.get("backendRefs")).flat_map(|list| list.items()) {
            let text = |name: &str| value.get(name).and_then(|value| value.text()).unwrap_or_default();
            let is_service =
                matches!(&*text("kind"), "" | "Service") && matches!(&*text("group"), "" | "core");
            if let Some(name) = value.get("name").filter(|_| is_service) {
                let namespace = Some(text("namespace")).filter(|it| !it.is_empty());
                backend::check(&deployed, id, &Backend { name, namespace, port: value.get("port") }, cx);
            }
        }
    }
}
