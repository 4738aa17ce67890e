//! `forbidden-annotation`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::convention::is_like;

rule! {
    /// An annotation that the configuration forbids.
    ///
    /// ## Why
    ///
    /// An annotation can switch off what a platform gives to everybody.
    ///
    /// ## What is reported
    ///
    /// Annotations that `conventions.forbidden-annotations` names, `*` at the end for all that begin so.
    /// Without entries the rule reports nothing.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// conventions:
    ///   forbidden-annotations: ["sidecar.istio.io/*"]
    /// # file: web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     sidecar.istio.io/inject: "false"
    /// spec: {}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// conventions:
    ///   forbidden-annotations: ["sidecar.istio.io/*"]
    /// # file: web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     example.com/contact: shop@example.com
    /// spec: {}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/>
    pub static RULE = "forbidden-annotation" {
        level: Warning,
        profile: Pedantic,
        precision: High,
        tags: ["object", "configuration"],
        aliases: [],
        checks: [Check::Object(&[], check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let forbidden = &cx.options().conventions.forbidden_annotations;
    if forbidden.is_empty() {
        return;
    }
    let places = [&["metadata", "annotations"][..], &["spec", "template", "metadata", "annotations"]];
    for entry in places.iter().filter_map(|path| object.root.path(path)).flat_map(|map| map.entries()) {
        let key = entry.key.text().unwrap_or_default();
        if !forbidden.iter().any(|pattern| is_like(&key, pattern)) {
            continue;
        }
        let report = Report {
            message: format!("the annotation `{key}` is not allowed here"),
            why: "the configuration of this repository forbids it".into(),
            help: "remove it".into(),
        };
        cx.report(At::key(entry.value), report);
    }
}
