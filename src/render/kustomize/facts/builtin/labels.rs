//! Fields that labels are written to.
//!
//! Source: `commonlabels.go`, `metadatalabels.go` and `templatelabels.go` of Kustomize 5.5.0. Must not know which
//! labels.

use crate::render::kustomize::facts::FieldSpec;

use super::specs;

/// The field that an entry of `labels` without flags writes.
pub(in crate::render) static METADATA_LABELS: FieldSpec =
    FieldSpec::constant(["", "", ""], "metadata/labels", true);

/// Fields that an entry of `labels` with `includeTemplates` writes.
pub(in crate::render) static TEMPLATE_LABELS: &[FieldSpec] = specs! {
    * * Deployment: create "spec/template/metadata/labels";
    apps * StatefulSet:
        create "spec/template/metadata/labels",
        create "spec/volumeClaimTemplates[]/metadata/labels";
    batch * CronJob:
        create "spec/jobTemplate/metadata/labels",
        create "spec/jobTemplate/spec/template/metadata/labels";
    batch * Job: create "spec/template/metadata/labels";
    * v1 ReplicationController: create "spec/template/metadata/labels";
    * * DaemonSet: create "spec/template/metadata/labels";
    * * ReplicaSet: create "spec/template/metadata/labels";
    * * *: create "metadata/labels";
};

/// Fields that `commonLabels`, and an entry of `labels` with `includeSelectors`, write: [`TEMPLATE_LABELS`] and the
/// selectors. Selectors that an object may do without are not made.
pub(in crate::render) static COMMON_LABELS: &[FieldSpec] = specs! {
    * v1 Service: create "spec/selector";
    apps * Deployment:
        "spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
        "spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
        "spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
        "spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
        "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels";
    * * Deployment:
        create "spec/selector/matchLabels",
        create "spec/template/metadata/labels";
    apps * StatefulSet:
        create "spec/selector/matchLabels",
        "spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
        "spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
        "spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels",
        "spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels",
        "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels",
        create "spec/template/metadata/labels",
        create "spec/volumeClaimTemplates[]/metadata/labels";
    batch * CronJob:
        "spec/jobTemplate/spec/selector/matchLabels",
        create "spec/jobTemplate/metadata/labels",
        create "spec/jobTemplate/spec/template/metadata/labels";
    policy * PodDisruptionBudget: "spec/selector/matchLabels";
    batch * Job:
        "spec/selector/matchLabels",
        create "spec/template/metadata/labels";
    "networking.k8s.io" * NetworkPolicy:
        "spec/podSelector/matchLabels",
        "spec/ingress/from/podSelector/matchLabels",
        "spec/egress/to/podSelector/matchLabels";
    * v1 ReplicationController:
        create "spec/selector",
        create "spec/template/metadata/labels";
    * * DaemonSet:
        create "spec/selector/matchLabels",
        create "spec/template/metadata/labels";
    * * ReplicaSet:
        create "spec/selector/matchLabels",
        create "spec/template/metadata/labels";
    * * *: create "metadata/labels";
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_outside_selectors_is_a_common_label() {
        for spec in TEMPLATE_LABELS.iter().chain([&METADATA_LABELS]) {
            assert!(COMMON_LABELS.contains(spec), "{spec:?}");
        }
    }
}
