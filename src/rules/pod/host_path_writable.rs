//! `host-path-writable`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::PodSpec;
use crate::rules::support::{controllers, node_agents};

use super::host_path::{PathClass, host_paths};

rule! {
    /// A container that can write to a directory of its node.
    ///
    /// ## Why
    ///
    /// What it writes stays on the node when the pod is gone, other pods that mount the directory read it, and
    /// the disk of the node fills up past every quota. Programs of the node that trust the directory do what the
    /// container wrote.
    ///
    /// ## What passes
    ///
    /// - mounts with `readOnly: true`: `host-path-volume` notes the volume
    /// - directories with which one takes over the node, and sockets of container runtimes: `host-path-sensitive`
    ///   and `container-runtime-socket` report them
    /// - devices below `/dev`, where reading and writing is how they are used, are a note
    /// - the installation manifests of Flux and Argo CD
    /// - pods of well-known agents of a node, recognised by the repository of their image: setting it up and keeping
    ///   their state there is what they are for
    /// - in a DaemonSet, the directories where the kubelet looks for plugins: `/opt/cni/bin`, `/etc/cni/net.d`,
    ///   `/var/lib/kubelet/plugins` and their kind
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
    ///       hostPath:
    ///         path: /mnt/cache
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       volumeMounts:
    ///         - name: data
    ///           mountPath: /data
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
    ///         claimName: cache
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       volumeMounts:
    ///         - name: data
    ///           mountPath: /data
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/storage/volumes/#hostpath>
    pub static RULE = "host-path-writable" {
        level: Warning,
        security: 6.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-baseline", "volumes", "isolation", "nsa-cisa", "cis"],
        aliases: [Kics "Volume Mount With OS Directory Write Permissions", KubeLinter "writable-host-mount", Kubescape "C-0045", Kyverno "ensure-readonly-hostpath"],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    for volume in host_paths(pod).filter(|volume| volume.class == PathClass::Other) {
        let Some(mount) = pod.writable_mount(&volume.name) else { continue };
        if controllers::is_generated(&pod.object) || node_agents::is_known(pod) {
            return;
        }
        if node_agents::is_on_every_node(pod) && node_agents::is_served(&volume.path) {
            continue;
        }
        let at = mount.get("mountPath").unwrap_or(mount);
        let report = Report {
            message: format!("`{}` of the node is mounted for writing", volume.path),
            why: "what is written stays on the node, past quotas, for the node's programs and other pods to trust"
                .into(),
            help: "mount it with `readOnly: true`, or take a PersistentVolumeClaim or an `emptyDir`".into(),
        };
        let finding = cx.report(at, report);
        if volume.path.starts_with("/dev/") {
            finding.level = Level::Note;
        }
    }
}
