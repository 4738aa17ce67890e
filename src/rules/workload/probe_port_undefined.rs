//! `probe-port-undefined`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::HANDLERS;

rule! {
    /// A probe or hook that names a port that its container does not have.
    ///
    /// ## Why
    ///
    /// The kubelet looks the name up in the container. It finds nothing, the probe fails every time, and the
    /// pod never becomes ready or restarts forever.
    ///
    /// ## What passes
    ///
    /// - ports given as numbers, and names that a template fills in
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
    ///             - name: http
    ///               containerPort: 8080
    ///           readinessProbe:
    ///             httpGet:
    ///               path: /ready
    ///               port: web
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
    ///           readinessProbe:
    ///             httpGet:
    ///               path: /ready
    ///               port: http
    ///           livenessProbe:
    ///             tcpSocket:
    ///               port: 8081
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#use-a-named-port>
    pub static RULE = "probe-port-undefined" {
        level: Error,
        precision: VeryHigh,
        tags: ["workload", "availability"],
        aliases: [
            KubeLinter "liveness-port",
            KubeLinter "readiness-port",
            KubeLinter "startup-port",
        ],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    for handler in HANDLERS.iter().filter_map(|path| container.spec.path(path)) {
        for port in ["httpGet", "tcpSocket"].iter().filter_map(|kind| handler.path(&[kind, "port"])) {
            let Some(name) = port.string().filter(|name| !name.contains(['$', '{', '<'])) else { continue };
            let ports = container.spec.get("ports").into_iter().flat_map(|ports| ports.items());
            let mut names = ports.filter_map(|port| port.get("name")?.text());
            if name.parse::<u16>().is_ok() || names.any(|known| known == name) {
                continue;
            }
            let report = Report {
                message: format!("{} has no port named `{name}`", container.describe()),
                why: "the probe fails every time: the pod never becomes ready, or restarts forever".into(),
                help: "give a port of this container the name, or use the number".into(),
            };
            cx.report(port, report);
        }
    }
}
