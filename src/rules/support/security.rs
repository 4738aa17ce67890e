//! Security contexts: what a container and its pod say together, as the Pod Security Standards read them.
//!
//! Must not judge it. Every rule about hardening asks here, so that they agree on what holds for a container.

use std::borrow::Cow;

use crate::config::RuleOptions;
use crate::model::{Container, ContainerList, PodSpec};
use crate::yaml::Cursor;

use super::controllers;

/// A field of the container's own security context.
pub fn own<'w>(container: &Container<'w>, path: &[&str]) -> Option<Cursor<'w>> {
    container.spec.get("securityContext")?.path(path).filter(|value| !value.is_null())
}

/// A field of the pod's security context.
pub fn of_pod<'w>(pod: &PodSpec<'w>, path: &[&str]) -> Option<Cursor<'w>> {
    pod.spec.get("securityContext")?.path(path).filter(|value| !value.is_null())
}

/// A field that the pod has and a container may override.
pub fn effective<'w>(container: &Container<'w>, path: &[&str]) -> Option<Cursor<'w>> {
    own(container, path).or_else(|| of_pod(&container.pod, path))
}

/// Every place where a pod or one of its containers sets a field, with what reports call it.
pub fn places<'w>(pod: &PodSpec<'w>, path: &[&str]) -> Vec<(String, Cursor<'w>)> {
    let of_pod = of_pod(pod, path).map(|value| ("the pod".to_owned(), value));
    let containers = pod.containers();
    let own = containers.iter().filter_map(|it| own(it, path).map(|value| (it.describe(), value)));
    of_pod.into_iter().chain(own).collect()
}

/// Whether everything that is said about the container's security stands in the manifest, and somebody can say more
/// there: the installation manifests of controllers are nobody's to edit.
pub fn is_complete(container: &Container<'_>) -> bool {
    let list = matches!(
        container.list,
        ContainerList::Containers | ContainerList::InitContainers | ContainerList::EphemeralContainers
    );
    list && container.pod.is_whole && !controllers::is_generated(&container.pod.object)
}

/// Whether the fields of Linux mean nothing for the pod. Older releases did not know what a pod runs on.
pub fn is_windows(pod: &PodSpec<'_>, options: &RuleOptions) -> bool {
    pod.is_windows() && !options.is_before(25)
}

/// Whether root in the pod is nobody on the node.
pub fn has_user_namespace(pod: &PodSpec<'_>, options: &RuleOptions) -> bool {
    let host_users = pod.spec.get("hostUsers").and_then(|value| value.bool());
    host_users == Some(false) && !options.is_before(35)
}

/// The names in `capabilities.add` or `capabilities.drop`.
pub fn capabilities<'w>(container: &Container<'w>, list: &str) -> Vec<(Cow<'w, str>, Cursor<'w>)> {
    let names = own(container, &["capabilities", list]).into_iter().flat_map(|names| names.items());
    names.filter_map(|name| Some((name.text()?, name))).collect()
}

/// Whether the container is privileged, after which little else matters.
pub fn is_privileged(container: &Container<'_>) -> bool {
    own(container, &["privileged"]).and_then(|value| value.bool()) == Some(true)
}

/// Whether the container does not drop `ALL` capabilities.
pub fn keeps_capabilities(container: &Container<'_>, options: &RuleOptions) -> bool {
    !is_windows(&container.pod, options)
        && !capabilities(container, "drop").iter().any(|(name, _)| name == "ALL")
}

/// Whether the container does not say that it cannot gain privileges.
pub fn may_escalate(container: &Container<'_>, options: &RuleOptions) -> bool {
    !is_windows(&container.pod, options)
        && !options.is_before(8)
        && own(container, &["allowPrivilegeEscalation"]).is_none()
}

/// Whether nothing keeps the container from running as root: that is left to its image.
pub fn may_be_root(container: &Container<'_>, options: &RuleOptions) -> bool {
    let user = effective(container, &["runAsUser"]).and_then(|value| value.int());
    let non_root = effective(container, &["runAsNonRoot"]).and_then(|value| value.bool());
    non_root != Some(true) && user.is_none() && !has_user_namespace(&container.pod, options)
}

/// Whether the container has no seccomp profile.
pub fn lacks_seccomp(container: &Container<'_>, options: &RuleOptions) -> bool {
    !is_windows(&container.pod, options)
        && !options.is_before(19)
        && effective(container, &["seccompProfile", "type"]).is_none()
}

/// Whether the container can write to its own root filesystem.
pub fn writes_to_root(container: &Container<'_>, options: &RuleOptions) -> bool {
    let read_only = own(container, &["readOnlyRootFilesystem"]).and_then(|value| value.bool());
    !is_windows(&container.pod, options) && read_only != Some(true)
}
