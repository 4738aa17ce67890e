//! What Flux Kustomizations of the repository patch into the Kustomizations that they apply.
//!
//! Must not know which rule asks.

use std::sync::Arc;

use crate::engine::World;
use crate::model::ObjectView;

const GROUP: &str = "kustomize.toolkit.fluxcd.io";

/// The patches for Flux Kustomizations, as they are written.
struct Patches(Vec<String>);

impl Patches {
    fn of(world: &World) -> Arc<Self> {
        world.memo.get(|| {
            let objects = world.repository.files.iter().flat_map(|file| &file.objects);
            let views = objects.map(|object| ObjectView::new(&world.map, None, object));
            let appliers = views.filter(|object| object.kind() == "Kustomization" && object.group() == GROUP);
            let lists = appliers.filter_map(|object| object.root.path(&["spec", "patches"]));
            let patches = lists.flat_map(|list| list.items()).filter(|patch| {
                let kind = patch.path(&["target", "kind"]).and_then(|kind| kind.text());
                kind.as_deref() == Some("Kustomization")
            });
            Self(patches.filter_map(|patch| Some(patch.get("patch")?.text()?.into_owned())).collect())
        })
    }
}

/// Whether a Flux Kustomization of the repository patches a field into others. One that lacks it is applied by
/// nobody yet: otherwise it would have it.
pub fn gives(world: &World, field: &str) -> bool {
    let written = format!("{field}:");
    let pointed = format!("/spec/{field}");
    let has = |patch: &String| {
        let mut lines = patch.lines().map(str::trim);
        lines.any(|line| line.starts_with(&written) || line.ends_with(&pointed))
    };
    Patches::of(world).0.iter().any(has)
}
