//! `ingress-exposes-workload`

use std::collections::BTreeMap;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::rules::support::deployed::{Deployed, Id};
use crate::rules::support::selector::Selector;

rule! {
    /// A workload that an Ingress makes reachable from outside.
    ///
    /// ## Why
    ///
    /// It is no mistake. The list of what can be reached from outside is where a review of security begins.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    /// spec:
    ///   defaultBackend:
    ///     service:
    ///       name: web
    ///       port:
    ///         number: 80
    /// ---
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
    /// - <https://kubernetes.io/docs/concepts/services-networking/ingress/>
    pub static RULE = "ingress-exposes-workload" {
        level: Note,
        profile: Pedantic,
        security: 2.0,
        precision: High,
        tags: ["network", "exposure"],
        aliases: [
            Kics "Ingress Controller Exposes Workload",
        ],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    let mut exposed: BTreeMap<Id, Id> = BTreeMap::new();
    for id in deployed.of_kind("Ingress") {
        let ingress = deployed.object(world, id);
        let spec = ingress.root.get("spec");
        // The names of Services stand nowhere else in an Ingress.
        let names = spec.into_iter().flat_map(|spec| spec.scalars()).filter(|name| {
            let key = name.key().and_then(|key| key.text()).unwrap_or_default();
            key == "name" || key == "serviceName"
        });
        for name in names.filter_map(|name| name.text()) {
            let Some(found) = deployed.find(id, "Service", &name, deployed.namespace(id)) else { continue };
            let Some(labels) = deployed.object(world, found).root.path(&["spec", "selector"]) else {
                continue;
            };
            let selector = Selector::of_labels(labels);
            if !selector.is_empty() {
                for (workload, _) in deployed.selected(found, &selector, deployed.namespace(found)).take(MOST)
                {
                    exposed.entry(workload).or_insert(id);
                }
            }
        }
    }
    for (id, ingress) in exposed {
        let (workload, ingress) = (deployed.object(world, id), deployed.object(world, ingress));
        let Some(name) = workload.root.path(&["metadata", "name"]) else { continue };
        let report = Report {
            message: format!(
                "Ingress `{}` makes {} `{}` reachable",
                ingress.name(),
                workload.kind(),
                workload.name()
            ),
            why: "whoever reaches the ingress controller reaches it".into(),
            help: "nothing, if that is meant".into(),
        };
        deployed.report(cx, id, At::value(name), report);
    }
}

/// So many workloads of a Service are told about.
const MOST: usize = 8;
