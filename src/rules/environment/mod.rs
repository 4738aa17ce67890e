//! Rules about environments and what is promoted between them.

pub mod env_branch_tracked;
pub mod env_copy_paste_drift;
pub mod env_cross_reference;
pub mod env_image_rebuilt;
pub mod env_missing_resource;
pub mod env_promotion_order;
pub mod git_env_branches;
