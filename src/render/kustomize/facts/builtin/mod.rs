//! Kustomize's own specs: the default of every transformer's list of fields.
//!
//! Source: `api/internal/konfig/builtinpluginconsts` of Kustomize 5.5.0, every fact in the order in which Kustomize
//! keeps it after reading: by kind, as [`super::order`] has them. Must not know what is done with the fields.

mod labels;
mod name_reference;
mod var_reference;

pub(in crate::render) use labels::{COMMON_LABELS, METADATA_LABELS, TEMPLATE_LABELS};
pub(in crate::render) use name_reference::NAME_REFERENCES;
pub(in crate::render) use var_reference::VAR_REFERENCE;

use super::FieldSpec;

/// A table of specs. A line is group, version and kind, `*` for any, then the paths of fields in such objects;
/// `create` fields are made where they are absent.
macro_rules! specs {
    (@part *) => { "" };
    (@part $name:ident) => { stringify!($name) };
    (@part $name:literal) => { $name };
    (@create) => { false };
    (@create create) => { true };
    ($($group:tt $version:tt $kind:tt: $($($create:ident)? $path:literal),+;)+) => {
        &[$($($crate::render::kustomize::facts::FieldSpec::constant(
            [specs!(@part $group), specs!(@part $version), specs!(@part $kind)],
            $path,
            specs!(@create $($create)?),
        ),)+)+]
    };
}
use specs;

/// Fields that `namePrefix` writes.
pub(in crate::render) static NAME_PREFIX: &[FieldSpec] = specs! {
    * * *: "metadata/name";
};

/// Fields that `nameSuffix` writes.
pub(in crate::render) static NAME_SUFFIX: &[FieldSpec] = specs! {
    * * *: "metadata/name";
};

/// Fields that `namespace` writes besides `metadata.namespace` and the subjects of role bindings.
pub(in crate::render) static NAMESPACE: &[FieldSpec] = specs! {
    * * Namespace: create "metadata/name";
    "apiextensions.k8s.io" * CustomResourceDefinition:
        "spec/conversion/webhook/clientConfig/service/namespace";
    "apiregistration.k8s.io" * APIService: create "spec/service/namespace";
};

/// Fields that `commonAnnotations` writes.
pub(in crate::render) static COMMON_ANNOTATIONS: &[FieldSpec] = specs! {
    * * Deployment: create "spec/template/metadata/annotations";
    * * StatefulSet: create "spec/template/metadata/annotations";
    batch * CronJob:
        create "spec/jobTemplate/metadata/annotations",
        create "spec/jobTemplate/spec/template/metadata/annotations";
    batch * Job: create "spec/template/metadata/annotations";
    * v1 ReplicationController: create "spec/template/metadata/annotations";
    * * DaemonSet: create "spec/template/metadata/annotations";
    * * ReplicaSet: create "spec/template/metadata/annotations";
    * * *: create "metadata/annotations";
};

/// Fields that `images` writes besides containers found anywhere.
pub(in crate::render) static IMAGES: &[FieldSpec] = specs! {
    * * *:
        create "spec/containers[]/image",
        create "spec/initContainers[]/image",
        create "spec/template/spec/containers[]/image",
        create "spec/template/spec/initContainers[]/image";
};

/// Fields that `replicas` writes.
pub(in crate::render) static REPLICAS: &[FieldSpec] = specs! {
    * * Deployment: create "spec/replicas";
    * * StatefulSet: create "spec/replicas";
    * * ReplicaSet: create "spec/replicas";
    * * ReplicationController: create "spec/replicas";
};

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;

    fn tables() -> [(&'static str, usize, &'static [FieldSpec]); 9] {
        [
            ("namePrefix", 1, NAME_PREFIX),
            ("nameSuffix", 1, NAME_SUFFIX),
            ("namespace", 3, NAMESPACE),
            ("commonLabels", 32, COMMON_LABELS),
            ("templateLabels", 10, TEMPLATE_LABELS),
            ("commonAnnotations", 9, COMMON_ANNOTATIONS),
            ("images", 4, IMAGES),
            ("replicas", 4, REPLICAS),
            ("varReference", 72, VAR_REFERENCE),
        ]
    }

    #[test]
    fn no_fact_is_lost_doubled_or_out_of_order() {
        for (name, count, table) in tables() {
            assert_eq!(table.len(), count, "{name}");
            for (at, spec) in table.iter().enumerate() {
                assert!(
                    !table[..at].iter().any(|other| other.covers(spec)),
                    "{name}: {spec:?} is there already"
                );
                let in_order = at == 0 || table[at - 1].compare(spec) != Ordering::Greater;
                assert!(in_order, "{name}: {spec:?} comes too late");
            }
        }
    }

    #[test]
    fn the_fields_of_a_deployment() {
        for (name, table, expected) in [
            ("namePrefix", NAME_PREFIX, &["metadata/name"][..]),
            ("namespace", NAMESPACE, &[]),
            ("templateLabels", TEMPLATE_LABELS, &["spec/template/metadata/labels", "metadata/labels"]),
            ("replicas", REPLICAS, &["spec/replicas"]),
        ] {
            let specs = table.iter().filter(|spec| spec.selects("apps", "v1", "Deployment"));
            assert_eq!(specs.map(|spec| &*spec.path).collect::<Vec<_>>(), expected, "{name}");
        }
    }
}
