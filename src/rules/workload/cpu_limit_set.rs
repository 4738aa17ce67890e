//! `cpu-limit-set`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::controllers;

use super::resources;

rule! {
    /// A container with a CPU limit.
    ///
    /// ## Why
    ///
    /// The kernel stops it for the rest of each tenth of a second once it has used its share, also while all
    /// other CPUs are idle. Requests alone share the CPU fairly. `cpu-limit-missing` is the rule of the other
    /// opinion.
    ///
    /// ## What passes
    ///
    /// - limits that equal the request: whoever wants guaranteed pods needs them
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
    ///           resources:
    ///             requests:
    ///               cpu: 100m
    ///             limits:
    ///               cpu: 500m
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
    ///           resources:
    ///             requests:
    ///               cpu: 100m
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>
    pub static RULE = "cpu-limit-set" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload", "resources"],
        aliases: [],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let Some(limit) = resources::limit(container, "cpu") else { return };
    let request = container.spec.path(&["resources", "requests", "cpu"]).and_then(resources::number);
    if request == resources::number(limit) || controllers::is_generated(&container.pod.object) {
        return;
    }
    let report = Report {
        message: format!("{} has a CPU limit", container.describe()),
        why: "it is stopped when it has used it, also while nobody else needs the CPU".into(),
        help: "remove the limit and keep the request".into(),
    };
    cx.report(limit, report);
}
