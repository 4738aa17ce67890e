//! `cpu-limit-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::controllers;

use super::resources;

rule! {
    /// A container without a CPU limit.
    ///
    /// ## Why
    ///
    /// It may take all the CPU that others do not use. Many want just that: `cpu-limit-set` is the rule of the
    /// other opinion.
    ///
    /// ## What passes
    ///
    /// - a LimitRange in the namespace, `resources` of the pod, a VerticalPodAutoscaler
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
    ///             limits:
    ///               cpu: 500m
    ///               memory: 64Mi
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/>
    pub static RULE = "cpu-limit-missing" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload", "resources", "nsa-cisa"],
        aliases: [
            Checkov "CKV_K8S_11",
            Kics "CPU Limits Not Set",
            KubeScore "container-resources",
            Kubescape "C-0009",
            Kubescape "C-0050",
            Kubescape "C-0270",
            Polaris "cpuLimitsMissing",
            Trivy "KSV-0011",
        ],
        checks: [Check::Around(&Check::Container(check))],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let object = &container.pod.object;
    if !resources::is_asked(container)
        || resources::limit(container, "cpu").is_some()
        || resources::is_said_elsewhere(container, cx.world())
        || controllers::is_generated(object)
    {
        return;
    }
    let report = Report {
        message: format!("{} has no CPU limit", container.describe()),
        why: "it may take all the CPU that others do not use".into(),
        help: "set `resources.limits.cpu`".into(),
    };
    cx.report(At::missing_below(object, container.spec, &["resources", "limits", "cpu"]), report);
}
