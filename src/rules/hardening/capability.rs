//! Linux capabilities, as the Pod Security Standards and the ways out of containers sort them.
//!
//! Must not report anything.

use crate::model::Container;

/// What the level `baseline` allows, spelled as the API server compares it.
const BASELINE: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Those that lead out of any container.
const DANGEROUS: [&str; 9] = [
    "ALL",
    "BPF",
    "DAC_READ_SEARCH",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_MODULE",
    "SYS_RAWIO",
];

/// Whether the level `baseline` allows it.
pub(super) fn is_baseline(name: &str) -> bool {
    BASELINE.contains(&name)
}

/// Whether it is as good as root on the node, given what else of the node the pod has.
pub(super) fn is_dangerous(container: &Container<'_>, name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let name = upper.strip_prefix("CAP_").unwrap_or(&upper);
    let has = |field: &str| container.pod.spec.get(field).and_then(|value| value.bool()) == Some(true);
    DANGEROUS.contains(&name)
        || (name == "NET_ADMIN" && has("hostNetwork"))
        || (name == "SYS_PTRACE" && has("hostPID"))
}
