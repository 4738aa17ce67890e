//! `recommended-labels`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::controllers;

rule! {
    /// A workload without the label that says what it is.
    ///
    /// ## Why
    ///
    /// Tools and people find the objects of an application by `app.kubernetes.io/name`.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   labels:
    ///     app: web
    /// spec:
    ///   template:
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
    ///   labels:
    ///     app.kubernetes.io/name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>
    pub static RULE = "recommended-labels" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["object"],
        aliases: [
            Kubescape "C-0077",
        ],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let object = &pod.object;
    if object.label("app.kubernetes.io/name").is_some() || controllers::is_generated(object) {
        return;
    }
    let report = Report {
        message: format!("{} `{}` has no label `app.kubernetes.io/name`", object.kind(), object.name()),
        why: "tools and people find the objects of an application by it".into(),
        help: "add the recommended labels, for example with `labels` in the kustomization".into(),
    };
    cx.report(At::missing(object, &["metadata", "labels", "app.kubernetes.io/name"]), report);
}
