//! Rules about YAML itself.

mod joined;
mod problem;
mod reading;
pub mod yaml_duplicate_key;
pub mod yaml_sorted_keys;
pub mod yaml_syntax;
