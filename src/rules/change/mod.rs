//! Rules about what a change does to what is applied. They run with something to compare with (`--base`).

pub mod diff_cascade_rename;
pub mod diff_guardrail_removed;
pub mod diff_image_downgrade;
pub mod diff_multi_env_change;
pub mod diff_new_exposure;
pub mod diff_owner_moved;
pub mod diff_rbac_widened;
pub mod diff_stateful_pruned;
mod support;
