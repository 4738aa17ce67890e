//! `readiness-probe-missing`

use std::collections::BTreeMap;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::model::{Container, ObjectView, PodSpec};
use crate::rules::support::deployed::{Deployed, Id};
use crate::rules::support::selector::Selector;
use crate::rules::support::{controllers, rollout};

rule! {
    /// A container that a Service sends traffic to and that has no readiness probe.
    ///
    /// ## Why
    ///
    /// Without one, a pod gets traffic as soon as its process has started, and during every rollout requests
    /// fail until it listens.
    ///
    /// ## What is reported
    ///
    /// Pods without any readiness probe, at the container whose port the Service names; where none declares it,
    /// at the first one.
    ///
    /// ## What passes
    ///
    /// - pods of which another container has a probe: they are ready when all their containers are
    /// - pods that no Service selects, Jobs, and containers that Kubernetes does not run itself
    /// - the installation manifests of Flux and Argo CD
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
    ///           ports:
    ///             - containerPort: 8080
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     app: web
    ///   ports:
    ///     - port: 8080
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
    ///           ports:
    ///             - containerPort: 8080
    ///           readinessProbe:
    ///             httpGet:
    ///               path: /ready
    ///               port: 8080
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec:
    ///   selector:
    ///     app: web
    ///   ports:
    ///     - port: 8080
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/#readiness-probe>
    pub static RULE = "readiness-probe-missing" {
        level: Warning,
        precision: High,
        tags: ["workload", "availability"],
        aliases: [
            Checkov "CKV_K8S_9",
            Kics "Readiness Probe Is Not Configured",
            KubeLinter "no-readiness-probe",
            KubeScore "pod-probes",
            Kubescape "C-0018",
            Polaris "readinessProbeMissing",
        ],
        checks: [Check::Graph(check)],
    }
}

/// So many workloads of a Service are looked at.
const PODS: usize = 32;

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    let mut receivers: BTreeMap<Id, Id> = BTreeMap::new();
    for id in deployed.of_kind("Service") {
        let service = deployed.object(world, id);
        let Some(labels) = service.root.path(&["spec", "selector"]) else { continue };
        let selector = Selector::of_labels(labels);
        if selector.is_empty() || selector.is_unknown() || !service.group().is_empty() {
            continue;
        }
        for (workload, _) in deployed.selected(id, &selector, deployed.namespace(id)).take(PODS) {
            receivers.entry(workload).or_insert(id);
        }
    }
    for (id, service) in receivers {
        let (workload, service) = (deployed.object(world, id), deployed.object(world, service));
        if !rollout::runs_on(&workload) || controllers::is_generated(&workload) {
            continue;
        }
        for pod in workload.pod_specs() {
            let Some(container) = receiver(&pod, &service) else { continue };
            let report = Report {
                message: format!(
                    "{} has no readiness probe, and the Service `{}` sends traffic to it",
                    container.describe(),
                    service.name()
                ),
                why: "every rollout sends requests to pods that do not answer yet".into(),
                help: "add a `readinessProbe` that succeeds when it can serve".into(),
            };
            let missing = At::missing_below(&workload, container.spec, &["readinessProbe"]);
            let ports = container.spec.get("ports").filter(|_| !missing.is_left_out());
            let at = ports.map_or(missing, At::key);
            deployed.report(cx, id, at, report);
        }
    }
}

/// The container without a probe that gets the traffic of a Service.
fn receiver<'w>(pod: &PodSpec<'w>, service: &ObjectView<'_>) -> Option<Container<'w>> {
    let ports = service.root.path(&["spec", "ports"]).into_iter().flat_map(|ports| ports.items());
    let targets: Vec<_> =
        ports.filter_map(|port| port.get("targetPort").or_else(|| port.get("port"))?.text()).collect();
    // What Istio's webhook puts in place of the image `auto` comes with a probe.
    let is_injected =
        |container: &Container<'_>| container.image().and_then(|it| it.text()).is_some_and(|it| it == "auto");
    let has_probe =
        |container: &Container<'_>| container.spec.get("readinessProbe").is_some() || is_injected(container);
    let listens = |container: &Container<'_>| {
        let ports = container.spec.get("ports").into_iter().flat_map(|ports| ports.items());
        let mut names = ports.flat_map(|port| [port.get("name"), port.get("containerPort")]).flatten();
        names.any(|name| name.text().is_some_and(|name| targets.contains(&name)))
    };
    let containers = pod.containers();
    let listener = containers.iter().find(|container| listens(container)).or(containers.first());
    // A pod is ready when all its containers are: a proxy beside a program with a probe needs none.
    listener.filter(|_| !containers.iter().any(has_probe)).copied()
}
