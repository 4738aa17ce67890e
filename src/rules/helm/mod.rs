//! Rules about charts of Helm.

mod asked;
mod event;
pub mod helm_dependency_lock_missing;
pub mod helm_dependency_missing;
pub mod helm_deprecated_api_version;
pub mod helm_nondeterministic_template;
pub mod helm_required_value_missing;
pub mod helm_schema_violation;
pub mod helm_template_error;
pub mod helm_values_redundant_override;
pub mod helm_values_unknown_key;
mod layers;
