//! Rules about Flux.

mod depends_on;
pub mod flux_depends_on_cycle;
pub mod flux_depends_on_missing;
pub mod flux_depends_on_without_wait;
pub mod flux_deprecated_api;
pub mod flux_drift_detection_off;
pub mod flux_force_enabled;
pub mod flux_health_check_missing;
pub mod flux_helmrelease_no_remediation;
pub mod flux_path_not_found;
pub mod flux_prune_disabled;
pub mod flux_reconcile_disabled;
pub mod flux_source_insecure;
pub mod flux_source_missing;
pub mod flux_source_ref_floating;
pub mod flux_storage_namespace;
pub mod flux_suspend_committed;
pub mod flux_timeout_missing;
pub mod flux_undefined_substitution;
mod lookup;
mod readiness;
pub mod source_verification_missing;
