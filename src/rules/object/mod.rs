//! Rules about object.

pub mod config_change_without_rollout;
pub mod dangling_config_map;
pub mod dangling_persistent_volume_claim;
pub mod dangling_reference;
pub mod dangling_secret;
pub mod dangling_service_account;
pub mod duplicate_object;
pub mod hpa_replicas_conflict;
pub mod manifest_unresolved_placeholder;
mod reference;
