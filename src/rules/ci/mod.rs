//! Rules about pipelines that do what a reconciler should, and about what they push.

pub mod ci_cluster_credentials;
pub mod ci_direct_deploy;
pub mod ci_envsubst_apply;
pub mod ci_image_sed_then_apply;
pub mod ci_imperative_gitops_cli;
pub mod ci_mutable_tag_push;
mod command;
mod deploy;
mod ephemeral;
mod image_push;
mod metadata_action;
