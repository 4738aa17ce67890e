//! `cpu-request-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::controllers;

use super::resources;

rule! {
    /// A container that asks for memory, and not for CPU.
    ///
    /// ## Why
    ///
    /// The scheduler counts such a container as nothing. On a busy node it gets only what all others leave.
    ///
    /// ## What passes
    ///
    /// - containers that say nothing at all of what they need: `memory-request-missing` reports them
    /// - a limit of CPU: it is the request as well
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
    ///               memory: 64Mi
    ///             limits:
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
    pub static RULE = "cpu-request-missing" {
        level: Note,
        precision: High,
        tags: ["workload", "resources"],
        aliases: [
            Checkov "CKV_K8S_10",
            Kics "CPU Requests Not Set",
            KubeLinter "unset-cpu-requirements",
            KubeScore "container-resources",
            Kubescape "C-0050",
            Kubescape "C-0268",
            Polaris "cpuRequestsMissing",
            Trivy "KSV-0015",
        ],
        checks: [Check::Around(&Check::Container(check))],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    if !resources::is_asked(container)
        || resources::request(container, "cpu").is_some()
        || resources::says_nothing(container)
        || resources::is_said_elsewhere(container, cx.world())
        || controllers::is_generated(&container.pod.object)
    {
        return;
    }
    let report = Report {
        message: format!("{} requests no CPU", container.describe()),
        why: "the scheduler counts it as nothing, and on a busy node it gets what all others leave".into(),
        help: "set `resources.requests.cpu` to what it usually uses".into(),
    };
    let at = At::missing_below(&container.pod.object, container.spec, &["resources", "requests", "cpu"]);
    cx.report(at, report);
}
