//! Rules about Argo CD.

mod application;
mod applicationset;
pub mod appset_cascade_delete_unprotected;
pub mod appset_duplicate_generated_name;
pub mod appset_fasttemplate;
pub mod appset_generator_matches_nothing;
pub mod appset_missingkey_not_error;
pub mod appset_templated_project;
pub mod appset_unresolved_parameter;
pub mod argo_default_project;
pub mod argo_prune_disabled;
pub mod argo_selfheal_disabled;
mod sync_policy;
pub mod sync_wave_inverted;
