//! Rules about Kustomize.

pub mod kustomize_deprecated_field;
