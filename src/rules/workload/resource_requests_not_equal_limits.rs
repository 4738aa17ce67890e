//! `resource-requests-not-equal-limits`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::Container;

use super::resources;

rule! {
    /// A container whose requests are not its limits.
    ///
    /// ## Why
    ///
    /// Only pods of which every container requests exactly its limits are `Guaranteed`, and evicted last.
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
    ///               memory: 64Mi
    ///             limits:
    ///               cpu: 500m
    ///               memory: 64Mi
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
    ///               memory: 64Mi
    ///             limits:
    ///               cpu: 0.1
    ///               memory: 64Mi
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/>
    pub static RULE = "resource-requests-not-equal-limits" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload", "resources"],
        aliases: [
            KubeScore "container-cpu-requests-equal-limits",
            KubeScore "container-ephemeral-storage-request-equals-limit",
            KubeScore "container-memory-requests-equal-limits",
            KubeScore "container-resource-requests-equal-limits",
        ],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    for resource in ["cpu", "memory", "ephemeral-storage"] {
        let request = container.spec.path(&["resources", "requests", resource]);
        let (Some(request), Some(limit)) = (request, resources::limit(container, resource)) else { continue };
        if resources::number(request) == resources::number(limit) {
            continue;
        }
        let report = Report {
            message: format!("{} requests another amount of {resource} than its limit", container.describe()),
            why: "its pod is not `Guaranteed`, and evicted before those that are".into(),
            help: "set the request to the limit".into(),
        };
        cx.report(request, report);
    }
}
