//! `container-port-unnamed`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::Container;

rule! {
    /// A container port without a name.
    ///
    /// ## Why
    ///
    /// Services, probes and monitors that use a name need no change when the number changes.
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
    ///             - name: http
    ///               containerPort: 8080
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports>
    pub static RULE = "container-port-unnamed" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["object"],
        aliases: [],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let ports = container.spec.get("ports").into_iter().flat_map(|ports| ports.items());
    for port in ports.filter(|port| port.get("name").is_none()).filter_map(|port| port.get("containerPort")) {
        let report = Report {
            message: format!(
                "port {} of {} has no name",
                port.text().unwrap_or_default(),
                container.describe()
            ),
            why: "whatever refers to it must be changed with the number".into(),
            help: "give it a `name`".into(),
        };
        cx.report(port, report);
    }
}
