//! Rules about object.

pub mod cluster_state_in_manifest;
pub mod config_change_without_rollout;
pub mod container_port_unnamed;
mod convention;
pub mod dangling_config_map;
pub mod dangling_issuer_or_store;
pub mod dangling_persistent_volume_claim;
pub mod dangling_reference;
pub mod dangling_secret;
pub mod dangling_service_account;
pub mod dangling_service_monitor;
pub mod dangling_storage_class;
pub mod duplicate_object;
pub mod forbidden_annotation;
pub mod hpa_replicas_conflict;
pub mod label_instance_mismatch;
pub mod manifest_unresolved_placeholder;
pub mod namespace_default;
pub mod namespace_kube_system;
pub mod namespace_missing;
pub mod recommended_labels;
mod reference;
pub mod required_annotation;
pub mod required_label;
