//! `resource-request-exceeds-limit`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::Container;

use super::resources::number;

rule! {
    /// A container that requests more than its limit lets it use.
    ///
    /// ## Why
    ///
    /// The API server refuses the object: "must be less than or equal to limit".
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
    ///               memory: 1Gi
    ///             limits:
    ///               memory: 512Mi
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
    ///               cpu: 500m
    ///               memory: 512Mi
    ///             limits:
    ///               cpu: "1"
    ///               memory: 0.5Gi
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>
    pub static RULE = "resource-request-exceeds-limit" {
        level: Error,
        precision: VeryHigh,
        tags: ["workload", "resources"],
        aliases: [],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let Some(requests) = container.spec.path(&["resources", "requests"]) else { return };
    for request in requests.entries() {
        let Some(resource) = request.key.text() else { continue };
        let Some(limit) = container.spec.path(&["resources", "limits", &*resource]) else { continue };
        let (Some(wanted), Some(most)) = (number(request.value), number(limit)) else { continue };
        if wanted <= most {
            continue;
        }
        let (wanted, most) = (request.value.text().unwrap_or_default(), limit.text().unwrap_or_default());
        let report = Report {
            message: format!(
                "{} requests {wanted} of {resource}, and its limit is {most}",
                container.describe()
            ),
            why: "the API server refuses the object".into(),
            help: "raise the limit to the request, or lower the request".into(),
        };
        cx.report(request.value, report);
    }
}
