//! `volume-unused`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;

rule! {
    /// A volume that no container of its pod mounts.
    ///
    /// ## Why
    ///
    /// The pod waits for it and cannot start without it, and nobody uses it.
    ///
    /// ## What passes
    ///
    /// - Argo Workflows and Tekton, and pods into which a sidecar is injected
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
    ///       volumes:
    ///         - name: cache
    ///           emptyDir: {}
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
    ///           volumeMounts:
    ///             - name: cache
    ///               mountPath: /cache
    ///       volumes:
    ///         - name: cache
    ///           emptyDir: {}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/storage/volumes/>
    pub static RULE = "volume-unused" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload"],
        aliases: [],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    if !matches!(pod.object.group(), "" | "apps" | "batch") {
        return;
    }
    let containers = pod.containers();
    let lists = containers.iter().flat_map(|it| [it.spec.get("volumeMounts"), it.spec.get("volumeDevices")]);
    let mounts = lists.flatten().flat_map(|list| list.items());
    let used: Vec<_> = mounts.filter_map(|mount| mount.get("name")?.text()).collect();
    for name in pod.volumes().filter_map(|volume| volume.get("name")) {
        let Some(text) = name.text().filter(|text| !used.contains(text) && !text.contains(['$', '{', '<']))
        else {
            continue;
        };
        let report = Report {
            message: format!("no container mounts the volume `{text}`"),
            why: "the pod waits for it, and nobody uses it".into(),
            help: "remove it, or mount it".into(),
        };
        cx.report(name, report);
    }
}
