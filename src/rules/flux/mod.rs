//! Rules about Flux.

mod depends_on;
pub mod flux_bad_substitution;
pub mod flux_cross_namespace_source;
pub mod flux_depends_on_cycle;
pub mod flux_depends_on_missing;
pub mod flux_depends_on_without_wait;
pub mod flux_deprecated_api;
pub mod flux_helmrelease_no_remediation;
pub mod flux_lockdown_incomplete;
pub mod flux_path_not_found;
pub mod flux_path_overlap;
pub mod flux_prune_disabled;
pub mod flux_reconcile_disabled;
pub mod flux_reference_missing;
pub mod flux_service_account_missing;
pub mod flux_source_insecure;
pub mod flux_source_missing;
pub mod flux_tenant_cluster_role;
pub mod flux_undefined_substitution;
mod lookup;
mod tenants;
mod waiting;
