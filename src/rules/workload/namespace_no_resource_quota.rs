//! `namespace-no-resource-quota`

use crate::engine::{Check, Cx, rule};
use crate::graph::GraphView;

use super::namespaced::without;

rule! {
    /// A namespace of the repository without a ResourceQuota.
    ///
    /// ## Why
    ///
    /// What runs in it may take the whole cluster.
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
    /// kind: ResourceQuota
    /// metadata:
    ///   name: all
    ///   namespace: shop
    /// spec:
    ///   hard:
    ///     pods: "20"
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
    /// - <https://kubernetes.io/docs/concepts/policy/resource-quotas/>
    pub static RULE = "namespace-no-resource-quota" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["workload", "resources", "nsa-cisa"],
        aliases: [
            Kics "Pod or Container Without ResourceQuota",
            Trivy "KSV-0040",
        ],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    without("ResourceQuota", "what runs in it may take the whole cluster", cx);
}
