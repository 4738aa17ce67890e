//! Rules about object.

pub mod config_change_without_rollout;
pub mod dangling_reference;
pub mod duplicate_object;
pub mod hpa_replicas_conflict;
pub mod manifest_unresolved_placeholder;
