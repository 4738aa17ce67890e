//! Which workloads take their configuration from which ConfigMaps and Secrets, and what restarts them when it changes.

use std::borrow::Cow;

use crate::model::{KindName, ObjectView, PodSpec};
use crate::yaml::Cursor;

/// Kinds whose pods run on until something replaces them. A Job's pods read what is there when they start.
const LONG_RUNNING: [KindName; 7] = [
    KindName { group: "apps", kind: "Deployment" },
    KindName { group: "apps", kind: "StatefulSet" },
    KindName { group: "apps", kind: "DaemonSet" },
    KindName { group: "apps", kind: "ReplicaSet" },
    KindName { group: "", kind: "ReplicationController" },
    KindName { group: "argoproj.io", kind: "Rollout" },
    KindName { group: "apps.openshift.io", kind: "DeploymentConfig" },
];

/// Whether the object's pods run on with the configuration they started with.
pub fn is_long_running(object: &ObjectView<'_>) -> bool {
    LONG_RUNNING.into_iter().any(|name| object.is(name))
}

/// Whether the object's pods run on, also a Pod that no workload runs again. A Pod that is done one day, or that Helm
/// runs as a test, does not.
pub fn runs_on(object: &ObjectView<'_>) -> bool {
    let is_pod = object.is(KindName { group: "", kind: "Pod" });
    let is_hook = || object.annotation("helm.sh/hook").is_some();
    let restarts = || object.root.path(&["spec", "restartPolicy"]).and_then(|policy| policy.text());
    is_long_running(object) || is_pod && !is_hook() && restarts().is_none_or(|policy| policy == "Always")
}

/// The names of the ConfigMaps, or of the Secrets, that a pod mounts or takes its environment from.
pub fn references<'w>(pod: &PodSpec<'w>, kind: &str) -> Vec<Cursor<'w>> {
    let (volume, name, env_from, key_ref) = match kind {
        "ConfigMap" => ("configMap", "name", "configMapRef", "configMapKeyRef"),
        "Secret" => ("secret", "secretName", "secretRef", "secretKeyRef"),
        _ => return Vec::new(),
    };
    let mut names = Vec::new();
    for spec in pod.volumes() {
        names.extend(spec.path(&[volume, name]));
        let sources = spec.path(&["projected", "sources"]).into_iter().flat_map(|sources| sources.items());
        names.extend(sources.filter_map(|source| source.path(&[volume, "name"])));
    }
    for container in pod.containers() {
        let sources = container.spec.get("envFrom").into_iter().flat_map(|sources| sources.items());
        names.extend(sources.filter_map(|source| source.path(&[env_from, "name"])));
        names.extend(container.env().filter_map(|env| env.path(&["valueFrom", key_ref, "name"])));
    }
    names
}

/// Whether a change of a ConfigMap or Secret reaches the pods without a new name: a checksum in the template, a
/// controller such as Reloader that restarts them, or a container beside the program that tells it to read again.
pub fn follows_changes(object: &ObjectView<'_>, pod: &PodSpec<'_>) -> bool {
    let annotations = ["metadata", "annotations"];
    let own = object.root.path(&annotations);
    let template = object.root.path(&["spec", "template", "metadata", "annotations"]);
    let mut keys = own.into_iter().chain(template).flat_map(|map| map.entries()).map(|entry| entry.key);
    keys.any(|key| key.text().is_some_and(|key| is_about_restarts(&key)))
        || pod.containers().iter().any(|container| {
            let image = container.image().and_then(|image| image.text()).unwrap_or_default();
            [container.name(), image].iter().any(|text: &Cow<'_, str>| text.contains("reload"))
        })
}

/// `checksum/config`, `example.com/config-hash`, `reloader.stakater.com/auto`,
/// `wave.pusher.com/update-on-config-change`
fn is_about_restarts(annotation: &str) -> bool {
    let annotation = annotation.to_ascii_lowercase();
    ["checksum", "sha256", "hash", "reloader.stakater.com/", "wave.pusher.com/", "wave.wave.io/"]
        .iter()
        .any(|word| annotation.contains(word))
}
