//! `host-path-sensitive`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::{controllers, node_agents};

use super::host_path::{PathClass, host_paths, is_read_only};

rule! {
    /// A `hostPath` volume over a directory with which a container takes over its node.
    ///
    /// ## Why
    ///
    /// `/etc`, `/root`, `/var/lib/kubelet`, `/etc/kubernetes` and their like hold the keys of the node, of the
    /// cluster and of the cloud account; writing there, or to `/`, starts programs on the node as root.
    ///
    /// `/`, `/bin`, `/boot`, `/dev`, `/etc`, `/home`, `/lib`, `/proc`, `/run`, `/sbin`, `/sys`, `/usr`, `/var`,
    /// `/var/lib`, `/var/lib/docker` and `/var/lib/kubelet` are reported as a whole; `/etc/kubernetes`, `/etc/rancher`, `/etc/shadow`,
    /// `/etc/ssh`, `/root`, `/var/lib/cloud`, `/var/lib/etcd`, `/var/lib/kubelet/pki`,
    /// `/var/lib/rancher` and directories of cloud credentials with everything below.
    ///
    /// ## What passes
    ///
    /// - narrow paths: `/etc/localtime`, `/etc/ssl/certs`, `/dev/dri`, `/sys/fs/bpf`, `/lib/modules`,
    ///   `/var/lib/kubelet/device-plugins`, `/var/lib/docker/containers`
    /// - sockets of container runtimes: `container-runtime-socket` reports them
    /// - the installation manifests of Flux and Argo CD
    /// - one level lower when every container mounts the volume with `readOnly: true`, and another one in pods of
    ///   well-known agents of a node, recognised by the repository of their image: node-exporter reads `/proc`
    /// - a DaemonSet is one level lower, whatever its image: what runs on every node is mostly there to set it up
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       volumeMounts:
    ///         - name: node
    ///           mountPath: /host
    ///   volumes:
    ///     - name: node
    ///       hostPath:
    ///         path: /etc
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
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       volumeMounts:
    ///         - name: time
    ///           mountPath: /etc/localtime
    ///           readOnly: true
    ///   volumes:
    ///     - name: time
    ///       hostPath:
    ///         path: /etc/localtime
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/storage/volumes/#hostpath>
    pub static RULE = "host-path-sensitive" {
        level: Error,
        security: 8.5,
        precision: High,
        tags: ["pod-security", "isolation", "volumes", "pss-baseline", "nsa-cisa", "cis"],
        aliases: [Gatekeeper "host-filesystem", Kics "Workload Mounting With Sensitive OS Directory", KubeLinter "sensitive-host-mounts", Kubescape "C-0020", Kubescape "C-0048", Kubesec "ProcMount", Kyverno "disallow-host-path", Trivy "KSV-0023", Trivy "KSV-0121"],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    for volume in host_paths(pod).filter(|volume| volume.class == PathClass::Sensitive) {
        if controllers::is_generated(&pod.object) {
            return;
        }
        let report = Report {
            message: format!("volume `{}` is `{}` of the node", volume.name, volume.path),
            why:
                "it holds what one needs to take over the node: its programs, its devices or its credentials"
                    .into(),
            help: "mount the one file or directory below it that is needed, with `readOnly: true`".into(),
        };
        let finding = cx.report(volume.value, report);
        let is_for_node = node_agents::is_node_agent(pod) || node_agents::is_on_every_node(pod);
        for milder in [is_read_only(pod, &volume.name), is_for_node] {
            if milder {
                finding.level = finding.level.lowered();
            }
        }
    }
}
