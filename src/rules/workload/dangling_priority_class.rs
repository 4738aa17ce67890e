//! `dangling-priority-class`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::rules::support::deployed::Deployed;

rule! {
    /// A pod with a priority class that nothing provides.
    ///
    /// ## Why
    ///
    /// Pods with a class that does not exist are refused.
    ///
    /// ## What passes
    ///
    /// - the `system-` classes
    /// - units that hold no priority class at all, and repositories of which a part is not rendered: a chart
    ///   may make a class for the whole cluster
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources: [web.yaml]
    /// # file: web.yaml
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
    ///       priorityClassName: business
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ---
    /// apiVersion: scheduling.k8s.io/v1
    /// kind: PriorityClass
    /// metadata:
    ///   name: critical
    /// value: 1000
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources: [web.yaml]
    /// # file: web.yaml
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
    ///       priorityClassName: business
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ---
    /// apiVersion: scheduling.k8s.io/v1
    /// kind: PriorityClass
    /// metadata:
    ///   name: business
    /// value: 1000
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/>
    pub static RULE = "dangling-priority-class" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["workload", "reference"],
        aliases: [
            KubeLinter "priority-class-name",
        ],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    if deployed.has_open_parts() {
        return;
    }
    for id in deployed.workloads() {
        for pod in deployed.object(world, id).pod_specs() {
            let Some(class) = pod.spec.get("priorityClassName") else { continue };
            let Some(name) = class.text().filter(|name| !name.is_empty() && !name.contains(['$', '{', '<']))
            else {
                continue;
            };
            if name.starts_with("system-")
                || deployed.exists("PriorityClass", &name)
                || deployed.is_open(id, "PriorityClass")
            {
                continue;
            }
            let report = Report {
                message: format!("nothing in the repository provides the priority class `{name}`"),
                why: "pods with a class that does not exist are refused".into(),
                help: "add a PriorityClass of this name".into(),
            };
            deployed.report(cx, id, At::value(class), report);
        }
    }
}
