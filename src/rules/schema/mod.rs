//! Rules about what the API server makes of an object: its schema, and whether its version is served.

pub mod api_deprecated;
pub mod api_deprecated_ecosystem;
pub mod api_removed;
mod checked;
pub mod duplicate_container_name;
pub mod duplicate_env_var;
pub mod file_mode_decimal;
pub mod invalid_quantity;
pub mod metadata_value_not_string;
pub mod object_missing_identity;
pub mod schema_required_missing;
pub mod schema_unknown_field;
pub mod schema_unknown_kind;
pub mod schema_violation;
