//! `statefulset-service-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::GraphView;
use crate::model::ObjectView;
use crate::rules::support::deployed::Deployed;

rule! {
    /// A StatefulSet whose `serviceName` names no Service, or one that gives its pods no names.
    ///
    /// ## Why
    ///
    /// The stable names of the pods (`db-0.db`) come from a headless Service. Without it they do not resolve,
    /// and members of a cluster do not find each other.
    ///
    /// ## What is reported
    ///
    /// - **warning**: a Service that is not there
    /// - **note**: a Service that is not headless (`clusterIP: None`)
    ///
    /// ## What passes
    ///
    /// - a StatefulSet without a `serviceName`: nothing asks for names
    /// - units that hold no Service at all, or of which a part is not rendered, and namespaces where a chart or
    ///   an operator makes Services that nobody sees here
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources: [db.yaml]
    /// # file: db.yaml
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata:
    ///   name: db
    /// spec:
    ///   serviceName: db-headless
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
    ///           image: ghcr.io/acme/db:1.0.0
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: db
    /// spec:
    ///   clusterIP: None
    ///   selector:
    ///     app: db
    ///   ports:
    ///     - port: 5432
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata:
    ///   name: db
    /// spec:
    ///   serviceName: db
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
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: db
    /// spec:
    ///   clusterIP: None
    ///   selector:
    ///     app: db
    ///   ports:
    ///     - port: 5432
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id>
    pub static RULE = "statefulset-service-missing" {
        level: Warning,
        precision: High,
        tags: ["workload", "reference"],
        aliases: [
            Kics "StatefulSet Without Service Name",
            KubeScore "statefulset-has-servicename",
        ],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in deployed.of_kind("StatefulSet") {
        let set = deployed.object(world, id);
        let Some(name) = set.root.path(&["spec", "serviceName"]) else { continue };
        let Some(text) = name.text().filter(|name| !name.is_empty() && !name.contains(['$', '{', '<']))
        else {
            continue;
        };
        let found = deployed.find(id, "Service", &text, deployed.namespace(id));
        let service = found.map(|found| deployed.object(world, found));
        let (level, message) = match service {
            None if deployed.is_open(id, "Service") => continue,
            None => (cx.level(), format!("`serviceName` names the Service `{text}`, which does not exist")),
            Some(service) if is_headless(&service) => continue,
            Some(_) => (Level::Note.min(cx.level()), format!("the Service `{text}` is not headless")),
        };
        let report = Report {
            message,
            why: "the names of single pods, such as `NAME-0`, do not resolve".into(),
            help: "add a Service of this name with `clusterIP: None` that selects the pods".into(),
        };
        deployed.report(cx, id, At::name(&world.map, name), report).level = level;
    }
}

fn is_headless(service: &ObjectView<'_>) -> bool {
    let address = service.root.path(&["spec", "clusterIP"]).and_then(|address| address.text());
    service.kind() != "Service" || address.is_some_and(|address| address == "None")
}
