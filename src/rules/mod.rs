//! The native rules, one file each. The list below is generated from the files; a test rewrites it.

mod image;
mod suppression;

use crate::engine::NativeRule;

/// Every native rule, sorted by name.
pub static NATIVE: &[&NativeRule] = &[
    &image::image_latest_tag::RULE,
    &suppression::suppression_expired::RULE,
    &suppression::suppression_invalid::RULE,
    &suppression::suppression_unused::RULE,
];
