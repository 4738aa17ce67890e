//! Rules about what pods and containers may do: security contexts, service accounts, and what namespaces enforce.

pub mod apparmor_unconfined;
mod capability;
pub mod capability_beyond_baseline;
pub mod capability_dangerous;
pub mod host_probe_or_lifecycle_host;
pub mod privilege_escalation_allowed;
pub mod proc_mount_not_default;
pub mod proc_mount_unmasked;
pub mod run_as_root;
pub mod seccomp_unconfined;
pub mod selinux_custom_options;
pub mod sysctl_unsafe;
