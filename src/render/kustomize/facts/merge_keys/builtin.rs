//! The lists of Kubernetes that are merged.
//!
//! Source: the OpenAPI document of Kubernetes 1.21.2, the only one that Kustomize 5.5.0 has, and the few types that
//! Kustomize describes itself. `scripts/conformance/merge_keys.py` reads the table below and compares it with the
//! definitions that the PyPI package `kubernetes-validate` 1.21.0 ships. Must not know how anything is merged.
//!
//! Only what leads to a merged list is here. Three more fields have a strategy there, but are no lists, and Kustomize
//! asks for the strategy of lists alone: `DeploymentSpec.strategy`, `LabelSelectorRequirement.key` and
//! `PodDisruptionBudgetSpec.selector`.

use std::borrow::Cow;

use super::{Field, MergeSchema, Root, Shape, Type};

/// Types as `Name { field: Type, list: [ItemType] by key key }`, a set of scalars without `by`, names in order; then
/// the type of each kind of object.
macro_rules! schema {
    (@shape [$items:ident] $($key:ident)*) => {
        Shape::Merged {
            keys: Cow::Borrowed(&[$(Cow::Borrowed(stringify!($key))),*]),
            items: Some(Name::$items as u32),
        }
    };
    (@shape $type:ident) => { Shape::Value(Name::$type as u32) };
    (
        types { $($type:ident { $($field:ident: $shape:tt $(by $($key:ident)+)?),* $(,)? })+ }
        roots { $($api_version:literal { $($kind:ident: $root:ident),+ $(,)? })+ }
    ) => {
        /// The index of each type.
        enum Name { $($type),+ }

        static TYPES: &[Type] = &[$(Type {
            fields: Cow::Borrowed(&[$(Field {
                name: Cow::Borrowed(stringify!($field)),
                shape: schema!(@shape $shape $($($key)+)?),
            }),*]),
            others: None,
        }),+];

        static ROOTS: &[Root] = &[$($(Root {
            api_version: Cow::Borrowed($api_version),
            kind: Cow::Borrowed(stringify!($kind)),
            index: Name::$root as u32,
        }),+),+];
    };
}

pub(super) static SCHEMA: MergeSchema =
    MergeSchema { types: Cow::Borrowed(TYPES), roots: Cow::Borrowed(ROOTS) };

// `Plain` is a value without lists that are merged, `Object` one whose metadata alone has some. A kind that is not
// among the roots has an unknown type. ControllerRevision has `data` because it can hold any object, whose own type
// does not count there.
schema! {
    types {
        Plain {}
        APIService { metadata: ObjectMeta, status: APIServiceStatus }
        APIServiceStatus { conditions: [Plain] by type }
        CSINode { metadata: ObjectMeta, spec: CSINodeSpec }
        CSINodeSpec { drivers: [Plain] by name }
        ComponentStatus { conditions: [Plain] by type, metadata: ObjectMeta }
        Container {
            env: [Plain] by name,
            ports: [Plain] by containerPort protocol,
            volumeDevices: [Plain] by devicePath,
            volumeMounts: [Plain] by mountPath,
        }
        ControllerRevision { data: Plain, metadata: ObjectMeta }
        CronJob { metadata: ObjectMeta, spec: CronJobSpec }
        CronJobSpec { jobTemplate: JobTemplateSpec }
        DaemonSet { metadata: ObjectMeta, spec: DaemonSetSpec, status: DaemonSetStatus }
        DaemonSetSpec { template: PodTemplateSpec }
        DaemonSetStatus { conditions: [Plain] by type }
        Deployment { metadata: ObjectMeta, spec: DeploymentSpec, status: DeploymentStatus }
        DeploymentSpec { template: PodTemplateSpec }
        DeploymentStatus { conditions: [Plain] by type }
        EphemeralContainer {
            env: [Plain] by name,
            volumeDevices: [Plain] by devicePath,
            volumeMounts: [Plain] by mountPath,
        }
        EphemeralVolumeSource { volumeClaimTemplate: Object }
        Job { metadata: ObjectMeta, spec: JobSpec, status: JobStatus }
        JobSpec { template: PodTemplateSpec }
        JobStatus { conditions: [Plain] by type }
        JobTemplateSpec { metadata: ObjectMeta, spec: JobSpec }
        Kustomization { configMapGenerator: [Plain] by name, secretGenerator: [Plain] by name }
        MutatingWebhookConfiguration { metadata: ObjectMeta, webhooks: [Plain] by name }
        Namespace { metadata: ObjectMeta, status: NamespaceStatus }
        NamespaceStatus { conditions: [Plain] by type }
        Node { metadata: ObjectMeta, spec: NodeSpec, status: NodeStatus }
        NodeSpec { podCIDRs: [Plain] }
        NodeStatus { addresses: [Plain] by type, conditions: [Plain] by type }
        Object { metadata: ObjectMeta }
        ObjectMeta { finalizers: [Plain], ownerReferences: [Plain] by uid }
        PersistentVolumeClaim { metadata: ObjectMeta, status: PersistentVolumeClaimStatus }
        PersistentVolumeClaimStatus { conditions: [Plain] by type }
        Pod { metadata: ObjectMeta, spec: PodSpec, status: PodStatus }
        PodDisruptionBudget { metadata: ObjectMeta, status: PodDisruptionBudgetStatus }
        PodDisruptionBudgetStatus { conditions: [Plain] by type }
        PodSpec {
            containers: [Container] by name,
            ephemeralContainers: [EphemeralContainer] by name,
            hostAliases: [Plain] by ip,
            imagePullSecrets: [Plain] by name,
            initContainers: [Container] by name,
            topologySpreadConstraints: [Plain] by topologyKey whenUnsatisfiable,
            volumes: [Volume] by name,
        }
        PodStatus { conditions: [Plain] by type, podIPs: [Plain] by ip }
        PodTemplate { metadata: ObjectMeta, template: PodTemplateSpec }
        PodTemplateSpec { metadata: ObjectMeta, spec: PodSpec }
        ReplicaSet { metadata: ObjectMeta, spec: ReplicaSetSpec, status: ReplicaSetStatus }
        ReplicaSetSpec { template: PodTemplateSpec }
        ReplicaSetStatus { conditions: [Plain] by type }
        ReplicationController {
            metadata: ObjectMeta,
            spec: ReplicationControllerSpec,
            status: ReplicationControllerStatus,
        }
        ReplicationControllerSpec { template: PodTemplateSpec }
        ReplicationControllerStatus { conditions: [Plain] by type }
        Service { metadata: ObjectMeta, spec: ServiceSpec, status: ServiceStatus }
        ServiceAccount { metadata: ObjectMeta, secrets: [Plain] by name }
        ServiceSpec { ports: [Plain] by port protocol }
        ServiceStatus { conditions: [Plain] by type }
        StatefulSet { metadata: ObjectMeta, spec: StatefulSetSpec, status: StatefulSetStatus }
        StatefulSetSpec { template: PodTemplateSpec }
        StatefulSetStatus { conditions: [Plain] by type }
        ValidatingWebhookConfiguration { metadata: ObjectMeta, webhooks: [Plain] by name }
        Volume { ephemeral: EphemeralVolumeSource }
    }
    roots {
        "admissionregistration.k8s.io/v1" {
            MutatingWebhookConfiguration: MutatingWebhookConfiguration,
            ValidatingWebhookConfiguration: ValidatingWebhookConfiguration,
        }
        "admissionregistration.k8s.io/v1beta1" {
            MutatingWebhookConfiguration: MutatingWebhookConfiguration,
            ValidatingWebhookConfiguration: ValidatingWebhookConfiguration,
        }
        "apiextensions.k8s.io/v1" { CustomResourceDefinition: Object }
        "apiextensions.k8s.io/v1beta1" { CustomResourceDefinition: Object }
        "apiregistration.k8s.io/v1" { APIService: APIService }
        "apiregistration.k8s.io/v1beta1" { APIService: APIService }
        "apps/v1" {
            ControllerRevision: ControllerRevision,
            DaemonSet: DaemonSet,
            Deployment: Deployment,
            ReplicaSet: ReplicaSet,
            StatefulSet: StatefulSet,
        }
        "authentication.k8s.io/v1" { TokenRequest: Object, TokenReview: Object }
        "authentication.k8s.io/v1beta1" { TokenReview: Object }
        "authorization.k8s.io/v1" {
            LocalSubjectAccessReview: Object,
            SelfSubjectAccessReview: Object,
            SelfSubjectRulesReview: Object,
            SubjectAccessReview: Object,
        }
        "authorization.k8s.io/v1beta1" {
            LocalSubjectAccessReview: Object,
            SelfSubjectAccessReview: Object,
            SelfSubjectRulesReview: Object,
            SubjectAccessReview: Object,
        }
        "autoscaling/v1" { HorizontalPodAutoscaler: Object, Scale: Object }
        "autoscaling/v2beta1" { HorizontalPodAutoscaler: Object }
        "autoscaling/v2beta2" { HorizontalPodAutoscaler: Object }
        "batch/v1" { CronJob: CronJob, Job: Job }
        "batch/v1beta1" { CronJob: CronJob }
        "certificates.k8s.io/v1" { CertificateSigningRequest: Object }
        "certificates.k8s.io/v1beta1" { CertificateSigningRequest: Object }
        "coordination.k8s.io/v1" { Lease: Object }
        "coordination.k8s.io/v1beta1" { Lease: Object }
        "discovery.k8s.io/v1" { EndpointSlice: Object }
        "discovery.k8s.io/v1beta1" { EndpointSlice: Object }
        "events.k8s.io/v1" { Event: Object }
        "events.k8s.io/v1beta1" { Event: Object }
        "extensions/v1beta1" { Ingress: Object }
        "flowcontrol.apiserver.k8s.io/v1beta1" { FlowSchema: Object, PriorityLevelConfiguration: Object }
        "kustomize.config.k8s.io/v1beta1" { Kustomization: Kustomization }
        "networking.k8s.io/v1" { Ingress: Object, IngressClass: Object, NetworkPolicy: Object }
        "networking.k8s.io/v1beta1" { Ingress: Object, IngressClass: Object }
        "node.k8s.io/v1" { RuntimeClass: Object }
        "node.k8s.io/v1beta1" { RuntimeClass: Object }
        "policy/v1" { PodDisruptionBudget: PodDisruptionBudget }
        "policy/v1beta1" {
            Eviction: Object,
            PodDisruptionBudget: PodDisruptionBudget,
            PodSecurityPolicy: Object,
        }
        "rbac.authorization.k8s.io/v1" {
            ClusterRole: Object,
            ClusterRoleBinding: Object,
            Role: Object,
            RoleBinding: Object,
        }
        "rbac.authorization.k8s.io/v1beta1" {
            ClusterRole: Object,
            ClusterRoleBinding: Object,
            Role: Object,
            RoleBinding: Object,
        }
        "scheduling.k8s.io/v1" { PriorityClass: Object }
        "scheduling.k8s.io/v1beta1" { PriorityClass: Object }
        "storage.k8s.io/v1" {
            CSIDriver: Object,
            CSINode: CSINode,
            StorageClass: Object,
            VolumeAttachment: Object,
        }
        "storage.k8s.io/v1beta1" {
            CSIDriver: Object,
            CSINode: CSINode,
            CSIStorageCapacity: Object,
            StorageClass: Object,
            VolumeAttachment: Object,
        }
        "v1" {
            APIGroup: Plain,
            APIVersions: Plain,
            Binding: Object,
            ComponentStatus: ComponentStatus,
            ConfigMap: Object,
            Endpoints: Object,
            Event: Object,
            LimitRange: Object,
            Namespace: Namespace,
            Node: Node,
            PersistentVolume: Object,
            PersistentVolumeClaim: PersistentVolumeClaim,
            Pod: Pod,
            PodTemplate: PodTemplate,
            ReplicationController: ReplicationController,
            ResourceQuota: Object,
            Secret: Object,
            Service: Service,
            ServiceAccount: ServiceAccount,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_fact_is_lost_doubled_or_out_of_order() {
        let lists =
            |of: &Type| of.fields.iter().filter(|it| matches!(it.shape, Shape::Merged { .. })).count();
        // 38 of Kubernetes, 2 of Kustomize.
        assert_eq!(TYPES.iter().map(lists).sum::<usize>(), 40);
        assert_eq!(ROOTS.len(), 92);
        for of in TYPES {
            assert!(of.fields.is_sorted_by(|a, b| a.name < b.name), "{of:?}");
        }
        assert!(ROOTS.is_sorted_by(|a, b| (&a.api_version, &a.kind) < (&b.api_version, &b.kind)));
    }
}
