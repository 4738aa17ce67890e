//! `required-label`

use crate::engine::{Check, Cx, rule};
use crate::model::ObjectView;

use super::convention;

rule! {
    /// An object without a label that the configuration asks for, or with another value.
    ///
    /// ## Why
    ///
    /// Owners, costs and alerts are found by labels. What has none belongs to nobody.
    ///
    /// ## What is reported
    ///
    /// Each entry of `conventions.required-labels`: in Deployments, StatefulSets, DaemonSets, Jobs, CronJobs,
    /// Rollouts and Namespaces, or in the kinds that it names. Without entries the rule reports nothing.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// conventions:
    ///   required-labels:
    ///     - key: team
    ///       values: [shop, "platform-*"]
    /// # file: web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   labels:
    ///     team: someone
    /// spec: {}
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: api
    /// spec: {}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// conventions:
    ///   required-labels:
    ///     - key: team
    ///       values: [shop, "platform-*"]
    /// # file: web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   labels:
    ///     team: platform-dns
    /// spec: {}
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    /// data: {}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>
    pub static RULE = "required-label" {
        level: Warning,
        profile: Pedantic,
        precision: High,
        tags: ["object", "configuration"],
        aliases: [
            KubeLinter "required-label-owner",
            Kubescape "C-0076",
        ],
        checks: [Check::Object(&[], check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let wanted = &cx.options().conventions.required_labels;
    convention::required(object, "labels", wanted, cx);
}
