//! What Kustomize knows about Kubernetes: which fields its transformers touch, which lists it merges, which kinds
//! have no namespace, in which order it prints.
//!
//! Facts of Kustomize 5.5.0, whose tables are those of Kubernetes 1.21.2, as constants; what a kustomization adds to
//! them is read at run time into the same types. Must not know how a transformer works. Nothing here is computed
//! before it is asked for.

mod builtin;
mod cluster_kinds;
mod config;
mod field_spec;
mod merge_keys;
mod name_reference;
mod order;
mod scope;
mod specs;

pub(in crate::render) use builtin::METADATA_LABELS;
pub(in crate::render) use config::TransformerConfig;
pub(in crate::render) use field_spec::{FieldSpec, Path};
pub(in crate::render) use merge_keys::{Known, MergeSchema, MergedList, TypeRef};
pub(in crate::render) use name_reference::{NameReference, NameReferences};
pub(in crate::render) use order::{GvkParts, LEGACY_ORDER, LegacyOrder, OrderKey};
pub use scope::is_cluster_scoped_custom_kind;
pub(in crate::render) use scope::{Scope, scope as scope_of};
pub(in crate::render) use specs::{Conflict, FieldSpecs};

#[cfg(test)]
mod tests {
    use crate::source::{Source, SourceId, SourceKind, SourceMap};
    use crate::yaml::{Cursor, Limits, parse};

    /// What `read` makes of a document.
    pub(super) fn with_document<R>(text: &str, read: impl FnOnce(Cursor<'_>) -> R) -> R {
        let map = SourceMap::new(vec![Source::new("schema.yaml", SourceKind::File, text.into())]);
        let parsed = parse(map.source(SourceId(0)), SourceId(0), Limits::default());
        assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
        let Some(tree) = parsed.trees().next() else { panic!("nothing in {text:?}") };
        read(Cursor::new(&map, &tree))
    }
}
