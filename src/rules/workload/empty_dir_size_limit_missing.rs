//! `empty-dir-size-limit-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::PodSpec;

rule! {
    /// An `emptyDir` that may grow until the disk of the node is full.
    ///
    /// ## Why
    ///
    /// When the disk is full, pods that did nothing wrong are evicted. One in memory takes the memory of its
    /// node.
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
    ///       volumes:
    ///         - name: cache
    ///           emptyDir:
    ///             sizeLimit: 500Mi
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/storage/volumes/#emptydir>
    pub static RULE = "empty-dir-size-limit-missing" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload", "resources"],
        aliases: [],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    for volume in pod.volumes().filter_map(|volume| volume.get("emptyDir")) {
        if volume.get("sizeLimit").is_some() {
            continue;
        }
        let report = Report {
            message: "the volume has no size limit".into(),
            why: "it may fill the disk of its node".into(),
            help: "set `sizeLimit`".into(),
        };
        cx.report(At::key(volume), report);
    }
}
