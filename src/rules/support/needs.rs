//! What the pods of a workload cannot start without, and which objects provide it.

use std::borrow::Cow;

use crate::model::ObjectView;
use crate::yaml::Cursor;

/// The kinds of what pods need.
pub const KINDS: [&str; 4] = ["ConfigMap", "Secret", "PersistentVolumeClaim", "ServiceAccount"];

/// Something that pods refer to by its name.
#[derive(Clone, Copy)]
pub struct Need<'w> {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: Cursor<'w>,
    /// The key of it that must be there.
    pub key: Option<Cursor<'w>>,
    /// Whether pods start without it.
    pub is_optional: bool,
}

/// What the pods of an object refer to.
pub fn of<'w>(object: &ObjectView<'w>) -> Vec<Need<'w>> {
    let mut needs = Vec::new();
    for pod in object.pod_specs() {
        for volume in pod.volumes() {
            volume_needs(volume, &mut needs);
        }
        for container in pod.containers() {
            let sources = container.spec.get("envFrom").into_iter().flat_map(|sources| sources.items());
            for source in sources {
                add(&mut needs, "ConfigMap", source.get("configMapRef"), "name");
                add(&mut needs, "Secret", source.get("secretRef"), "name");
            }
            for env in container.env() {
                let from = |key| env.path(&["valueFrom", key]);
                add(&mut needs, "ConfigMap", from("configMapKeyRef"), "name");
                add(&mut needs, "Secret", from("secretKeyRef"), "name");
            }
        }
        add(&mut needs, "ServiceAccount", Some(pod.spec), "serviceAccountName");
    }
    needs
}

fn volume_needs<'w>(volume: Cursor<'w>, needs: &mut Vec<Need<'w>>) {
    add(needs, "ConfigMap", volume.get("configMap"), "name");
    add(needs, "Secret", volume.get("secret"), "secretName");
    add(needs, "PersistentVolumeClaim", volume.get("persistentVolumeClaim"), "claimName");
    let sources = volume.path(&["projected", "sources"]).into_iter().flat_map(|sources| sources.items());
    for source in sources {
        add(needs, "ConfigMap", source.get("configMap"), "name");
        add(needs, "Secret", source.get("secret"), "name");
    }
}

fn add<'w>(needs: &mut Vec<Need<'w>>, kind: &'static str, from: Option<Cursor<'w>>, field: &str) {
    let Some((from, name)) = from.and_then(|from| Some((from, from.get(field)?))) else { return };
    let is_optional = from.get("optional").is_some_and(|optional| optional.bool() == Some(true));
    needs.push(Need { kind, name, key: from.get("key"), is_optional });
}

/// The name under which an object of a kind comes into being with an object.
pub fn provided<'w>(object: &ObjectView<'w>, kind: &str) -> Option<Cow<'w, str>> {
    let own = object.kind();
    if own == kind {
        return Some(object.name());
    }
    let target = object.root.path(&["spec", "target", "name"]).and_then(|name| name.text());
    match (own, kind) {
        ("ExternalSecret", "Secret") => target.or_else(|| Some(object.name())),
        ("SealedSecret", "Secret") => Some(object.name()),
        ("Certificate", "Secret") => object.root.path(&["spec", "secretName"])?.text(),
        _ => None,
    }
}
