//! `rolling-update-stuck`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// A rolling update that may neither stop an old pod nor start a new one.
    ///
    /// ## Why
    ///
    /// The API server refuses a Deployment whose `maxSurge` and `maxUnavailable` are both 0.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   strategy:
    ///     rollingUpdate:
    ///       maxSurge: 0
    ///       maxUnavailable: 0
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
    ///   strategy:
    ///     rollingUpdate:
    ///       maxSurge: 1
    ///       maxUnavailable: 0
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
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment>
    pub static RULE = "rolling-update-stuck" {
        level: Error,
        precision: VeryHigh,
        tags: ["workload", "availability"],
        aliases: [],
        checks: [Check::Object(&KINDS, check)],
    }
}

const KINDS: [KindName; 2] =
    [KindName { group: "apps", kind: "Deployment" }, KindName { group: "apps", kind: "DaemonSet" }];

fn check(workload: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let strategy = if workload.kind() == "DaemonSet" { "updateStrategy" } else { "strategy" };
    let Some(update) = workload.root.path(&["spec", strategy, "rollingUpdate"]) else { return };
    let none =
        |name| update.get(name).filter(|value| value.text().is_some_and(|it| matches!(&*it, "0" | "0%")));
    let (Some(_), Some(at)) = (none("maxSurge"), none("maxUnavailable")) else { return };
    let report = Report {
        message: "`maxSurge` and `maxUnavailable` are both 0".into(),
        why: "no pod may be replaced: the API server refuses the object".into(),
        help: "set `maxSurge` to 1".into(),
    };
    cx.report(at, report);
}
