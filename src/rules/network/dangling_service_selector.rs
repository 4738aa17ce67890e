//! `dangling-service-selector`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::rules::support::deployed::Deployed;
use crate::rules::support::selector::Selector;

rule! {
    /// A Service whose selector finds no pods.
    ///
    /// ## Why
    ///
    /// Such a Service has no endpoints: every connection to it is refused, while all pods are healthy.
    ///
    /// ## What passes
    ///
    /// - Services without a selector, ExternalNames, and labels that controllers give to pods on their own
    /// - pods of another unit in the same cluster and namespace
    /// - units that hold no workload at all, or of which a part is not rendered, and namespaces where a chart
    ///   or an operator makes pods that nobody sees here
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources: [web.yaml]
    /// # file: web.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     app: website
    ///   ports:
    ///     - port: 80
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
    /// # file: kustomization.yaml
    /// resources: [web.yaml]
    /// # file: web.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     app: web
    ///   ports:
    ///     - port: 80
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
    /// - <https://kubernetes.io/docs/concepts/services-networking/service/>
    pub static RULE = "dangling-service-selector" {
        level: Warning,
        precision: High,
        tags: ["network", "reference"],
        aliases: [
            Kics "Service Does Not Target Pod",
            KubeLinter "dangling-service",
            KubeScore "service-targets-pod",
            Kubescape "C-0293",
        ],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in deployed.of_kind("Service") {
        let service = deployed.object(world, id);
        let Some(labels) = service.root.path(&["spec", "selector"]) else { continue };
        let is_external = service
            .root
            .path(&["spec", "type"])
            .is_some_and(|kind| kind.text().is_some_and(|kind| kind == "ExternalName"));
        if is_external || !service.group().is_empty() || deployed.is_open_for_pods(id) {
            continue;
        }
        let selector = Selector::of_labels(labels);
        let namespace = deployed.namespace(id);
        if selector.is_empty()
            || selector.is_unknown()
            || deployed.selected(id, &selector, namespace).next().is_some()
        {
            continue;
        }
        let report = Report {
            message: format!("no pod has the labels that the Service selects: {}", selector.shown()),
            why: "it has no endpoints, and every connection to it is refused".into(),
            help: "select labels that the template of a workload in the same namespace has".into(),
        };
        deployed.report(cx, id, At::key(labels), report);
    }
}
