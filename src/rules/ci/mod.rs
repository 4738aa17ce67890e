//! Rules about pipelines that do what a reconciler should, and about what they push.

pub mod app_source_and_manifests_mixed;
pub mod ci_cluster_credentials;
pub mod ci_deprecated_validator;
pub mod ci_direct_deploy;
pub mod ci_env_branch_trigger;
pub mod ci_envsubst_apply;
pub mod ci_image_not_signed;
pub mod ci_image_sed_then_apply;
pub mod ci_imperative_gitops_cli;
pub mod ci_long_lived_cloud_credentials;
pub mod ci_mutable_tag_push;
pub mod ci_no_manifest_validation;
pub mod ci_pushes_to_tracked_branch;
mod cluster_secret;
mod command;
mod deploy;
pub mod docs_imperative_deploy;
mod ephemeral;
mod git_push;
mod image_push;
mod metadata_action;
mod namespace;
pub mod no_reconciler;
mod purpose;
mod reconciled;
pub mod script_imperative_deploy;
mod validator;
