//! `volume-mount-undefined`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;

rule! {
    /// A container that mounts a volume that its pod does not have.
    ///
    /// ## Why
    ///
    /// The API server refuses the object: "`volumeMounts[0].name`: Not found".
    ///
    /// ## What passes
    ///
    /// - volumes of a StatefulSet's volumeClaimTemplates
    /// - Argo Workflows and Tekton, whose volumes may stand elsewhere
    /// - names that a template fills in
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
    ///           volumeMounts:
    ///             - name: cache
    ///               mountPath: /cache
    ///       volumes:
    ///         - name: data
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
    pub static RULE = "volume-mount-undefined" {
        level: Error,
        precision: VeryHigh,
        tags: ["workload", "reference"],
        aliases: [],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let object = &pod.object;
    if !matches!(object.group(), "" | "apps" | "batch" | "extensions") {
        return;
    }
    let templates = object.root.path(&["spec", "volumeClaimTemplates"]);
    let templates = templates.into_iter().flat_map(|list| list.items());
    let claims = templates.filter_map(|it| it.path(&["metadata", "name"])?.text());
    let volumes = pod.volumes().filter_map(|volume| volume.get("name")?.text());
    let known: Vec<_> = volumes.chain(claims).collect();
    for container in pod.containers() {
        let mounts =
            ["volumeMounts", "volumeDevices"].into_iter().filter_map(|list| container.spec.get(list));
        for name in mounts.flat_map(|list| list.items()).filter_map(|mount| mount.get("name")) {
            let Some(text) = name.text().filter(|name| !name.contains(['$', '{', '<'])) else { continue };
            if known.contains(&text) {
                continue;
            }
            let report = Report {
                message: format!(
                    "{} mounts the volume `{text}`, which the pod does not have",
                    container.describe()
                ),
                why: "the API server refuses the object".into(),
                help: "add it to `volumes`, or remove the mount".into(),
            };
            cx.report(name, report);
        }
    }
}
