//! `memory-request-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::Container;
use crate::rules::support::{controllers, rollout};

use super::resources;

rule! {
    /// A container that requests no memory, or says nothing at all of what it needs.
    ///
    /// ## Why
    ///
    /// The scheduler counts such a container as nothing and puts it on nodes that are full. When memory runs
    /// out there, its pods are the first to be killed.
    ///
    /// ## What passes
    ///
    /// - a limit of memory: it is the request as well
    /// - `resources` of the pod, a LimitRange in the namespace, a VerticalPodAutoscaler
    /// - containers that prepare something, and the installation manifests of Flux and Argo CD
    /// - Jobs and bare Pods are a note
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
    pub static RULE = "memory-request-missing" {
        level: Warning,
        precision: High,
        tags: ["workload", "resources"],
        aliases: [
            Checkov "CKV_K8S_12",
            Kics "Memory Requests Not Defined",
            KubeLinter "unset-memory-requirements",
            KubeScore "container-resources",
            Kubescape "C-0004",
            Kubescape "C-0269",
            Polaris "memoryRequestsMissing",
            Trivy "KSV-0016",
        ],
        checks: [Check::Around(&Check::Container(check))],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let object = &container.pod.object;
    if !resources::is_asked(container)
        || resources::request(container, "memory").is_some()
        || resources::is_said_elsewhere(container, cx.world())
        || controllers::is_generated(object)
    {
        return;
    }
    let what = match resources::says_nothing(container) {
        true => "neither requests nor limits any resources",
        false => "requests no memory",
    };
    let report = Report {
        message: format!("{} {what}", container.describe()),
        why:
            "the scheduler counts it as nothing, and when a node runs out of memory its pods are killed first"
                .into(),
        help: "set `resources.requests` and a memory limit to what it usually uses".into(),
    };
    let at = At::missing_below(object, container.spec, &["resources", "requests", "memory"]);
    let level = cx.level();
    let finding = cx.report(at, report);
    finding.level = if rollout::is_long_running(object) { level } else { level.min(Level::Note) };
}
