//! Rules about credentials in the repository. Each owns the places it looks at, so that one credential is one
//! finding.

pub mod argocd_repo_secret_plaintext;
pub mod configmap_credential;
pub mod env_file_credential;
pub mod env_literal_credential;
pub mod external_secret_store_missing;
mod generator;
pub mod helm_values_plaintext_credential;
pub mod known_credential_committed;
pub mod kubeconfig_committed;
pub mod pipeline_credential;
pub mod private_key_committed;
pub mod registry_credential_committed;
pub mod sealed_secret_scope_broken;
pub mod sealed_secret_shared_across_clusters;
pub mod secret_as_env_var;
pub mod secret_generator_plaintext;
pub mod secret_in_history;
pub mod secret_legacy_token;
pub mod secret_plaintext;
pub mod sops_partially_encrypted;
pub mod sops_recipients_drift;
pub mod sops_unencrypted_file;
pub mod sops_without_decryptor;
mod support;
mod terraform_stores;
mod territory;
mod unclaimed;
pub mod url_embedded_credentials;
mod values;
pub mod workload_mounts_secret;
