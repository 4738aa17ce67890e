//! The native rules, one file each. The lists are made from the files; `PLIMSOLL_BLESS=1 cargo test --test rules` rewrites them.

mod image;
mod network;
mod pod;
mod rbac;
mod support;
mod suppression;

use crate::engine::NativeRule;

/// Every native rule, sorted by name.
pub static NATIVE: &[&NativeRule] = &[
    &pod::container_runtime_socket::RULE,
    &pod::host_network::RULE,
    &pod::host_path_sensitive::RULE,
    &pod::host_pid::RULE,
    &image::image_latest_tag::RULE,
    &image::image_not_pinned_by_digest::RULE,
    &image::image_reference_invalid::RULE,
    &pod::privileged_container::RULE,
    &rbac::rbac_cluster_admin_binding::RULE,
    &rbac::rbac_escalation_verbs::RULE,
    &rbac::rbac_wildcard::RULE,
    &network::service_exposed::RULE,
    &suppression::suppression_expired::RULE,
    &suppression::suppression_invalid::RULE,
    &suppression::suppression_unused::RULE,
    &image::values_image_latest_tag::RULE,
];
