//! Fields that hold the name of another object, by what they name.
//!
//! Source: `namereference.go` of Kustomize 5.5.0, its slips included. `spec/tls/secretName` stands there twice, so a
//! name that becomes what another Secret was called is changed twice. The group of IngressClass has a version in it,
//! so that no object is of that kind and the names of ingress classes stay as they are. Must not know how a reference
//! is resolved.

use std::borrow::Cow;

use crate::render::kustomize::facts::{FieldSpecs, NameReference};

use super::specs;

/// A table of references: what is named, as group, version and kind, and the fields that name it, as in [`specs!`].
macro_rules! references {
    ($($group:tt $version:tt $kind:tt { $($referrers:tt)+ })+) => {
        &[$(NameReference {
            group: Cow::Borrowed(specs!(@part $group)),
            version: Cow::Borrowed(specs!(@part $version)),
            kind: Cow::Borrowed(specs!(@part $kind)),
            referrers: FieldSpecs(Cow::Borrowed(specs! { $($referrers)+ })),
        }),+]
    };
}

/// All references that Kustomize keeps up to date when names change.
pub(in crate::render) static NAME_REFERENCES: &[NameReference] = references! {
    "storage.k8s.io" v1 StorageClass {
        * * PersistentVolume: "spec/storageClassName";
        * * PersistentVolumeClaim: "spec/storageClassName";
        * * StatefulSet: "spec/volumeClaimTemplates/spec/storageClassName";
    }
    * v1 ServiceAccount {
        "rbac.authorization.k8s.io" * RoleBinding: "subjects";
        "rbac.authorization.k8s.io" * ClusterRoleBinding: "subjects";
        * * Pod: "spec/serviceAccountName";
        * * StatefulSet: "spec/template/spec/serviceAccountName";
        * * Deployment: "spec/template/spec/serviceAccountName";
        * * ReplicationController: "spec/template/spec/serviceAccountName";
        * * CronJob: "spec/jobTemplate/spec/template/spec/serviceAccountName";
        * * Job: "spec/template/spec/serviceAccountName";
        * * DaemonSet: "spec/template/spec/serviceAccountName";
    }
    "rbac.authorization.k8s.io" * Role {
        "rbac.authorization.k8s.io" * RoleBinding: "roleRef/name";
    }
    "rbac.authorization.k8s.io" * ClusterRole {
        "rbac.authorization.k8s.io" * RoleBinding: "roleRef/name";
        "rbac.authorization.k8s.io" * ClusterRoleBinding: "roleRef/name";
    }
    * v1 ConfigMap {
        * v1 Pod:
            "spec/volumes/configMap/name",
            "spec/containers/env/valueFrom/configMapKeyRef/name",
            "spec/initContainers/env/valueFrom/configMapKeyRef/name",
            "spec/containers/envFrom/configMapRef/name",
            "spec/initContainers/envFrom/configMapRef/name",
            "spec/volumes/projected/sources/configMap/name";
        * * PodTemplate:
            "template/spec/volumes/configMap/name",
            "template/spec/containers/env/valueFrom/configMapKeyRef/name",
            "template/spec/initContainers/env/valueFrom/configMapKeyRef/name",
            "template/spec/containers/envFrom/configMapRef/name",
            "template/spec/initContainers/envFrom/configMapRef/name",
            "template/spec/volumes/projected/sources/configMap/name";
        * * Deployment:
            "spec/template/spec/volumes/configMap/name",
            "spec/template/spec/containers/env/valueFrom/configMapKeyRef/name",
            "spec/template/spec/initContainers/env/valueFrom/configMapKeyRef/name",
            "spec/template/spec/containers/envFrom/configMapRef/name",
            "spec/template/spec/initContainers/envFrom/configMapRef/name",
            "spec/template/spec/volumes/projected/sources/configMap/name";
        * * ReplicaSet:
            "spec/template/spec/volumes/configMap/name",
            "spec/template/spec/containers/env/valueFrom/configMapKeyRef/name",
            "spec/template/spec/initContainers/env/valueFrom/configMapKeyRef/name",
            "spec/template/spec/containers/envFrom/configMapRef/name",
            "spec/template/spec/initContainers/envFrom/configMapRef/name",
            "spec/template/spec/volumes/projected/sources/configMap/name";
        * * DaemonSet:
            "spec/template/spec/volumes/configMap/name",
            "spec/template/spec/containers/env/valueFrom/configMapKeyRef/name",
            "spec/template/spec/initContainers/env/valueFrom/configMapKeyRef/name",
            "spec/template/spec/containers/envFrom/configMapRef/name",
            "spec/template/spec/initContainers/envFrom/configMapRef/name",
            "spec/template/spec/volumes/projected/sources/configMap/name";
        * * StatefulSet:
            "spec/template/spec/volumes/configMap/name",
            "spec/template/spec/containers/env/valueFrom/configMapKeyRef/name",
            "spec/template/spec/initContainers/env/valueFrom/configMapKeyRef/name",
            "spec/template/spec/containers/envFrom/configMapRef/name",
            "spec/template/spec/initContainers/envFrom/configMapRef/name",
            "spec/template/spec/volumes/projected/sources/configMap/name";
        * * Job:
            "spec/template/spec/volumes/configMap/name",
            "spec/template/spec/containers/env/valueFrom/configMapKeyRef/name",
            "spec/template/spec/initContainers/env/valueFrom/configMapKeyRef/name",
            "spec/template/spec/containers/envFrom/configMapRef/name",
            "spec/template/spec/initContainers/envFrom/configMapRef/name",
            "spec/template/spec/volumes/projected/sources/configMap/name";
        * * CronJob:
            "spec/jobTemplate/spec/template/spec/volumes/configMap/name",
            "spec/jobTemplate/spec/template/spec/volumes/projected/sources/configMap/name",
            "spec/jobTemplate/spec/template/spec/containers/env/valueFrom/configMapKeyRef/name",
            "spec/jobTemplate/spec/template/spec/initContainers/env/valueFrom/configMapKeyRef/name",
            "spec/jobTemplate/spec/template/spec/containers/envFrom/configMapRef/name",
            "spec/jobTemplate/spec/template/spec/initContainers/envFrom/configMapRef/name";
        * * Node: "spec/configSource/configMap";
        * * Role: "rules/resourceNames";
        * * ClusterRole: "rules/resourceNames";
        * * Ingress: r"metadata/annotations/nginx.ingress.kubernetes.io\/fastcgi-params-configmap";
    }
    * v1 Secret {
        * v1 Pod:
            "spec/volumes/secret/secretName",
            "spec/containers/env/valueFrom/secretKeyRef/name",
            "spec/initContainers/env/valueFrom/secretKeyRef/name",
            "spec/containers/envFrom/secretRef/name",
            "spec/initContainers/envFrom/secretRef/name",
            "spec/imagePullSecrets/name",
            "spec/volumes/projected/sources/secret/name";
        * * PodTemplate:
            "template/spec/volumes/secret/secretName",
            "template/spec/containers/env/valueFrom/secretKeyRef/name",
            "template/spec/initContainers/env/valueFrom/secretKeyRef/name",
            "template/spec/containers/envFrom/secretRef/name",
            "template/spec/initContainers/envFrom/secretRef/name",
            "template/spec/imagePullSecrets/name",
            "template/spec/volumes/projected/sources/secret/name";
        * * Deployment:
            "spec/template/spec/volumes/secret/secretName",
            "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
            "spec/template/spec/initContainers/env/valueFrom/secretKeyRef/name",
            "spec/template/spec/containers/envFrom/secretRef/name",
            "spec/template/spec/initContainers/envFrom/secretRef/name",
            "spec/template/spec/imagePullSecrets/name",
            "spec/template/spec/volumes/projected/sources/secret/name";
        * * ReplicaSet:
            "spec/template/spec/volumes/secret/secretName",
            "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
            "spec/template/spec/initContainers/env/valueFrom/secretKeyRef/name",
            "spec/template/spec/containers/envFrom/secretRef/name",
            "spec/template/spec/initContainers/envFrom/secretRef/name",
            "spec/template/spec/imagePullSecrets/name",
            "spec/template/spec/volumes/projected/sources/secret/name";
        * * DaemonSet:
            "spec/template/spec/volumes/secret/secretName",
            "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
            "spec/template/spec/initContainers/env/valueFrom/secretKeyRef/name",
            "spec/template/spec/containers/envFrom/secretRef/name",
            "spec/template/spec/initContainers/envFrom/secretRef/name",
            "spec/template/spec/imagePullSecrets/name",
            "spec/template/spec/volumes/projected/sources/secret/name";
        * * StatefulSet:
            "spec/template/spec/volumes/secret/secretName",
            "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
            "spec/template/spec/initContainers/env/valueFrom/secretKeyRef/name",
            "spec/template/spec/containers/envFrom/secretRef/name",
            "spec/template/spec/initContainers/envFrom/secretRef/name",
            "spec/template/spec/imagePullSecrets/name",
            "spec/template/spec/volumes/projected/sources/secret/name";
        * * Job:
            "spec/template/spec/volumes/secret/secretName",
            "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
            "spec/template/spec/initContainers/env/valueFrom/secretKeyRef/name",
            "spec/template/spec/containers/envFrom/secretRef/name",
            "spec/template/spec/initContainers/envFrom/secretRef/name",
            "spec/template/spec/imagePullSecrets/name",
            "spec/template/spec/volumes/projected/sources/secret/name";
        * * CronJob:
            "spec/jobTemplate/spec/template/spec/volumes/secret/secretName",
            "spec/jobTemplate/spec/template/spec/volumes/projected/sources/secret/name",
            "spec/jobTemplate/spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
            "spec/jobTemplate/spec/template/spec/initContainers/env/valueFrom/secretKeyRef/name",
            "spec/jobTemplate/spec/template/spec/containers/envFrom/secretRef/name",
            "spec/jobTemplate/spec/template/spec/initContainers/envFrom/secretRef/name",
            "spec/jobTemplate/spec/template/spec/imagePullSecrets/name";
        * * Ingress:
            "spec/tls/secretName",
            r"metadata/annotations/ingress.kubernetes.io\/auth-secret",
            r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-secret",
            r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-tls-secret",
            "spec/tls/secretName";
        * * ServiceAccount: "imagePullSecrets/name";
        * * StorageClass:
            "parameters/secretName",
            "parameters/adminSecretName",
            "parameters/userSecretName",
            "parameters/secretRef";
        * * Role: "rules/resourceNames";
        * * ClusterRole: "rules/resourceNames";
        "serving.knative.dev" v1 Service: "spec/template/spec/containers/env/valueFrom/secretKeyRef/name";
        * * PersistentVolume: "spec/azureFile/secretName";
    }
    * v1 Service {
        apps * StatefulSet: "spec/serviceName";
        * * Ingress:
            "spec/rules/http/paths/backend/serviceName",
            "spec/backend/serviceName",
            "spec/rules/http/paths/backend/service/name",
            "spec/defaultBackend/service/name";
        "apiregistration.k8s.io" * APIService: "spec/service/name";
        "admissionregistration.k8s.io" * ValidatingWebhookConfiguration: "webhooks/clientConfig/service";
        "admissionregistration.k8s.io" * MutatingWebhookConfiguration: "webhooks/clientConfig/service";
    }
    "scheduling.k8s.io" v1 PriorityClass {
        * * Pod: "spec/priorityClassName";
        * * StatefulSet: "spec/template/spec/priorityClassName";
        * * Deployment: "spec/template/spec/priorityClassName";
        * * ReplicationController: "spec/template/spec/priorityClassName";
        * * CronJob: "spec/jobTemplate/spec/template/spec/priorityClassName";
        * * Job: "spec/template/spec/priorityClassName";
        * * DaemonSet: "spec/template/spec/priorityClassName";
    }
    * v1 PersistentVolume {
        * * PersistentVolumeClaim: "spec/volumeName";
        * * ClusterRole: "rules/resourceNames";
    }
    * v1 PersistentVolumeClaim {
        * * Pod: "spec/volumes/persistentVolumeClaim/claimName";
        * * StatefulSet: "spec/template/spec/volumes/persistentVolumeClaim/claimName";
        * * Deployment: "spec/template/spec/volumes/persistentVolumeClaim/claimName";
        * * ReplicationController: "spec/template/spec/volumes/persistentVolumeClaim/claimName";
        * * CronJob: "spec/jobTemplate/spec/template/spec/volumes/persistentVolumeClaim/claimName";
        * * Job: "spec/template/spec/volumes/persistentVolumeClaim/claimName";
        * * DaemonSet: "spec/template/spec/volumes/persistentVolumeClaim/claimName";
    }
    * * Deployment {
        * * HorizontalPodAutoscaler: "spec/scaleTargetRef/name";
    }
    * * StatefulSet {
        * * HorizontalPodAutoscaler: "spec/scaleTargetRef/name";
    }
    "admissionregistration.k8s.io" * ValidatingAdmissionPolicy {
        "admissionregistration.k8s.io" * ValidatingAdmissionPolicyBinding: "spec/policyName";
    }
    "networking.k8s.io/v1" v1 IngressClass {
        * * Ingress: "spec/ingressClassName";
    }
    * * ReplicaSet {
        * * HorizontalPodAutoscaler: "spec/scaleTargetRef/name";
    }
    * * ReplicationController {
        * * HorizontalPodAutoscaler: "spec/scaleTargetRef/name";
    }
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_fact_is_lost_doubled_or_out_of_order() {
        assert_eq!(NAME_REFERENCES.len(), 16);
        assert_eq!(NAME_REFERENCES.iter().map(|it| it.referrers.len()).sum::<usize>(), 167);
        let mut doubled = Vec::new();
        for (at, reference) in NAME_REFERENCES.iter().enumerate() {
            assert!(
                at == 0 || NAME_REFERENCES[at - 1].compare(reference).is_lt(),
                "{reference:?} comes too late"
            );
            for (at, spec) in reference.referrers.iter().enumerate() {
                assert!(!spec.create, "{spec:?}: a reference that is absent is not made");
                if reference.referrers[..at].contains(spec) {
                    doubled.push((&*reference.kind, &*spec.kind, &*spec.path));
                }
            }
        }
        assert_eq!(doubled, [("Secret", "Ingress", "spec/tls/secretName")]);
    }

    #[test]
    fn the_names_in_an_object() {
        for (object, expected) in [
            (["autoscaling", "v2", "HorizontalPodAutoscaler"], 4),
            (["", "v1", "Pod"], 16),
            (["networking.k8s.io", "v1", "Ingress"], 11),
            (["serving.knative.dev", "v1", "Service"], 1),
            (["", "v1", "Service"], 0),
            (["rbac.authorization.k8s.io", "v1", "RoleBinding"], 3),
        ] {
            let [group, version, kind] = object;
            let specs = NAME_REFERENCES.iter().flat_map(|it| it.referrers.iter());
            let found = specs.filter(|spec| spec.selects(group, version, kind)).count();
            assert_eq!(found, expected, "{object:?}");
        }
    }
}
