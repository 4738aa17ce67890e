//! `memory-limit-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::controllers;

use super::resources;

rule! {
    /// A container that requests memory and has no limit of it.
    ///
    /// ## Why
    ///
    /// A leak in it takes the memory of the whole node, and the kernel kills pods that did nothing wrong.
    ///
    /// ## What passes
    ///
    /// - containers that say nothing at all of what they need: `memory-request-missing` reports them
    /// - `resources` of the pod, a LimitRange in the namespace, a VerticalPodAutoscaler
    /// - containers that prepare something, and the installation manifests of Flux and Argo CD
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
    ///               cpu: 50m
    ///               memory: 64Mi
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
    ///               cpu: 50m
    ///               memory: 64Mi
    ///             limits:
    ///               memory: 64Mi
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>
    pub static RULE = "memory-limit-missing" {
        level: Note,
        security: 3.0,
        precision: High,
        tags: ["workload", "resources", "nsa-cisa"],
        aliases: [
            Checkov "CKV_K8S_13",
            Kics "Memory Limits Not Defined",
            KubeLinter "unset-memory-requirements",
            KubeScore "container-resources",
            Kubescape "C-0004",
            Kubescape "C-0009",
            Kubescape "C-0271",
            Polaris "memoryLimitsMissing",
            Trivy "KSV-0018",
        ],
        checks: [Check::Around(&Check::Container(check))],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    if !resources::is_asked(container)
        || resources::limit(container, "memory").is_some()
        || resources::says_nothing(container)
        || resources::is_said_elsewhere(container, cx.world())
        || controllers::is_generated(&container.pod.object)
    {
        return;
    }
    let report = Report {
        message: format!("{} has no memory limit", container.describe()),
        why: "a leak in it takes the memory of the node, and pods that did nothing wrong are killed".into(),
        help: "set `resources.limits.memory`, to the request where that is enough".into(),
    };
    let at = At::missing_below(&container.pod.object, container.spec, &["resources", "limits", "memory"]);
    cx.report(at, report);
}
