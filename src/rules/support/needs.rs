//! What the pods of a workload cannot start without, and which objects provide it.

use std::borrow::Cow;

use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::rollout;

/// The kinds of what pods need.
pub const KINDS: [&str; 4] = ["ConfigMap", "Secret", "PersistentVolumeClaim", "ServiceAccount"];

/// What the pods of an object cannot start without, as kind and name.
pub fn of<'w>(object: &ObjectView<'w>) -> Vec<(&'static str, Cursor<'w>)> {
    let mut needs = Vec::new();
    for pod in object.pod_specs() {
        for kind in ["ConfigMap", "Secret"] {
            let names = rollout::references(&pod, kind).into_iter();
            let required = names.filter(|name| !is_optional(object, *name));
            needs.extend(required.map(|name| (kind, name)));
        }
        let claims = pod.volumes().filter_map(|volume| volume.path(&["persistentVolumeClaim", "claimName"]));
        needs.extend(claims.map(|name| ("PersistentVolumeClaim", name)));
        needs.extend(pod.spec.get("serviceAccountName").map(|name| ("ServiceAccount", name)));
    }
    needs
}

/// Whether a reference says that it may lead nowhere: `optional` beside the name.
fn is_optional(object: &ObjectView<'_>, name: Cursor<'_>) -> bool {
    let path = name.json_path(object.object.tree.root());
    let Some((parent, _)) = path.rsplit_once('.') else { return false };
    let optional = format!("{parent}.optional");
    let root = object.object.tree.root();
    object.root.scalars().any(|scalar| scalar.bool() == Some(true) && scalar.json_path(root) == optional)
}

/// The name under which an object of a kind comes into being with an object.
pub fn provided<'w>(object: &ObjectView<'w>, kind: &str) -> Option<Cow<'w, str>> {
    let own = object.kind();
    if own == kind {
        return Some(object.name());
    }
    let target = object.root.path(&["spec", "target", "name"]).and_then(|name| name.text());
    match (own.as_ref(), kind) {
        ("ExternalSecret", "Secret") => target.or_else(|| Some(object.name())),
        ("SealedSecret", "Secret") => Some(object.name()),
        ("Certificate", "Secret") => object.root.path(&["spec", "secretName"])?.text(),
        _ => None,
    }
}
