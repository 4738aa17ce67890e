//! Rules about Argo CD.

mod application;
pub mod argo_default_project;
pub mod argo_prune_disabled;
pub mod argo_selfheal_disabled;
mod sync_policy;
pub mod sync_wave_inverted;
