//! `namespace-default`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;

rule! {
    /// A workload in the namespace `default`.
    ///
    /// ## Why
    ///
    /// Whatever names no namespace ends up there, so permissions, quotas and network policies of it are for
    /// nothing in particular.
    ///
    /// ## What is reported
    ///
    /// Workloads whose `namespace` is `default`, as it is written or as a kustomization sets it.
    ///
    /// ## What passes
    ///
    /// - objects that name no namespace: who applies them says where
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    ///   namespace: default
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
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/>
    pub static RULE = "namespace-default" {
        level: Note,
        security: 2.0,
        precision: High,
        tags: ["object", "isolation", "cis"],
        aliases: [
            Checkov "CKV_K8S_21",
            Kics "Using Unrecommended Namespace",
            KubeLinter "use-namespace",
            Kubescape "C-0061",
            Trivy "KSV-0110",
        ],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let Some(namespace) = pod.object.root.path(&["metadata", "namespace"]) else { return };
    if namespace.text().is_none_or(|namespace| namespace != "default") {
        return;
    }
    let report = Report {
        message: format!("{} `{}` is in the namespace `default`", pod.object.kind(), pod.object.name()),
        why: "permissions, quotas and network policies there are for nothing in particular".into(),
        help: "give it a namespace of its own".into(),
    };
    cx.report(namespace, report);
}
