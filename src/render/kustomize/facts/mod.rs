//! What Kustomize knows about Kubernetes: which fields its transformers touch, which lists it merges, which kinds
//! have no namespace, in which order it prints.
//!
//! Facts of Kustomize 5.5.0, whose tables are those of Kubernetes 1.21.2, as constants; what a kustomization adds to
//! them is read at run time into the same types. Must not know how a transformer works. Nothing here is computed
//! before it is asked for.

mod builtin;
mod config;
mod field_spec;
mod name_reference;
mod order;
mod specs;

pub(in crate::render) use builtin::{METADATA_LABELS, NAME_REFERENCES};
pub(in crate::render) use config::TransformerConfig;
pub(in crate::render) use field_spec::{FieldSpec, Path, Segment};
pub(in crate::render) use name_reference::{NameReference, NameReferences};
pub(in crate::render) use order::{GvkParts, LEGACY_ORDER, LegacyOrder, OrderKey};
pub(in crate::render) use specs::{Conflict, FieldSpecs};
