//! `probes-identical`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::controllers;
use crate::yaml::Cursor;

rule! {
    /// A liveness probe that asks the same as the readiness probe, and is no more patient.
    ///
    /// ## Why
    ///
    /// When something that the program depends on is slow, readiness takes the pod out of the Service, as it
    /// should. The same question for liveness restarts it at the same moment, and all pods restart together.
    ///
    /// ## What passes
    ///
    /// - a liveness probe that fails later: more failures or a longer period
    /// - probes that only open a connection (`tcpSocket`)
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
    ///           readinessProbe:
    ///             httpGet:
    ///               path: /health
    ///               port: 8080
    ///           livenessProbe:
    ///             httpGet:
    ///               path: /health
    ///               port: 8080
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
    ///           readinessProbe:
    ///             httpGet:
    ///               path: /ready
    ///               port: 8080
    ///           livenessProbe:
    ///             httpGet:
    ///               path: /live
    ///               port: 8080
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/>
    pub static RULE = "probes-identical" {
        level: Note,
        precision: High,
        tags: ["workload", "availability"],
        aliases: [
            KubeScore "pod-probes-identical",
        ],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let probe = |name| container.spec.get(name);
    let (Some(liveness), Some(readiness)) = (probe("livenessProbe"), probe("readinessProbe")) else { return };
    if ["httpGet", "exec", "grpc"].iter().all(|kind| !is_same(liveness.get(kind), readiness.get(kind))) {
        return;
    }
    if patience(liveness) > patience(readiness) || controllers::is_generated(&container.pod.object) {
        return;
    }
    let report = Report {
        message: format!("the liveness probe of {} asks what its readiness probe asks", container.describe()),
        why: "whatever makes it unready restarts it as well, on all pods at once".into(),
        help: "ask for something that only a restart can mend, or raise `failureThreshold` of the liveness probe"
            .into(),
    };
    // The whole of a probe that a template only prints is changed where it is written.
    cx.report(At::missing_below(&container.pod.object, container.spec, &["livenessProbe"]), report);
}

/// The seconds until a probe has failed for good.
fn patience(probe: Cursor<'_>) -> i64 {
    let number = |name: &str, default: i64| probe.get(name).and_then(|value| value.int()).unwrap_or(default);
    number("failureThreshold", 3).saturating_mul(number("periodSeconds", 10))
}

/// Whether both are there and say the same.
fn is_same(one: Option<Cursor<'_>>, other: Option<Cursor<'_>>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return false };
    let said = |value: Cursor<'_>| {
        let root = value.index();
        let mut said: Vec<_> =
            value.scalars().map(|it| (it.json_path(root), it.text().map(|text| text.into_owned()))).collect();
        said.sort();
        said
    };
    said(one) == said(other)
}
