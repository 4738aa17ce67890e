//! What containers request and may use, and which of them anybody asks about.
//!
//! Must not judge it.

use crate::engine::World;
use crate::model::{Container, ContainerList, KindName};
use crate::rules::support::deployed::Deployed;
use crate::rules::support::{makers, quantity};
use crate::yaml::Cursor;

/// Kinds whose pods are scheduled from what the repository says of them.
const KINDS: [KindName; 10] = [
    KindName { group: "", kind: "Pod" },
    KindName { group: "", kind: "ReplicationController" },
    KindName { group: "apps", kind: "Deployment" },
    KindName { group: "apps", kind: "StatefulSet" },
    KindName { group: "apps", kind: "DaemonSet" },
    KindName { group: "apps", kind: "ReplicaSet" },
    KindName { group: "batch", kind: "Job" },
    KindName { group: "batch", kind: "CronJob" },
    KindName { group: "argoproj.io", kind: "Rollout" },
    KindName { group: "apps.openshift.io", kind: "DeploymentConfig" },
];

/// Whether the container runs for as long as its pod does, in a kind that Kubernetes runs itself. Containers that only
/// prepare something are over before anybody is short of anything.
pub(super) fn is_asked(container: &Container<'_>) -> bool {
    container.list == ContainerList::Containers && KINDS.iter().any(|kind| container.pod.object.is(*kind))
}

/// `resources.requests.cpu`, or whatever else is asked for; a limit is a request where there is none.
pub(super) fn request<'w>(container: &Container<'w>, resource: &str) -> Option<Cursor<'w>> {
    let of = |list| container.spec.path(&["resources", list, resource]).filter(|value| !value.is_null());
    of("requests").or_else(|| of("limits"))
}

/// The limit of a container.
pub(super) fn limit<'w>(container: &Container<'w>, resource: &str) -> Option<Cursor<'w>> {
    container.spec.path(&["resources", "limits", resource]).filter(|value| !value.is_null())
}

/// Whether the container says nothing at all of what it needs.
pub(super) fn says_nothing(container: &Container<'_>) -> bool {
    let is_set =
        |list: &str| container.spec.path(&["resources", list]).is_some_and(|list| !list.entries().is_empty());
    !is_set("requests") && !is_set("limits")
}

/// Whether something else says what the container needs: its pod, a LimitRange in its namespace, or a vertical
/// autoscaler.
pub(super) fn is_said_elsewhere(container: &Container<'_>, world: &World) -> bool {
    if container.pod.spec.get("resources").is_some()
        || container.spec.path(&["resources", "claims"]).is_some()
    {
        return true;
    }
    let deployed = Deployed::of(world);
    let object = &container.pod.object;
    deployed.has_in_namespace("LimitRange", object.namespace().as_deref())
        || deployed.exists(makers::SIZED, &object.name())
}

/// The number that a value stands for.
pub(super) fn number(value: Cursor<'_>) -> Option<f64> {
    quantity::parse(&value.text()?)
}
