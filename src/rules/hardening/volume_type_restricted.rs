//! `volume-type-restricted`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::controllers;

rule! {
    /// A volume of a type that the Pod Security level `restricted` forbids.
    ///
    /// ## Why
    ///
    /// `nfs`, `iscsi`, `gitRepo` and the drivers that used to be built into Kubernetes are mounted by the node
    /// with rights that no claim limits. What is provisioned goes through a PersistentVolumeClaim.
    ///
    /// ## What passes
    ///
    /// - `configMap`, `csi`, `downwardAPI`, `emptyDir`, `ephemeral`, `image`, `persistentVolumeClaim`,
    ///   `projected`, `secret`
    /// - `hostPath`, which rules of its own report
    /// - the installation manifests of Flux and Argo CD
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   volumes:
    ///     - name: data
    ///       nfs:
    ///         server: nfs.example.com
    ///         path: /exports/web
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   volumes:
    ///     - name: data
    ///       persistentVolumeClaim:
    ///         claimName: web
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted>
    pub static RULE = "volume-type-restricted" {
        level: Note,
        profile: Pedantic,
        security: 3.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-restricted", "volumes"],
        aliases: [Gatekeeper "flexvolume-drivers", Gatekeeper "volumes", Kyverno "restrict-volume-types", Trivy "KSV-0028"],
        checks: [Check::Pod(check)],
    }
}

const ALLOWED: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    for entry in pod.volumes().flat_map(|volume| volume.entries()) {
        let Some(kind) = entry.key.text() else { continue };
        let is_known = kind == "name" || kind == "hostPath" || ALLOWED.contains(&&*kind);
        if is_known || entry.value.is_null() || controllers::is_generated(&pod.object) {
            continue;
        }
        let report = Report {
            message: format!("the pod mounts `{kind}` itself"),
            why: "namespaces that enforce `restricted` refuse it: no claim limits what is mounted".into(),
            help: "provision it, and mount a PersistentVolumeClaim".into(),
        };
        cx.report(At::key(entry.value), report);
    }
}
