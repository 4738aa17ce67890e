//! Programs that run on every node and cannot do their work from inside the sandbox of a container.
//!
//! Recognised by the repository of their image, or by what of the kubelet they serve: a name or a namespace can be given
//! to anything, and an image that copies one of these repositories into a mirror keeps its last two parts.

use camino::Utf8Path;

use crate::finding::Level;
use crate::model::{ImageReference, PodSpec};

/// The last two parts of repositories, sorted by what the programs do.
const REPOSITORIES: &[&str] = &[
    // Networks of pods and addresses of services
    "amazon-k8s-cni",
    "amazon-k8s-cni-init",
    "amazon/amazon-k8s-cni",
    "amazon/amazon-k8s-cni-init",
    "amazon/aws-network-policy-agent",
    "antrea/antrea-agent-ubuntu",
    "antrea/antrea-ubuntu",
    "bitnami/cilium",
    "bitnami/cilium-operator",
    "bitnami/cilium-proxy",
    "bitnami/metallb-speaker",
    "bitnami/multus-cni",
    "bitnami/whereabouts",
    "calico/cni",
    "calico/node",
    "cilium/cilium",
    "cilium/cilium-cli",
    "cilium/cilium-envoy",
    "cilium/operator",
    "cilium/operator-aws",
    "cilium/operator-azure",
    "cilium/operator-generic",
    "cloudnativelabs/kube-router",
    "coreos/flannel",
    "flannel-io/flannel",
    "flannel-io/flannel-cni-plugin",
    "flannel/flannel",
    "flannelcni/flannel",
    "istio/install-cni",
    "istio/ztunnel",
    "k8snetworkplumbingwg/multus-cni",
    "k8snetworkplumbingwg/whereabouts",
    "kindest/kindnetd",
    "kube-vip/kube-vip",
    "kubeovn/kube-ovn",
    "metallb/frr",
    "metallb/frr-k8s",
    "metallb/speaker",
    "plndr/kube-vip",
    "release/install-cni",
    "release/ztunnel",
    "testing/install-cni",
    "testing/ztunnel",
    "tigera/operator",
    "weaveworks/weave-kube",
    // Parts of Kubernetes
    "dns/k8s-dns-node-cache",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "node-problem-detector/node-problem-detector",
    "nfd/node-feature-discovery",
    "provider-aws/cloud-controller-manager",
    "provider-os/openstack-cloud-controller-manager",
    // Storage
    "amazon/aws-efs-csi-driver",
    "ebs-csi-driver/aws-ebs-csi-driver",
    "kubernetes-csi/node-driver-registrar",
    "longhornio/longhorn-manager",
    "provider-os/cinder-csi-plugin",
    "rook/ceph",
    "sig-storage/csi-node-driver-registrar",
    "sig-storage/local-volume-provisioner",
    "sig-storage/nfs-provisioner",
    "sig-storage/nfsplugin",
    "sig-storage/smbplugin",
    // Devices
    "intel/intel-gpu-plugin",
    "mellanox/k8s-rdma-shared-dev-plugin",
    "squat/generic-device-plugin",
    "k8s/dcgm-exporter",
    "nvidia/dcgm-exporter",
    "nvidia/k8s-device-plugin",
    // Metrics, logs and traces of the node
    "aquasecurity/node-collector",
    "aquasec/kube-bench",
    "aquasec/tracee",
    "aquasecurity/tracee",
    "bitnami/cadvisor",
    "bitnami/fluent-bit",
    "bitnami/grafana-alloy",
    "bitnami/node-exporter",
    "bitnami/promtail",
    "cadvisor/cadvisor",
    "cilium/tetragon",
    "datadog/agent",
    "falcosecurity/falco",
    "falcosecurity/falco-no-driver",
    "fluent/fluent-bit",
    "fluent/fluentd-kubernetes-daemonset",
    "grafana/alloy",
    "grafana/beyla",
    "grafana/fluent-bit-plugin-loki",
    "grafana/promtail",
    "inspektor-gadget/inspektor-gadget",
    "netdata/netdata",
    "newrelic/infrastructure",
    "newrelic/infrastructure-k8s",
    "parca-dev/parca-agent",
    "prom/node-exporter",
    "prometheus-community/smartctl-exporter",
    "prometheus-community/systemd-exporter",
    "prometheus-community/windows-exporter",
    "prometheuscommunity/smartctl-exporter",
    "prometheuscommunity/systemd-exporter",
    "prometheus/node-exporter",
    "sourcegraph/node-exporter",
    "spiffe/spire-agent",
    "sustainable_computing_io/kepler",
    "sysdig/agent",
    // Care of the node
    "kubereboot/kured",
    "weaveworks/kured",
];

/// Beginnings of registries whose top-level repositories are parts of Kubernetes: its own, and that of EKS.
const TRUSTED_REGISTRIES: [&str; 3] = ["registry.k8s.io", "k8s.gcr.io", "602401143452.dkr.ecr."];

/// Directories of a node through which a program serves the kubelet: device plugins, drivers of storage, networks.
const SERVED: [&str; 5] = [
    "/var/lib/kubelet/device-plugins",
    "/var/lib/kubelet/plugins",
    "/var/lib/kubelet/plugins_registry",
    "/opt/cni/bin",
    "/etc/cni/net.d",
];

/// Whether a container of the pod runs one of the programs of the list, or the pod serves the kubelet of every node.
pub fn is_node_agent(pod: &PodSpec<'_>) -> bool {
    is_known(pod) || is_on_every_node(pod) && serves_kubelet(pod)
}

/// Whether the pod runs on every node. What does so most often sets the node up, so that no access to the node is surely a
/// mistake there, whatever the image.
pub fn is_on_every_node(pod: &PodSpec<'_>) -> bool {
    pod.object.kind() == "DaemonSet"
}

/// The level of a finding about access to the node: a note for agents of it, and one step down on every node.
pub fn level(pod: &PodSpec<'_>, level: Level) -> Level {
    match (is_node_agent(pod), is_on_every_node(pod)) {
        (true, _) => Level::Note,
        (false, true) => level.lowered(),
        (false, false) => level,
    }
}

/// Whether programs put something into a directory of the node to serve its kubelet; a driver has one of its own there.
pub fn is_served(path: &str) -> bool {
    SERVED.iter().any(|served| Utf8Path::new(path).starts_with(served))
}

/// Whether a container puts something there: a volume that nobody mounts, or that is only read, serves nobody.
fn serves_kubelet(pod: &PodSpec<'_>) -> bool {
    pod.volumes().any(|volume| {
        let path = volume.path(&["hostPath", "path"]).and_then(|path| path.text());
        let name = volume.get("name").and_then(|name| name.text()).unwrap_or_default();
        path.is_some_and(|path| is_served(&path)) && pod.writable_mount(&name).is_some()
    })
}

/// Whether a container of the pod runs one of the programs of the list.
pub fn is_known(pod: &PodSpec<'_>) -> bool {
    pod.containers()
        .iter()
        .filter_map(|container| container.image()?.text())
        .any(|image| ImageReference::parse(&image).is_ok_and(|image| is_listed(&image)))
}

fn is_listed(image: &ImageReference<'_>) -> bool {
    let repository = image.repository();
    let parts = repository.rmatch_indices('/').nth(1).map_or(repository, |(at, _)| &repository[at + 1..]);
    let registry = image.registry().unwrap_or_default();
    // A repository without an owner says little, unless the registry is one that nobody else can push to.
    let is_owned = parts.contains('/') || TRUSTED_REGISTRIES.iter().any(|start| registry.starts_with(start));
    is_owned && REPOSITORIES.contains(&parts)
}
