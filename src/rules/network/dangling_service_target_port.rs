//! `dangling-service-target-port`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::GraphView;
use crate::model::{Container, ContainerList, ObjectView};
use crate::rules::support::deployed::{Deployed, Id};
use crate::rules::support::selector::Selector;
use crate::yaml::Cursor;

rule! {
    /// A Service that sends traffic to a port that its pods do not have.
    ///
    /// ## Why
    ///
    /// Kubernetes looks a named port up in the pods: where none has it, the Service has no endpoints for it. A
    /// number nobody listens on refuses every connection.
    ///
    /// ## What is reported
    ///
    /// - **error**: a name that no container of the selected pods gives to a port
    /// - **note**: numbers, where the containers declare their ports and not one of the Service is among them
    ///
    /// ## What passes
    ///
    /// - numbers where a container declares no ports: declaring them is voluntary
    /// - Services whose pods nobody sees here
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     app: web
    ///   ports:
    ///     - port: 80
    ///       targetPort: web
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
    ///           ports:
    ///             - name: http
    ///               containerPort: 8080
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     app: web
    ///   ports:
    ///     - port: 80
    ///       targetPort: http
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
    ///           ports:
    ///             - name: http
    ///               containerPort: 8080
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports>
    pub static RULE = "dangling-service-target-port" {
        level: Error,
        precision: High,
        tags: ["network", "reference"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in deployed.of_kind("Service") {
        let service = deployed.object(world, id);
        let Some(labels) = service.root.path(&["spec", "selector"]) else { continue };
        let selector = Selector::of_labels(labels);
        if selector.is_empty() || selector.is_unknown() || !service.group().is_empty() {
            continue;
        }
        // The pods that it is for may be among what is not rendered.
        if deployed.is_partial(id) {
            continue;
        }
        let found = deployed.selected(id, &selector, deployed.namespace(id)).take(PODS);
        let workloads: Vec<ObjectView<'_>> = found.map(|(id, _)| deployed.object(world, id)).collect();
        if workloads.is_empty() {
            continue;
        }
        let pods = workloads.iter().flat_map(|workload| workload.pod_specs());
        let containers: Vec<Container<'_>> = pods.flat_map(|pod| pod.containers()).collect();
        let ports = service.root.path(&["spec", "ports"]).into_iter().flat_map(|ports| ports.items());
        judge(&deployed, id, &containers, &ports.collect::<Vec<_>>(), cx);
    }
}

/// So many workloads of a Service are looked at.
const PODS: usize = 32;

fn judge(deployed: &Deployed, id: Id, containers: &[Container<'_>], ports: &[Cursor<'_>], cx: &mut Cx<'_>) {
    let declared = || {
        containers.iter().filter_map(|container| container.spec.get("ports")).flat_map(|ports| ports.items())
    };
    let is_named = |name: &str| {
        declared()
            .any(|port| port.get("name").and_then(|name| name.text()).is_some_and(|known| known == name))
    };
    let is_number = |number: i64| {
        declared().any(|port| port.get("containerPort").and_then(|port| port.int()) == Some(number))
    };
    for value in ports.iter().filter_map(target) {
        let is_text = value.int().is_none() && value.string().is_some();
        let Some(name) = value.text().filter(|name| is_text && !name.contains(['$', '{', '<'])) else {
            continue;
        };
        if name.parse::<u16>().is_ok() || is_named(&name) {
            continue;
        }
        let report = Report {
            message: format!("no container of the pods that the Service selects has a port named `{name}`"),
            why: "the Service has no endpoints for this port, and every connection to it is refused".into(),
            help: "give a container's port this name, or use a name or number that one has".into(),
        };
        deployed.report(cx, id, At::value(value), report);
    }
    let all_declare = containers
        .iter()
        .filter(|container| container.list == ContainerList::Containers)
        .all(|container| container.spec.get("ports").is_some_and(|ports| ports.items().next().is_some()));
    let numbers = ports.iter().filter_map(|port| target(port).or_else(|| port.get("port")));
    let numbers: Vec<(Cursor<'_>, i64)> = numbers.filter_map(|value| Some((value, value.int()?))).collect();
    if numbers.len() != ports.len() || !all_declare || numbers.iter().any(|(_, number)| is_number(*number)) {
        return;
    }
    let Some((value, number)) = numbers.first() else { return };
    let report = Report {
        message: format!("the pods that the Service selects declare other ports than {number}"),
        why: "nothing seems to listen there, and every connection would be refused".into(),
        help: "set `targetPort` to the port of the container, or declare the port there".into(),
    };
    let finding = deployed.report(cx, id, At::value(*value), report);
    finding.level = finding.level.min(Level::Note);
}

fn target<'w>(port: &Cursor<'w>) -> Option<Cursor<'w>> {
    port.get("targetPort").filter(|port| !port.is_null())
}
