//! Rules about what the API server makes of an object: its schema, and whether its version is served.

pub mod api_deprecated;
pub mod api_deprecated_ecosystem;
pub mod api_removed;
mod checked;
pub mod invalid_quantity;
pub mod metadata_value_not_string;
pub mod schema_required_missing;
pub mod schema_unknown_field;
pub mod schema_unknown_kind;
pub mod schema_violation;
