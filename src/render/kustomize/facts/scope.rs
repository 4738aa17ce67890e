//! Which kinds of objects belong to a namespace, as far as Kustomize can tell.
//!
//! Source: `precomputedIsNamespaceScoped` of kyaml 0.18.1, made from the API paths of Kubernetes 1.21.2 that can be
//! read. Must not know what is done with objects that have none.
//!
//! Kinds that can only be created, such as TokenReview, are unknown to Kustomize although Kubernetes says that they
//! are cluster-scoped, and so are kinds that came later or are not of Kubernetes. It treats what it does not know as
//! if it had a namespace.

use super::cluster_kinds;

/// Where objects of a kind live.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(in crate::render) enum Scope {
    /// In the cluster: they have no namespace.
    Cluster,
    /// In a namespace.
    Namespaced,
    /// Kustomize does not know the kind.
    Unknown,
}

/// Where objects of a kind live, as far as Kustomize knows by itself. Scopes of a kustomization's own OpenAPI document
/// are not looked at.
pub(in crate::render) fn scope(group: &str, version: &str, kind: &str) -> Scope {
    builtin(group, version, kind).unwrap_or(Scope::Unknown)
}

fn builtin(group: &str, version: &str, kind: &str) -> Option<Scope> {
    let (.., cluster, namespaced) = BUILTIN.iter().find(|row| (row.0, row.1) == (group, version))?;
    if cluster.contains(&kind) {
        Some(Scope::Cluster)
    } else {
        namespaced.contains(&kind).then_some(Scope::Namespaced)
    }
}

/// Group, version, kinds that are cluster-scoped, kinds that have a namespace.
type Row = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

static BUILTIN: &[Row] = &[
    (
        "",
        "v1",
        &["ComponentStatus", "Namespace", "Node", "NodeProxyOptions", "PersistentVolume"],
        &[
            "ConfigMap",
            "Endpoints",
            "Event",
            "LimitRange",
            "PersistentVolumeClaim",
            "Pod",
            "PodAttachOptions",
            "PodExecOptions",
            "PodPortForwardOptions",
            "PodProxyOptions",
            "PodTemplate",
            "ReplicationController",
            "ResourceQuota",
            "Secret",
            "Service",
            "ServiceAccount",
            "ServiceProxyOptions",
        ],
    ),
    (
        "admissionregistration.k8s.io",
        "v1",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        &[],
    ),
    (
        "admissionregistration.k8s.io",
        "v1beta1",
        &["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
        &[],
    ),
    ("apiextensions.k8s.io", "v1", &["CustomResourceDefinition"], &[]),
    ("apiextensions.k8s.io", "v1beta1", &["CustomResourceDefinition"], &[]),
    ("apiregistration.k8s.io", "v1", &["APIService"], &[]),
    ("apiregistration.k8s.io", "v1beta1", &["APIService"], &[]),
    ("apps", "v1", &[], &["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"]),
    ("autoscaling", "v1", &[], &["HorizontalPodAutoscaler", "Scale"]),
    ("autoscaling", "v2beta1", &[], &["HorizontalPodAutoscaler"]),
    ("autoscaling", "v2beta2", &[], &["HorizontalPodAutoscaler"]),
    ("batch", "v1", &[], &["CronJob", "Job"]),
    ("batch", "v1beta1", &[], &["CronJob"]),
    ("certificates.k8s.io", "v1", &["CertificateSigningRequest"], &[]),
    ("certificates.k8s.io", "v1beta1", &["CertificateSigningRequest"], &[]),
    ("coordination.k8s.io", "v1", &[], &["Lease"]),
    ("coordination.k8s.io", "v1beta1", &[], &["Lease"]),
    ("discovery.k8s.io", "v1", &[], &["EndpointSlice"]),
    ("discovery.k8s.io", "v1beta1", &[], &["EndpointSlice"]),
    ("events.k8s.io", "v1", &[], &["Event"]),
    ("events.k8s.io", "v1beta1", &[], &["Event"]),
    ("extensions", "v1beta1", &[], &["Ingress"]),
    ("flowcontrol.apiserver.k8s.io", "v1beta1", &["FlowSchema", "PriorityLevelConfiguration"], &[]),
    ("networking.k8s.io", "v1", &["IngressClass"], &["Ingress", "NetworkPolicy"]),
    ("networking.k8s.io", "v1beta1", &["IngressClass"], &["Ingress"]),
    ("node.k8s.io", "v1", &["RuntimeClass"], &[]),
    ("node.k8s.io", "v1beta1", &["RuntimeClass"], &[]),
    ("policy", "v1", &[], &["PodDisruptionBudget"]),
    ("policy", "v1beta1", &["PodSecurityPolicy"], &["PodDisruptionBudget"]),
    ("rbac.authorization.k8s.io", "v1", &["ClusterRole", "ClusterRoleBinding"], &["Role", "RoleBinding"]),
    (
        "rbac.authorization.k8s.io",
        "v1beta1",
        &["ClusterRole", "ClusterRoleBinding"],
        &["Role", "RoleBinding"],
    ),
    ("scheduling.k8s.io", "v1", &["PriorityClass"], &[]),
    ("scheduling.k8s.io", "v1beta1", &["PriorityClass"], &[]),
    ("storage.k8s.io", "v1", &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"], &[]),
    (
        "storage.k8s.io",
        "v1beta1",
        &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
        &["CSIStorageCapacity"],
    ),
];

/// Whether objects of a kind that Kustomize does not know are cluster-scoped: those of versions that came later, of
/// kinds that did, and custom resources of widely used operators.
pub fn is_cluster_scoped_custom_kind(group: &str, kind: &str) -> bool {
    // No kind of Kubernetes has changed its scope from one version to another.
    BUILTIN.iter().any(|row| row.0 == group && row.2.contains(&kind)) || cluster_kinds::contains(group, kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_fact_is_lost_doubled_or_out_of_order() {
        assert!(BUILTIN.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1)));
        assert_eq!(BUILTIN.iter().map(|row| row.2.len()).sum::<usize>(), 36);
        assert_eq!(BUILTIN.iter().map(|row| row.3.len()).sum::<usize>(), 46);
        for (_, _, cluster, namespaced) in BUILTIN {
            assert!(
                cluster.is_sorted_by(|a, b| a < b) && namespaced.is_sorted_by(|a, b| a < b),
                "{cluster:?}"
            );
            assert!(!cluster.iter().any(|kind| namespaced.contains(kind)), "{cluster:?}");
        }
    }

    #[test]
    fn kinds_of_kubernetes() {
        for (group, version, kind, expected) in [
            ("", "v1", "Namespace", Scope::Cluster),
            ("", "v1", "Pod", Scope::Namespaced),
            ("apps", "v1", "Deployment", Scope::Namespaced),
            ("apps", "v1beta1", "Deployment", Scope::Unknown),
            ("apiextensions.k8s.io", "v1", "CustomResourceDefinition", Scope::Cluster),
            ("rbac.authorization.k8s.io", "v1", "ClusterRole", Scope::Cluster),
            ("rbac.authorization.k8s.io", "v1", "Role", Scope::Namespaced),
            ("authentication.k8s.io", "v1", "TokenReview", Scope::Unknown),
            ("example.org", "v1", "Namespace", Scope::Unknown),
        ] {
            assert_eq!(scope(group, version, kind), expected, "{group}/{version} {kind}");
        }
    }
}
