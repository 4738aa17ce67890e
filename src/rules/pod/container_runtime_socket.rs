//! `container-runtime-socket`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::{controllers, node_agents};

use super::host_path::{PathClass, host_paths};

rule! {
    /// A pod that mounts the socket of the node's container runtime.
    ///
    /// ## Why
    ///
    /// Whoever can write to `docker.sock`, `containerd.sock` or `crio.sock` starts a privileged container on the
    /// node, outside of every policy of the cluster. `readOnly: true` does not help: it protects the file, not what
    /// is said through it.
    ///
    /// ## What passes
    ///
    /// - sockets inside the pod, in an `emptyDir`
    /// - other sockets of the node, such as those of CSI drivers and device plugins
    /// - the installation manifests of Flux and Argo CD
    /// - in pods of agents of a node, known by the repository of their image or as DaemonSets that put plugins where
    ///   the kubelet looks, it is a warning: Falco and the like ask the runtime for the names of containers
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: builder
    /// spec:
    ///   containers:
    ///     - name: build
    ///       image: docker:27-cli
    ///       volumeMounts:
    ///         - name: docker
    ///           mountPath: /var/run/docker.sock
    ///   volumes:
    ///     - name: docker
    ///       hostPath:
    ///         path: /var/run/docker.sock
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: builder
    /// spec:
    ///   containers:
    ///     - name: build
    ///       image: moby/buildkit:v0.16.0-rootless
    ///       volumeMounts:
    ///         - name: run
    ///           mountPath: /run/buildkit
    ///   volumes:
    ///     - name: run
    ///       emptyDir: {}
    /// ```
    pub static RULE = "container-runtime-socket" {
        level: Error,
        security: 9.0,
        precision: VeryHigh,
        tags: ["pod-security", "isolation", "volumes", "pss-baseline", "nsa-cisa", "cis"],
        aliases: [Checkov "CKV_K8S_27", Kics "Docker Daemon Socket is Exposed to Containers", KubeLinter "docker-sock", Kubescape "C-0074", Kubesec "DockerSock", Kyverno "disallow-cri-sock-mount", Trivy "KSV-0006"],
        checks: [Check::Pod(check)],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    for volume in host_paths(pod).filter(|volume| volume.class == PathClass::RuntimeSocket) {
        if controllers::is_generated(&pod.object) {
            return;
        }
        let report = Report {
            message: format!("volume `{}` is the container runtime's `{}`", volume.name, volume.path),
            why:
                "who writes to it starts privileged containers on the node, past every policy of the cluster"
                    .into(),
            help: "build with a rootless builder in the pod; read container names from the Kubernetes API"
                .into(),
        };
        let finding = cx.report(volume.value, report);
        if node_agents::is_node_agent(pod) {
            finding.level = finding.level.lowered();
        }
    }
}
