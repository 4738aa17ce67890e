//! Rules about what the API server makes of an object: its schema, and whether its version is served.

pub mod api_deprecated;
pub mod api_deprecated_ecosystem;
pub mod api_removed;
mod checked;
pub mod deprecated_annotation;
pub mod deprecated_service_account_field;
pub mod deprecated_volume_type;
pub mod duplicate_container_name;
pub mod duplicate_env_var;
pub mod duplicate_list_key;
pub mod file_mode_decimal;
pub mod invalid_name_or_label;
pub mod invalid_port;
pub mod invalid_quantity;
pub mod invalid_secret_data;
pub mod metadata_value_not_string;
pub mod object_missing_identity;
pub mod schema_not_verified;
pub mod schema_required_missing;
pub mod schema_unknown_field;
pub mod schema_unknown_kind;
pub mod schema_violation;
mod syntax;
