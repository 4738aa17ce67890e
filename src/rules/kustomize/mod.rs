//! Rules about Kustomize.

mod event;
mod excuse;
mod ignored;
pub mod kustomize_build_error;
pub mod kustomize_deprecated_field;
pub mod kustomize_duplicate_key;
pub mod kustomize_image_no_match;
pub mod kustomize_missing_file;
pub mod kustomize_name_hash_disabled;
pub mod kustomize_namespace_on_cluster_scoped;
pub mod kustomize_orphan_file;
pub mod kustomize_patch_no_match;
pub mod kustomize_remote_unpinned;
pub mod kustomize_replacement_no_match;
pub mod overlay_copies_base;
pub mod overlay_too_deep;
