//! `resource-quantity-suspicious`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::Container;

use super::resources::number;

rule! {
    /// An amount of memory or CPU that nobody means.
    ///
    /// ## Why
    ///
    /// `512m` of memory is half a byte, `512` is 512 bytes, and a `cpu` of `500` is five hundred cores. A
    /// container with such a limit is killed as it starts, one with such a request is never scheduled.
    ///
    /// ## What is reported
    ///
    /// Memory below one mebibyte, and CPU of a hundred cores or more, in requests and limits.
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
    ///               cpu: 500
    ///               memory: 512m
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
    ///               cpu: "2"
    ///               memory: 1e9
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#resource-units-in-kubernetes>
    pub static RULE = "resource-quantity-suspicious" {
        level: Error,
        precision: High,
        tags: ["workload", "resources"],
        aliases: [],
        checks: [Check::Container(check)],
    }
}

/// Less memory than this no process can start with.
const LEAST: f64 = 1_000_000.0;
/// So many cores few nodes have.
const MOST: f64 = 100.0;

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    for list in ["requests", "limits"] {
        let of = |resource| container.spec.path(&["resources", list, resource]);
        let memory = of("memory").and_then(|value| Some((value, number(value)?)));
        if let Some((value, bytes)) = memory.filter(|(_, bytes)| *bytes > 0.0 && *bytes < LEAST) {
            let text = value.text().unwrap_or_default();
            let said = if text.ends_with('m') {
                "less than so many bytes: `m` is a thousandth"
            } else {
                "that many bytes"
            };
            let help = format!("write `{}Mi`", text.trim_end_matches(|c: char| !c.is_ascii_digit()));
            let message = format!("`{text}` of memory is {said}");
            let why = format!("no process runs with {bytes} bytes");
            cx.report(value, Report { message, why: why.into(), help: help.into() });
        }
        let cpu = of("cpu").and_then(|value| Some((value, number(value)?)));
        if let Some((value, cores)) = cpu.filter(|(_, cores)| *cores >= MOST) {
            let text = value.text().unwrap_or_default();
            let report = Report {
                message: format!("`{text}` of CPU is {cores} cores"),
                why: "no node has so many".into(),
                help: format!("write `{text}m` for thousandths of a core").into(),
            };
            cx.report(value, report);
        }
    }
}
