//! `dangling-ingress-backend`

use crate::engine::{Check, Cx, rule};
use crate::graph::GraphView;
use crate::rules::support::deployed::Deployed;
use crate::yaml::Cursor;

use super::backend::{self, Backend};

rule! {
    /// An Ingress that routes to a Service, or a port of one, that is not there.
    ///
    /// ## Why
    ///
    /// The ingress controller answers with 503, or drops the whole Ingress.
    ///
    /// ## What passes
    ///
    /// - Services of another unit in the same cluster and namespace
    /// - `use-annotation`, the action ports of the AWS load balancer controller
    /// - ExternalName Services, whose ports are not needed
    /// - units that hold no Service at all, or of which a part is not rendered, and namespaces where a chart or
    ///   an operator makes Services that nobody sees here
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources: [web.yaml]
    /// # file: web.yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    /// spec:
    ///   rules:
    ///     - host: web.example.com
    ///       http:
    ///         paths:
    ///           - path: /
    ///             pathType: Prefix
    ///             backend:
    ///               service:
    ///                 name: website
    ///                 port:
    ///                   number: 80
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   ports:
    ///     - name: http
    ///       port: 80
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    /// spec:
    ///   rules:
    ///     - host: web.example.com
    ///       http:
    ///         paths:
    ///           - path: /
    ///             pathType: Prefix
    ///             backend:
    ///               service:
    ///                 name: web
    ///                 port:
    ///                   name: http
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   ports:
    ///     - name: http
    ///       port: 80
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/ingress/>
    pub static RULE = "dangling-ingress-backend" {
        level: Warning,
        precision: High,
        tags: ["network", "reference"],
        aliases: [
            KubeLinter "dangling-ingress",
            KubeScore "ingress-targets-service",
            Kubescape "C-0298",
        ],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in deployed.of_kind("Ingress") {
        let ingress = deployed.object(world, id);
        let spec = |name| ingress.root.path(&["spec", name]);
        let rules = spec("rules").into_iter().flat_map(|rules| rules.items());
        let paths = rules.filter_map(|rule| rule.path(&["http", "paths"])).flat_map(|paths| paths.items());
        let backends = paths.filter_map(|path| path.get("backend"));
        for value in backends.chain(spec("defaultBackend")).chain(spec("backend")) {
            if let Some(backend) = read(value) {
                backend::check(&deployed, id, &backend, cx);
            }
        }
    }
}

/// A backend as today's version has it, or as the old ones had it.
fn read(value: Cursor<'_>) -> Option<Backend<'_>> {
    let service = value.get("service");
    let name = service.and_then(|service| service.get("name")).or_else(|| value.get("serviceName"))?;
    let port = service.and_then(|service| service.get("port"));
    let port = port.and_then(|port| port.get("name").or_else(|| port.get("number")));
    let port = port.or_else(|| value.get("servicePort"));
    let is_action = port.and_then(|port| port.text()).is_some_and(|port| port == "use-annotation");
    (!is_action).then_some(Backend { name, namespace: None, port })
}
