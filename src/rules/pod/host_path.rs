//! The volumes of a pod that are directories or sockets of its node.
//!
//! Must not judge them; it is here that a path is classified once, so that one volume gives one finding.

use std::borrow::Cow;

use crate::model::PodSpec;
use crate::yaml::Cursor;

/// A `hostPath` volume.
pub(super) struct HostPath<'w> {
    /// The `path` scalar.
    pub value: Cursor<'w>,
    /// The path as written.
    pub path: Cow<'w, str>,
    /// The volume's name.
    pub name: Cow<'w, str>,
    /// What lies there.
    pub class: PathClass,
}

/// What lies at a path of a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PathClass {
    /// The socket of a container runtime, or a directory that exists for it.
    RuntimeSocket,
    /// Files with which one takes over the node or its credentials.
    Sensitive,
    /// Anything else.
    Other,
}

const SOCKETS: [&str; 7] = [
    "docker.sock",
    "containerd.sock",
    "crio.sock",
    "cri-dockerd.sock",
    "dockershim.sock",
    "podman.sock",
    "docker_engine",
];

/// Directories below `/run` that hold little else than a runtime's socket.
const SOCKET_DIRECTORIES: [&str; 5] =
    ["/run/containerd", "/run/crio", "/run/docker", "/run/podman", "/run/k3s/containerd"];

/// Directories that are sensitive as a whole. What lies below is usually a narrow need (`/etc/localtime`,
/// `/dev/dri`, `/sys/fs/bpf`, `/lib/modules`, `/var/lib/docker/containers`, a driver's directory in
/// `/var/lib/kubelet`) and passes.
const WHOLE: [&str; 16] = [
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/proc",
    "/run",
    "/sbin",
    "/sys",
    "/usr",
    "/var",
    "/var/lib",
    "/var/lib/docker",
    "/var/lib/kubelet",
];

/// Directories that are sensitive with everything below: credentials of the node, of the cluster, of the cloud.
const DEEP: [&str; 9] = [
    "/etc/kubernetes",
    "/etc/rancher",
    "/etc/shadow",
    "/etc/ssh",
    "/root",
    "/var/lib/cloud",
    "/var/lib/etcd",
    "/var/lib/kubelet/pki",
    "/var/lib/rancher",
];

/// Directories in homes that hold a cloud's credentials.
const CREDENTIALS: [&str; 4] = ["/.aws", "/.azure", "/.kube", "/.config/gcloud"];

/// The `hostPath` volumes of a pod.
pub(super) fn host_paths<'w>(pod: &PodSpec<'w>) -> impl Iterator<Item = HostPath<'w>> + use<'w> {
    pod.volumes().filter_map(|volume| {
        let value = volume.path(&["hostPath", "path"])?;
        let path = value.text()?;
        let name = volume.get("name").and_then(|name| name.text()).unwrap_or_default();
        let class = classify(&path);
        Some(HostPath { value, path, name, class })
    })
}

fn classify(path: &str) -> PathClass {
    let name = path.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or_default();
    let path = normalise(path);
    let below = |directory: &str| {
        path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if SOCKETS.contains(&name) || SOCKET_DIRECTORIES.contains(&path.as_str()) {
        PathClass::RuntimeSocket
    } else if WHOLE.contains(&path.as_str())
        || DEEP.into_iter().any(below)
        || CREDENTIALS.into_iter().any(|end| path.contains(&format!("{end}/")) || path.ends_with(end))
    {
        PathClass::Sensitive
    } else {
        PathClass::Other
    }
}

/// Without repeated or trailing slashes and dots; `/var/run` is a link to `/run` on every node.
fn normalise(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.starts_with(&["var", "run"]) {
        parts.remove(0);
    }
    format!("/{}", parts.join("/"))
}

/// Whether every container that mounts the volume does so for reading only. Nobody mounting it is no such thing.
pub(super) fn is_read_only(pod: &PodSpec<'_>, volume: &str) -> bool {
    !pod.mounts(volume).is_empty() && pod.writable_mount(volume).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_paths() {
        use PathClass::{Other, RuntimeSocket, Sensitive};
        let table = [
            ("/", Sensitive),
            ("//", Sensitive),
            ("", Sensitive),
            ("/etc", Sensitive),
            ("/etc/", Sensitive),
            ("/etc/localtime", Other),
            ("/etc/ssl/certs", Other),
            ("/etc/kubernetes/pki", Sensitive),
            ("/etc/kubernetes-custom", Other),
            ("/dev", Sensitive),
            ("/dev/dri", Other),
            ("/sys/fs/bpf", Other),
            ("/lib/modules", Other),
            ("/proc", Sensitive),
            ("/data/../etc", Sensitive),
            ("/var/lib/kubelet", Sensitive),
            ("/var/lib/kubelet/plugins", Other),
            ("/var/lib/kubelet/device-plugins", Other),
            ("/var/lib/kubelet/pki", Sensitive),
            ("/var/run", Sensitive),
            ("/var/log", Other),
            ("/var/lib/docker", Sensitive),
            ("/var/lib/docker/containers", Other),
            ("/home/ci/.aws/credentials", Sensitive),
            ("/home/ci/cache", Other),
            ("/mnt/data", Other),
            ("/var/run/docker.sock", RuntimeSocket),
            ("/run/containerd/containerd.sock", RuntimeSocket),
            ("/run/k3s/containerd/", RuntimeSocket),
            ("\\\\.\\pipe\\docker_engine", RuntimeSocket),
            ("/var/run/secrets", Other),
        ];
        for (path, class) in table {
            assert_eq!(classify(path), class, "{path}");
        }
    }
}
