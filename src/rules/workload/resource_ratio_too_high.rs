//! `resource-ratio-too-high`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::Container;

use super::resources;

rule! {
    /// A limit that is too many times the request.
    ///
    /// ## Why
    ///
    /// The scheduler counts requests. Limits far above them promise what no node has.
    ///
    /// ## What is reported
    ///
    /// Limits of CPU and memory above `conventions.max-limit-ratio` times the request. Without that the rule
    /// reports nothing.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// conventions:
    ///   max-limit-ratio: 4
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
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    ///           resources:
    ///             requests:
    ///               memory: 64Mi
    ///             limits:
    ///               memory: 1Gi
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// conventions:
    ///   max-limit-ratio: 4
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
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    ///           resources:
    ///             requests:
    ///               memory: 64Mi
    ///             limits:
    ///               memory: 256Mi
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>
    pub static RULE = "resource-ratio-too-high" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload", "resources", "configuration"],
        aliases: [],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let Some(most) = cx.options().conventions.max_limit_ratio else { return };
    for resource in ["cpu", "memory"] {
        let Some(limit) = resources::limit(container, resource) else { continue };
        let request = container.spec.path(&["resources", "requests", resource]).and_then(resources::number);
        let (Some(wanted), Some(limited)) = (request, resources::number(limit)) else { continue };
        if limited <= wanted * f64::from(most) {
            continue;
        }
        let report = Report {
            message: format!("the limit of {resource} is more than {most} times the request"),
            why: "the scheduler counts requests, and the limits promise what the node does not have".into(),
            help: "raise the request, or lower the limit".into(),
        };
        cx.report(limit, report);
    }
}
