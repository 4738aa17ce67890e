//! `replicas-single`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};
use crate::rules::support::deployed::Deployed;
use crate::rules::support::{controllers, makers};
use crate::yaml::Cursor;

rule! {
    /// A Deployment or StatefulSet with one replica.
    ///
    /// ## Why
    ///
    /// While its pod moves to another node, nothing answers.
    ///
    /// ## What passes
    ///
    /// - workloads that an autoscaler sizes
    /// - a volume that only one node may mount, which a second replica could not use
    /// - the installation manifests of Flux and Argo CD, and `replicas: 0`
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   replicas: 1
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
    /// spec:
    ///   replicas: 2
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
    /// - <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#replicas>
    pub static RULE = "replicas-single" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload", "availability"],
        aliases: [
            KubeLinter "minimum-three-replicas",
            KubeScore "deployment-replicas",
            Polaris "deploymentMissingReplicas",
        ],
        checks: [Check::Around(&Check::Object(&KINDS, check))],
    }
}

const KINDS: [KindName; 2] =
    [KindName { group: "apps", kind: "Deployment" }, KindName { group: "apps", kind: "StatefulSet" }];

fn check(workload: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let replicas = workload.root.path(&["spec", "replicas"]);
    if replicas.is_some_and(|replicas| replicas.int() != Some(1)) || controllers::is_generated(workload) {
        return;
    }
    let is_claim = |volume: Cursor<'_>| volume.get("persistentVolumeClaim").is_some();
    let has_claim = workload.pod_specs().iter().any(|pod| pod.volumes().any(is_claim));
    if has_claim || Deployed::of(cx.world()).exists(makers::SCALED, &workload.name()) {
        return;
    }
    let report = Report {
        message: format!("{} `{}` has one replica", workload.kind(), workload.name()),
        why: "while its pod moves to another node, nothing answers".into(),
        help: "run two or more, or let an autoscaler size it".into(),
    };
    let at = replicas.map_or_else(|| At::missing(workload, &["spec", "replicas"]), At::value);
    cx.report(at, report);
}
