//! Which lists a strategic merge merges, and by which keys: what a walk along the fields of an object has to know.
//!
//! Owns the types of objects as far as merging depends on them. Must not know how anything is merged. Kustomize
//! replaces every list of which this does not say otherwise; it never infers keys.

mod builtin;
mod openapi;

use std::borrow::Cow;

/// Types by the objects they are the type of. Kustomize's own are [`MergeSchema::builtin`]; a kustomization with
/// `openapi: {path: …}` brings others *in their place*, [`MergeSchema::from_openapi`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::render) struct MergeSchema {
    types: Cow<'static, [Type]>,
    /// By `apiVersion`, then kind.
    roots: Cow<'static, [Root]>,
}

/// The type of the objects of a kind.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Root {
    api_version: Cow<'static, str>,
    kind: Cow<'static, str>,
    /// Index into [`MergeSchema::types`].
    index: u32,
}

/// The fields of a mapping.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Type {
    /// By name.
    fields: Cow<'static, [Field]>,
    /// What all other fields are, for a mapping with any keys (`additionalProperties`).
    others: Option<Shape>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Field {
    name: Cow<'static, str>,
    shape: Shape,
}

/// What a field holds. Types are indices, so that types can contain each other.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Shape {
    Value(u32),
    Merged { keys: Cow<'static, [Cow<'static, str>]>, items: Option<u32> },
}

/// The type of a mapping. A field's type follows from it alone, so a walk carries one along.
#[derive(Clone, Copy, Debug)]
pub(in crate::render) struct TypeRef<'s> {
    schema: &'s MergeSchema,
    index: u32,
}

/// What a type says about one of its fields.
#[derive(Clone, Copy, Debug)]
pub(in crate::render) enum Known<'s> {
    /// A mapping of this type, or a value without fields that matter. If it is a list, it is replaced.
    Value(TypeRef<'s>),
    /// A list that is merged. If it is a mapping all the same, nothing is known of its fields.
    Merged(MergedList<'s>),
}

/// A list that is merged.
#[derive(Clone, Copy, Debug)]
pub(in crate::render) struct MergedList<'s> {
    /// The fields that tell which items are the same, the primary one first. None for a set of scalars.
    pub keys: &'s [Cow<'static, str>],
    /// The type of an item.
    pub items: Option<TypeRef<'s>>,
}

impl MergeSchema {
    /// The types of Kubernetes 1.21.2, which is all that Kustomize 5.5.0 knows.
    pub fn builtin() -> &'static MergeSchema {
        &builtin::SCHEMA
    }

    /// The type of an object by its `apiVersion` and `kind`.
    ///
    /// A walk asks again wherever it knows no type and meets a mapping that has both fields, as Kustomize does.
    pub fn root(&self, api_version: &str, kind: &str) -> Option<TypeRef<'_>> {
        let wanted = (api_version, kind);
        let at = self.roots.binary_search_by(|root| (&*root.api_version, &*root.kind).cmp(&wanted)).ok()?;
        Some(self.at(self.roots[at].index))
    }

    fn at(&self, index: u32) -> TypeRef<'_> {
        TypeRef { schema: self, index }
    }
}

impl<'s> TypeRef<'s> {
    /// Whether any field matters for merging.
    pub fn has_fields(self) -> bool {
        let of = &self.schema.types[self.index as usize];
        !of.fields.is_empty() || of.others.is_some()
    }

    /// What is known of a field; `None` when the type has no such field, or it does not matter for merging.
    pub fn field(self, name: &str) -> Option<Known<'s>> {
        let of = &self.schema.types[self.index as usize];
        let shape = match of.fields.binary_search_by(|field| (*field.name).cmp(name)) {
            Ok(at) => &of.fields[at].shape,
            Err(_) => of.others.as_ref()?,
        };
        Some(match shape {
            Shape::Value(index) => Known::Value(self.schema.at(*index)),
            Shape::Merged { keys, items } => {
                Known::Merged(MergedList { keys, items: items.map(|index| self.schema.at(index)) })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of the list at the end of a path, through the items of merged lists on the way; `None` when it is
    /// replaced.
    pub(super) fn keys_at<'s>(
        schema: &'s MergeSchema,
        object: (&str, &str),
        path: &str,
    ) -> Option<Vec<&'s str>> {
        let mut at = Known::Value(schema.root(object.0, object.1)?);
        for name in path.split('.') {
            let of = match at {
                Known::Value(of) => of,
                Known::Merged(list) => list.items?,
            };
            at = of.field(name)?;
        }
        match at {
            Known::Value(_) => None,
            Known::Merged(list) => Some(list.keys.iter().map(|key| &**key).collect()),
        }
    }

    #[test]
    fn lists_of_kubernetes() {
        let deployment = ("apps/v1", "Deployment");
        for (object, path, expected) in [
            (deployment, "spec.template.spec.containers", Some(&["name"][..])),
            (deployment, "spec.template.spec.initContainers.env", Some(&["name"])),
            (deployment, "spec.template.spec.containers.ports", Some(&["containerPort", "protocol"])),
            (deployment, "spec.template.spec.containers.volumeMounts", Some(&["mountPath"])),
            (deployment, "spec.template.spec.containers.args", None),
            (deployment, "spec.template.spec.ephemeralContainers.ports", None),
            (deployment, "spec.template.spec.tolerations", None),
            (deployment, "spec.template.spec.volumes", Some(&["name"])),
            (deployment, "spec.template.spec.volumes.projected.sources", None),
            (deployment, "spec.template.spec.imagePullSecrets", Some(&["name"])),
            (
                deployment,
                "spec.template.spec.topologySpreadConstraints",
                Some(&["topologyKey", "whenUnsatisfiable"]),
            ),
            (deployment, "spec.template.metadata.finalizers", Some(&[])),
            (deployment, "metadata.ownerReferences", Some(&["uid"])),
            (("batch/v1", "CronJob"), "spec.jobTemplate.spec.template.spec.containers", Some(&["name"])),
            (("batch/v2alpha1", "CronJob"), "spec.jobTemplate.spec.template.spec.containers", None),
            (("apps/v1", "StatefulSet"), "spec.volumeClaimTemplates", None),
            (("v1", "Service"), "spec.ports", Some(&["port", "protocol"])),
            (("v1", "ServiceAccount"), "secrets", Some(&["name"])),
            (("v1", "ServiceAccount"), "imagePullSecrets", None),
            (("rbac.authorization.k8s.io/v1", "Role"), "rules", None),
            (("autoscaling/v2", "HorizontalPodAutoscaler"), "metadata.finalizers", None),
            (("example.org/v1", "Deployment"), "spec.template.spec.containers", None),
            (("kustomize.config.k8s.io/v1beta1", "Kustomization"), "configMapGenerator", Some(&["name"])),
        ] {
            let found = keys_at(MergeSchema::builtin(), object, path);
            assert_eq!(found.as_deref(), expected, "{object:?} {path}");
        }
    }
}
