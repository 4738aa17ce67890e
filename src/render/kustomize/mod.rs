//! Kustomize v5, in process: no binary, no network, no plugin is ever executed.
//!
//! Owns the semantics of Kustomize 5.5.0. Must not know rules, units or what a report looks like.

mod accumulate;
mod affix;
mod config;
mod crds;
mod edits;
mod error;
mod facts;
mod field_path;
mod fields;
mod files;
mod finish;
mod generator;
mod go;
mod hash;
mod helm_charts;
mod iam_policy;
mod images;
mod json_patch;
mod kustomization;
mod labels;
mod links;
mod load;
mod merge;
mod metadata;
mod namespace;
mod normal;
mod patches;
mod path_match;
mod plugin;
mod post_render;
mod references;
mod remote;
mod replacements;
mod replicas;
mod resource;
mod scalar;
mod selector;
mod setter;
mod shape;
mod stage;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod testing;
mod transform;
mod value_add;
mod vars;

pub(super) use accumulate::{Accumulated, Build, Builder, Key, Memory};
pub(super) use error::BuildError;
pub use facts::is_cluster_scoped_custom_kind as is_cluster_scoped;
pub(super) use files::{Documents, Files, Place};
pub(super) use finish::finish;
pub(super) use kustomization::{Kustomization, find};
pub(super) use post_render::post_render;
pub use remote::{is_remote, reference, shown};
pub(super) use resource::Resource;
pub(super) use stage::Stage;
