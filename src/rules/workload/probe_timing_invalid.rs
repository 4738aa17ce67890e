//! `probe-timing-invalid`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::Container;

rule! {
    /// A probe whose times contradict each other.
    ///
    /// ## Why
    ///
    /// The API server refuses a liveness or startup probe with a `successThreshold` other than 1. A probe that
    /// may take longer than its period is asked less often than the file says.
    ///
    /// ## What is reported
    ///
    /// - **error**: `successThreshold` other than 1 on a liveness or startup probe
    /// - **note**: `timeoutSeconds` above `periodSeconds`, by more than a second
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
    ///           livenessProbe:
    ///             tcpSocket:
    ///               port: 8080
    ///             successThreshold: 2
    ///           readinessProbe:
    ///             tcpSocket:
    ///               port: 8080
    ///             periodSeconds: 5
    ///             timeoutSeconds: 30
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
    ///           livenessProbe:
    ///             tcpSocket:
    ///               port: 8080
    ///             timeoutSeconds: 10
    ///           readinessProbe:
    ///             tcpSocket:
    ///               port: 8080
    ///             successThreshold: 2
    ///             periodSeconds: 5
    ///             timeoutSeconds: 5
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#configure-probes>
    pub static RULE = "probe-timing-invalid" {
        level: Note,
        precision: High,
        tags: ["workload", "availability"],
        aliases: [],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = container.spec.get(name) else { continue };
        let successes =
            probe.get("successThreshold").filter(|value| value.int().is_some_and(|times| times != 1));
        if let Some(successes) = successes.filter(|_| name != "readinessProbe") {
            let report = Report {
                message: format!("`successThreshold` of the {name} is not 1"),
                why: "the API server refuses the object".into(),
                help: "remove it: one success is all that can be asked for here".into(),
            };
            cx.report(successes, report).level = Level::Error;
        }
        let seconds = |field: &str| probe.get(field).and_then(|value| value.int());
        let period = seconds("periodSeconds").filter(|period| *period > 0).unwrap_or(10);
        // One second more is what remains of a script that waits for the whole period itself.
        let timeout = probe.get("timeoutSeconds").and_then(|value| Some((value, value.int()?)));
        if let Some((timeout, takes)) = timeout.filter(|(_, takes)| *takes > period.saturating_add(1)) {
            let report = Report {
                message: format!("the {name} may take {takes} seconds, and its period is {period}"),
                why: "it is asked less often than the file says, and fails later than anybody expects".into(),
                help: "set `timeoutSeconds` to at most `periodSeconds`".into(),
            };
            cx.report(timeout, report);
        }
    }
}
