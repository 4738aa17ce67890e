//! Rules about container images.

pub mod allowed_repos_open_prefix;
pub mod image_floating_tag;
pub mod image_known_vulnerable;
pub mod image_latest_tag;
pub mod image_not_pinned_by_digest;
pub mod image_pull_policy_not_always;
pub mod image_pull_policy_stale;
pub mod image_pull_secret_missing;
pub mod image_reference_invalid;
pub mod image_registry_deprecated;
pub mod image_registry_implicit;
pub mod image_registry_not_allowed;
pub mod values_image_latest_tag;
