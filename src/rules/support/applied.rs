//! What is applied without a kustomization naming it, and what looks like an object and goes to no cluster.

use camino::Utf8Path;

use crate::engine::World;
use crate::graph::paths;
use crate::model::{FileView, KUSTOMIZATION_NAMES, KindName, ObjectView, normalise};

/// Groups of tools that read files with `apiVersion` and `kind` themselves, or beginnings and ends of such groups.
const TOOLS: [&str; 14] = [
    "backstage.io",
    "builtin",
    "cli.kyverno.io",
    "config.k8s.io",
    "config.kubernetes.io",
    "ctlptl.dev",
    "eksctl.io",
    "k3d.io",
    "kind.x-k8s.io",
    "kpt.dev",
    "kuttl.dev",
    "skaffold",
    "talos.dev",
    "viaduct.ai",
];

/// Where applying begins: these objects are applied by hand, or from elsewhere, and name a directory themselves.
const ENTRY_POINTS: [KindName; 6] = [
    KindName { group: "argoproj.io", kind: "Application" },
    KindName { group: "argoproj.io", kind: "ApplicationSet" },
    KindName { group: "argoproj.io", kind: "AppProject" },
    KindName { group: "kustomize.toolkit.fluxcd.io", kind: "Kustomization" },
    KindName { group: "source.toolkit.fluxcd.io", kind: "GitRepository" },
    KindName { group: "source.toolkit.fluxcd.io", kind: "OCIRepository" },
];

/// Whether the object configures a tool on somebody's machine, or is kept out of clusters by its annotation.
pub fn is_for_a_tool(object: &ObjectView<'_>) -> bool {
    let version = object.api_version();
    let group = version.split('/').next().unwrap_or_default();
    let is_local =
        object.annotation("config.kubernetes.io/local-config").is_some_and(|value| value != "false");
    is_local
        || TOOLS
            .iter()
            .any(|tool| group == *tool || group.strip_suffix(tool).is_some_and(|it| it.ends_with('.')))
}

/// Whether the object is where applying begins.
pub fn is_entry_point(object: &ObjectView<'_>) -> bool {
    ENTRY_POINTS.into_iter().any(|name| object.is(name))
}

/// Whether Flux or Argo CD applies the file from a directory below `kustomization` that has no kustomization.
pub fn by_controller(file: &Utf8Path, kustomization: &Utf8Path, world: &World) -> bool {
    let objects = world.repository.files.iter().flat_map(|file| FileView { map: &world.map, file }.objects());
    let mut paths = objects.filter(is_entry_point).flat_map(|object| paths(&object));
    paths.any(|path| {
        let path = normalise(Utf8Path::new(path.trim_start_matches('/')));
        let has_kustomization =
            || KUSTOMIZATION_NAMES.iter().any(|name| world.repository.file(&path.join(name)).is_some());
        path != kustomization
            && path.starts_with(kustomization)
            && file.starts_with(&path)
            && !has_kustomization()
    })
}
