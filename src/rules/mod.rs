//! The native rules, one file each. The list below is generated from the files; a test rewrites it.

mod image;
mod secret;

use crate::engine::NativeRule;

/// Every native rule, sorted by name.
pub static NATIVE: &[&NativeRule] = &[
    &secret::configmap_credential::RULE,
    &secret::env_literal_credential::RULE,
    &secret::helm_values_plaintext_credential::RULE,
    &image::image_latest_tag::RULE,
    &secret::kubeconfig_committed::RULE,
    &secret::private_key_committed::RULE,
    &secret::registry_credential_committed::RULE,
    &secret::secret_plaintext::RULE,
    &secret::sops_partially_encrypted::RULE,
];
