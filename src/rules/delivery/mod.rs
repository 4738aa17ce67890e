//! Rules about delivery.

pub mod analysis_template_missing;
pub mod rollout_without_analysis;
mod strategy;
