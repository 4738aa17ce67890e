//! Rules about container images.

pub mod image_latest_tag;
pub mod image_not_pinned_by_digest;
pub mod image_reference_invalid;
pub mod values_image_latest_tag;
