//! Objects that say which version of Kubernetes the cluster runs that they belong to.
//!
//! Must not know what follows from a version. Clusters of Cluster API and of tests are left out: they are other ones than
//! those that a repository is applied to.

use crate::config::KubernetesVersion;
use crate::yaml::Cursor;

/// An API group, a kind of it, and where its version stands.
type Written = (&'static str, &'static str, &'static [&'static str]);

const WRITTEN: &[Written] = &[
    // https://github.com/rancher/system-upgrade-controller: the nodes of its own cluster.
    ("upgrade.cattle.io", "Plan", &["spec", "version"]),
    // https://github.com/home-operations/tuppr: the same for Talos.
    ("tuppr.home-operations.com", "KubernetesUpgrade", &["spec", "kubernetes", "version"]),
    // https://eksctl.io/usage/schema/
    ("eksctl.io", "ClusterConfig", &["metadata", "version"]),
    // https://kops.sigs.k8s.io/cluster_spec/
    ("kops.k8s.io", "Cluster", &["spec", "kubernetesVersion"]),
    // https://docs.k0sproject.io/stable/k0sctl-install/
    ("k0sctl.k0sproject.io", "Cluster", &["spec", "k0s", "version"]),
    // What Argo CD tells charts about the cluster that it applies them to.
    ("argoproj.io", "Application", &["spec", "source", "helm", "kubeVersion"]),
];

/// Whether objects of a kind may name a version.
pub fn may_name_version(kind: &str) -> bool {
    WRITTEN.iter().any(|written| written.1 == kind)
}

/// The minor version that an object names, and the value that does.
pub fn version(object: Cursor<'_>) -> Option<(u16, Cursor<'_>)> {
    let kind = object.get("kind")?.text()?;
    let mut of_kind = WRITTEN.iter().filter(|written| written.1 == kind).peekable();
    of_kind.peek()?;
    let api_version = object.get("apiVersion")?.text()?;
    let group = api_version.split_once('/')?.0;
    let value = object.path(of_kind.find(|written| written.0 == group)?.2)?;
    let text = value.text()?;
    // The same controller upgrades operating systems, whose numbers look alike.
    let is_other = group == "upgrade.cattle.io" && !text.contains("+k3s") && !text.contains("+rke2");
    let version: KubernetesVersion = text.parse().ok().filter(|_| !is_other)?;
    Some((version.minor, value))
}
