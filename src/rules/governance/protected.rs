//! Which files decide about clusters, and what the repository says about who approves their changes.
//!
//! Must not report anything.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use crate::config::Tier;
use crate::discover::FileKind;
use crate::engine::World;
use crate::graph::{OwnerKind, Project};
use crate::model::codeowners::{Codeowners, Forge};
use crate::model::{DocumentKind, FileView, KindName, ObjectView};

/// Whose rules count: those of GitLab where the repository lies there or is built there.
pub(super) fn forge(world: &World) -> Forge {
    let git = world.graph.this.git();
    let is_there = git.is_some_and(|git| git.addresses.iter().any(|address| address.contains("gitlab")));
    let has = |path: &str| world.repository.file(Utf8Path::new(path)).is_some();
    match is_there || has(".gitlab/CODEOWNERS") || has(".gitlab-ci.yml") {
        true => Forge::GitLab,
        false => Forge::GitHub,
    }
}

/// The file that the forge reads.
pub(super) fn codeowners(world: &World) -> Option<Codeowners> {
    let forge = forge(world);
    let mut places = forge.places().iter();
    let file = places.find_map(|place| world.repository.file(Utf8Path::new(place)))?;
    Some(Codeowners::read(file.source, world.map.source(file.source).text(), forge))
}

/// A file of that name where no forge looks for one.
pub(super) fn misplaced(world: &World) -> Option<FileView<'_>> {
    let mut files = world.repository.files.iter().filter(|file| file.kind == FileKind::Codeowners);
    files.next().map(|file| FileView { map: &world.map, file })
}

const PERMISSIONS: [KindName; 2] = [
    KindName { group: "rbac.authorization.k8s.io", kind: "ClusterRole" },
    KindName { group: "rbac.authorization.k8s.io", kind: "ClusterRoleBinding" },
];

/// The files whose change is a change of production or of who may make one, by what they are.
pub(super) fn files(world: &World) -> BTreeMap<&'static str, BTreeSet<&Utf8Path>> {
    let mut found: BTreeMap<&'static str, BTreeSet<&Utf8Path>> = BTreeMap::new();
    let mut add = |what, path| {
        found.entry(what).or_default().insert(path);
    };
    let view = world.graph();
    for owner in view.owners() {
        let tier = owner.owner.environment.as_ref().and_then(|environment| environment.tier);
        if tier == Some(Tier::Production) {
            owner.deliveries().filter_map(|(_, unit)| unit).for_each(|unit| {
                add("what production applies", world.map.source(unit.source).path());
            });
        }
    }
    for file in &world.repository.files {
        let path = world.map.source(file.source).path();
        let view = FileView { map: &world.map, file };
        let is = |test: &dyn Fn(&ObjectView<'_>) -> bool| view.objects().any(|object| test(&object));
        if file.documents.iter().any(|document| matches!(document.kind, DocumentKind::Pipeline(_))) {
            add("pipelines", path);
        }
        if matches!(path.as_str(), ".sops.yaml") || file.kind == FileKind::Codeowners {
            add("who may read secrets and approve changes", path);
        }
        if path.components().any(|part| part.as_str() == "flux-system") {
            add("Flux itself", path);
        }
        if is(&|object| PERMISSIONS.iter().any(|kind| object.is(*kind))) {
            add("permissions in the whole cluster", path);
        }
        if is(&|object| object.is(Project::KIND) || OwnerKind::of(object) == Some(OwnerKind::ApplicationSet))
        {
            add("projects and ApplicationSets of Argo CD", path);
        }
    }
    found
}
