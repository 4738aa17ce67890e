//! `host-path-volume`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::{controllers, node_agents};

use super::host_path::{PathClass, host_paths};

rule! {
    /// A directory or file of the node in a pod that only reads it.
    ///
    /// ## Why
    ///
    /// What the pod finds there depends on the node it lands on, and is gone when it moves. A namespace that
    /// enforces the Pod Security level `baseline` refuses such a pod.
    ///
    /// ## What passes
    ///
    /// - volumes that a container can write to: `host-path-writable` reports them
    /// - directories with which one takes over the node, and sockets of container runtimes: `host-path-sensitive`
    ///   and `container-runtime-socket` report them
    /// - the installation manifests of Flux and Argo CD
    /// - pods of agents of a node, known by the repository of their image or as DaemonSets that put plugins where the
    ///   kubelet looks: reading it is what they are for
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
    ///         path: /opt/models
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       volumeMounts:
    ///         - name: data
    ///           mountPath: /data
    ///           readOnly: true
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
    ///         claimName: models
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       volumeMounts:
    ///         - name: data
    ///           mountPath: /data
    ///           readOnly: true
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/storage/volumes/#hostpath>
    pub static RULE = "host-path-volume" {
        level: Note,
        security: 4.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-baseline", "volumes", "isolation", "nsa-cisa", "cis"],
        aliases: [Gatekeeper "host-filesystem", Kics "Non Kube System Pod With Host Mount", Kubescape "C-0048", Kubescape "C-0203", Kyverno "disallow-host-path", Polaris "hostPathSet", Trivy "KSV-0023"],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    for volume in host_paths(pod).filter(|volume| volume.class == PathClass::Other) {
        if pod.writable_mount(&volume.name).is_some()
            || controllers::is_generated(&pod.object)
            || node_agents::is_node_agent(pod)
        {
            continue;
        }
        let report = Report {
            message: format!("volume `{}` is `{}` of the node", volume.name, volume.path),
            why: "what is there depends on the node, and namespaces that enforce `baseline` refuse the pod"
                .into(),
            help: "take a PersistentVolumeClaim, a ConfigMap or an image volume".into(),
        };
        cx.report(volume.value, report);
    }
}
