//! `namespace-no-limit-range`

use crate::engine::{Check, Cx, rule};
use crate::graph::GraphView;

use super::namespaced::without;

rule! {
    /// A namespace of the repository without a LimitRange.
    ///
    /// ## Why
    ///
    /// Containers that say nothing of what they need get no requests and no limits.
    ///
    /// ## What passes
    ///
    /// - namespaces in which the repository runs nothing
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   namespace: shop
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
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    /// ---
    /// apiVersion: v1
    /// kind: LimitRange
    /// metadata:
    ///   name: defaults
    ///   namespace: shop
    /// spec:
    ///   limits: []
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   namespace: shop
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
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/policy/limit-range/>
    pub static RULE = "namespace-no-limit-range" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["workload", "resources", "nsa-cisa"],
        aliases: [
            Kics "Pod or Container Without LimitRange",
            Trivy "KSV-0039",
        ],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let why = "containers that say nothing of what they need get no requests and no limits";
    without("LimitRange", why, cx);
}
