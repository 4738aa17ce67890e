//! Rules about Flux.

pub mod flux_prune_disabled;
pub mod flux_suspend_committed;
