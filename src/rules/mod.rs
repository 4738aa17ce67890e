//! The native rules, one file each. The list below is generated from the files; a test rewrites it.

mod argo;
mod delivery;
mod flux;
mod graph;
mod image;
mod kustomize;
mod network;
mod object;
mod pod;
mod rbac;
mod secret;
mod support;
mod suppression;
mod yaml;

use crate::engine::NativeRule;

/// Every native rule, sorted by name.
pub static NATIVE: &[&NativeRule] = &[
    &delivery::analysis_template_missing::RULE,
    &argo::appset_cascade_delete_unprotected::RULE,
    &argo::appset_duplicate_generated_name::RULE,
    &argo::appset_fasttemplate::RULE,
    &argo::appset_generator_matches_nothing::RULE,
    &argo::appset_missingkey_not_error::RULE,
    &argo::appset_templated_project::RULE,
    &argo::appset_unresolved_parameter::RULE,
    &argo::argo_default_project::RULE,
    &argo::argo_prune_disabled::RULE,
    &argo::argo_selfheal_disabled::RULE,
    &object::config_change_without_rollout::RULE,
    &secret::configmap_credential::RULE,
    &pod::container_runtime_socket::RULE,
    &graph::crd_not_before_cr::RULE,
    &object::dangling_reference::RULE,
    &object::duplicate_object::RULE,
    &secret::env_literal_credential::RULE,
    &secret::external_secret_store_missing::RULE,
    &flux::flux_depends_on_cycle::RULE,
    &flux::flux_depends_on_missing::RULE,
    &flux::flux_depends_on_without_wait::RULE,
    &flux::flux_deprecated_api::RULE,
    &flux::flux_drift_detection_off::RULE,
    &flux::flux_force_enabled::RULE,
    &flux::flux_health_check_missing::RULE,
    &flux::flux_helmrelease_no_remediation::RULE,
    &flux::flux_path_not_found::RULE,
    &flux::flux_prune_disabled::RULE,
    &flux::flux_reconcile_disabled::RULE,
    &flux::flux_source_insecure::RULE,
    &flux::flux_source_missing::RULE,
    &flux::flux_source_ref_floating::RULE,
    &flux::flux_storage_namespace::RULE,
    &flux::flux_suspend_committed::RULE,
    &flux::flux_timeout_missing::RULE,
    &flux::flux_undefined_substitution::RULE,
    &secret::helm_values_plaintext_credential::RULE,
    &pod::host_network::RULE,
    &pod::host_path_sensitive::RULE,
    &pod::host_pid::RULE,
    &object::hpa_replicas_conflict::RULE,
    &image::image_latest_tag::RULE,
    &image::image_not_pinned_by_digest::RULE,
    &image::image_reference_invalid::RULE,
    &secret::kubeconfig_committed::RULE,
    &kustomize::kustomize_build_error::RULE,
    &kustomize::kustomize_deprecated_field::RULE,
    &kustomize::kustomize_duplicate_key::RULE,
    &kustomize::kustomize_image_no_match::RULE,
    &kustomize::kustomize_missing_file::RULE,
    &kustomize::kustomize_name_hash_disabled::RULE,
    &kustomize::kustomize_namespace_on_cluster_scoped::RULE,
    &kustomize::kustomize_orphan_file::RULE,
    &kustomize::kustomize_patch_no_match::RULE,
    &kustomize::kustomize_remote_unpinned::RULE,
    &kustomize::kustomize_replacement_no_match::RULE,
    &graph::monorepo_refresh_fanout::RULE,
    &graph::namespace_not_declared::RULE,
    &kustomize::overlay_copies_base::RULE,
    &kustomize::overlay_too_deep::RULE,
    &secret::private_key_committed::RULE,
    &pod::privileged_container::RULE,
    &rbac::rbac_cluster_admin_binding::RULE,
    &rbac::rbac_escalation_verbs::RULE,
    &rbac::rbac_wildcard::RULE,
    &graph::reconciliation_alerts_missing::RULE,
    &secret::registry_credential_committed::RULE,
    &graph::resource_multiple_owners::RULE,
    &delivery::rollout_big_bang::RULE,
    &delivery::rollout_manual_pause::RULE,
    &delivery::rollout_without_analysis::RULE,
    &secret::sealed_secret_scope_broken::RULE,
    &secret::sealed_secret_shared_across_clusters::RULE,
    &secret::secret_generator_plaintext::RULE,
    &secret::secret_plaintext::RULE,
    &network::service_exposed::RULE,
    &secret::sops_partially_encrypted::RULE,
    &flux::source_verification_missing::RULE,
    &suppression::suppression_expired::RULE,
    &suppression::suppression_invalid::RULE,
    &suppression::suppression_unused::RULE,
    &argo::sync_wave_inverted::RULE,
    &image::values_image_latest_tag::RULE,
    &yaml::yaml_duplicate_key::RULE,
    &yaml::yaml_syntax::RULE,
];
