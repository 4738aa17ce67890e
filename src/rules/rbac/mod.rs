//! Rules about permissions in the Kubernetes API.

pub mod dangling_role_ref;
mod policy_rule;
pub mod rbac_cluster_admin_binding;
pub mod rbac_escalation_verbs;
pub mod rbac_wildcard;
