//! Rules about permissions in the Kubernetes API.

pub mod dangling_binding_subject;
pub mod dangling_role_ref;
mod granted;
mod policy_rule;
pub mod rbac_bind_anonymous;
pub mod rbac_bind_authenticated;
pub mod rbac_bind_default_service_account;
pub mod rbac_bind_system_masters;
pub mod rbac_cluster_admin_binding;
pub mod rbac_dashboard_subject;
pub mod rbac_escalation_verbs;
pub mod rbac_rule_without_effect;
pub mod rbac_self_provisioner;
pub mod rbac_sensitive_permissions;
pub mod rbac_wildcard;
mod subject;
pub mod workload_with_privileged_service_account;
