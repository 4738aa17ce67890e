//! `rwo-volume-shared-by-replicas`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::rules::support::deployed::Deployed;
use crate::yaml::Cursor;

rule! {
    /// A Deployment of several replicas that share a volume which only one node may mount.
    ///
    /// ## Why
    ///
    /// Replicas on another node stay in `ContainerCreating`: "Multi-Attach error for volume". A rolling update
    /// has the same trouble.
    ///
    /// ## What passes
    ///
    /// - claims that are not in the repository, and claims with `ReadWriteMany` or `ReadOnlyMany`
    /// - mounts that are read-only
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   replicas: 3
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
    ///         - name: data
    ///           persistentVolumeClaim:
    ///             claimName: uploads
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata:
    ///   name: uploads
    /// spec:
    ///   accessModes: [ReadWriteOnce]
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
    ///   replicas: 3
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
    ///         - name: data
    ///           persistentVolumeClaim:
    ///             claimName: uploads
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata:
    ///   name: uploads
    /// spec:
    ///   accessModes: [ReadWriteMany]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes>
    pub static RULE = "rwo-volume-shared-by-replicas" {
        level: Warning,
        precision: High,
        tags: ["workload", "availability"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    for id in ["Deployment", "Rollout"].into_iter().flat_map(|kind| deployed.of_kind(kind)) {
        let workload = deployed.object(world, id);
        let replicas = workload.root.path(&["spec", "replicas"]).and_then(|replicas| replicas.int());
        let Some(replicas) = replicas.filter(|replicas| *replicas > 1) else { continue };
        for claim in workload.pod_specs().iter().flat_map(|pod| pod.volumes()).filter_map(claim) {
            let Some(name) = claim.text() else { continue };
            let found = deployed.find(id, "PersistentVolumeClaim", &name, deployed.namespace(id));
            let Some(found) = found.map(|found| deployed.object(world, found)) else { continue };
            let modes = found.root.path(&["spec", "accessModes"]).into_iter().flat_map(|modes| modes.items());
            let modes: Vec<_> = modes.filter_map(|mode| mode.text()).collect();
            let is_for_one = |mode: &std::borrow::Cow<'_, str>| mode.starts_with("ReadWriteOnce");
            if modes.is_empty() || !modes.iter().all(is_for_one) {
                continue;
            }
            let report = Report {
                message: format!("{replicas} replicas share the claim `{name}`, which one node at a time may mount"),
                why: "replicas on any other node stay in `ContainerCreating`".into(),
                help: "use a StatefulSet with `volumeClaimTemplates`, a volume with `ReadWriteMany`, or one replica"
                    .into(),
            };
            deployed.report(cx, id, At::value(claim), report);
        }
    }
}

/// The name of the claim of a volume that pods write to.
fn claim(volume: Cursor<'_>) -> Option<Cursor<'_>> {
    let claim = volume.get("persistentVolumeClaim")?;
    let is_read = claim.get("readOnly").is_some_and(|it| it.bool() == Some(true));
    claim.get("claimName").filter(|_| !is_read)
}
