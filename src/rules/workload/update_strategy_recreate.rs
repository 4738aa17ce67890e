//! `update-strategy-recreate`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};
use crate::yaml::Cursor;

rule! {
    /// A Deployment that stops all its pods before it starts new ones.
    ///
    /// ## Why
    ///
    /// Nothing answers during a rollout.
    ///
    /// ## What passes
    ///
    /// - volumes from claims, which often only one pod may use
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   strategy:
    ///     type: Recreate
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
    ///   strategy:
    ///     type: RollingUpdate
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy>
    pub static RULE = "update-strategy-recreate" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["workload", "availability"],
        aliases: [
            KubeLinter "no-rolling-update-strategy",
            KubeScore "deployment-strategy",
            Kubescape "C-0305",
        ],
        checks: [Check::Object(&[DEPLOYMENT], check)],
    }
}

const DEPLOYMENT: KindName = KindName { group: "apps", kind: "Deployment" };

fn check(workload: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(kind) = workload.root.path(&["spec", "strategy", "type"]) else { return };
    let is_claim = |volume: Cursor<'_>| volume.get("persistentVolumeClaim").is_some();
    let has_claim = workload.pod_specs().iter().any(|pod| pod.volumes().any(is_claim));
    if has_claim || kind.text().is_none_or(|kind| kind != "Recreate") {
        return;
    }
    let report = Report {
        message: "a rollout stops all pods before it starts new ones".into(),
        why: "nothing answers in between".into(),
        help: "use `RollingUpdate`".into(),
    };
    cx.report(kind, report);
}
