//! `required-annotation`

use crate::engine::{Check, Cx, rule};
use crate::model::ObjectView;

use super::convention;

rule! {
    /// An object without an annotation that the configuration asks for, or with another value.
    ///
    /// ## Why
    ///
    /// Tools that read annotations do nothing for what has none.
    ///
    /// ## What is reported
    ///
    /// Each entry of `conventions.required-annotations`: in Deployments, StatefulSets, DaemonSets, Jobs,
    /// CronJobs, Rollouts and Namespaces, or in the kinds that it names. Without entries the rule reports
    /// nothing.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// conventions:
    ///   required-annotations:
    ///     - key: example.com/contact
    ///       kinds: [Service]
    /// # file: web.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// spec: {}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// conventions:
    ///   required-annotations:
    ///     - key: example.com/contact
    ///       kinds: [Service]
    /// # file: web.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     example.com/contact: shop@example.com
    /// spec: {}
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec: {}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/>
    pub static RULE = "required-annotation" {
        level: Warning,
        profile: Pedantic,
        precision: High,
        tags: ["object", "configuration"],
        aliases: [
            KubeLinter "required-annotation-email",
        ],
        checks: [Check::Object(&[], check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let wanted = &cx.options().conventions.required_annotations;
    convention::required(object, "annotations", wanted, cx);
}
