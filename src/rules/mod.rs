//! The native rules, one file each. The list below is generated from the files; a test rewrites it.

mod image;

use crate::engine::NativeRule;

/// Every native rule, sorted by name.
pub static NATIVE: &[&NativeRule] = &[&image::image_latest_tag::RULE];
