//! Rules about charts of Helm.

mod event;
pub mod helm_required_value_missing;
pub mod helm_schema_violation;
pub mod helm_template_error;
