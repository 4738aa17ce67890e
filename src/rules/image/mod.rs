//! Rules about container images.

pub mod image_latest_tag;
