//! `postRenderers` of a HelmRelease: what Kustomize changes in the objects of a chart.
//!
//! Owns which fields such an entry has, and which objects it sees: neither hooks nor `crds/`, which Helm keeps apart.
//! Source: `internal/postrender/kustomize.go` of <https://github.com/fluxcd/helm-controller>.
//! Must not know whose release it is.

use camino::Utf8Path;

use crate::model::Object;
use crate::render::helm::{Manifest, Release, Role};
use crate::source::{SourceMap, Span};
use crate::yaml::Cursor;

use super::accumulate::{Accumulation, Build, Builder, Log, append};
use super::config::Configuration;
use super::error::Result;
use super::finish::finish;
use super::images;
use super::kustomization::Kustomization;
use super::patches::{self, PatchEntry};
use super::resource::Resource;
use super::stage::Stage;
use super::transform::{change, patch_entry};

/// Changes a release as `kustomize` of an entry says. One that does not build leaves it as it is, which is an event.
pub(in crate::render) fn post_render(
    builder: &Builder<'_>,
    directory: &Utf8Path,
    entry: Cursor<'_>,
    release: &mut Release,
) {
    let map = builder.files.map;
    let is_seen = |manifest: &&Manifest| manifest.role == Role::Manifest;
    // What is missing, and what is kept apart, may be what an entry is for.
    let partial = release.events.iter().any(|event| event.kind.is_gap() || event.kind.is_error())
        || !release.manifests.iter().all(|manifest| is_seen(&manifest));
    let resources = release.manifests.iter().filter(is_seen).map(|manifest| {
        let object = &manifest.object;
        Resource::new(map, object.tree.clone(), Span::new(object.source, 0, 0))
    });
    let resources: Vec<Resource> = resources.collect();
    let mut to = Accumulation { partial, config: Configuration::builtin(), ..Accumulation::default() };
    let mut log = Log::default();
    let made = run(builder, directory, entry, resources, &mut to, &mut log);
    release.events.append(&mut log.events);
    release.secrets.append(&mut log.secrets);
    match made {
        Ok(resources) => {
            release.manifests.retain(|manifest| manifest.role != Role::Manifest);
            let first_hook = release.manifests.iter().position(|manifest| manifest.role == Role::Hook);
            let at = first_hook.unwrap_or(release.manifests.len());
            let made = resources.into_iter().map(|resource| Manifest {
                object: object(map, resource),
                role: Role::Manifest,
                printed: None,
            });
            release.manifests.splice(at..at, made);
        }
        Err(error) => release.events.extend(error.events()),
    }
}

fn run(
    builder: &Builder<'_>,
    directory: &Utf8Path,
    entry: Cursor<'_>,
    resources: Vec<Resource>,
    to: &mut Accumulation,
    log: &mut Log,
) -> Result<Vec<Resource>> {
    let map = builder.files.map;
    let mut build = Build::new(builder, true);
    let items = |name: &str| entry.get(name).into_iter().flat_map(|list| list.items());
    let kustomization = Kustomization {
        directory: directory.to_owned(),
        tree: entry.tree(),
        is_component: false,
        events: [].into(),
    };
    append(map, to, resources, Some(entry.span()))?;
    for item in items("patchesStrategicMerge") {
        let patch = written(item, item, None);
        change(&mut build, to, log, |stage, to, schema| {
            patches::apply_strategic(stage, schema, &mut to.resources, &patch)
        })?;
    }
    for item in items("patches") {
        if let Some(patch) = patch_entry(&mut build, &kustomization, item, "patch", to, log)? {
            change(&mut build, to, log, |stage, to, schema| {
                patches::apply(stage, schema, &mut to.resources, &patch)
            })?;
        }
    }
    for item in items("patchesJson6902") {
        let Some(operations) = item.get("patch") else { continue };
        let patch = written(item, operations, item.get("target"));
        change(&mut build, to, log, |stage, to, schema| {
            patches::apply_json6902(stage, schema, &mut to.resources, &patch)
        })?;
    }
    for item in items("images") {
        let specs = to.config.get().images.clone();
        change(&mut build, to, log, |stage, to, _| {
            images::apply(stage, &mut to.resources, item.span(), item, &specs)
        })?;
    }
    let mut stage = Stage { map, events: Vec::new(), secrets: Vec::new(), partial: to.partial };
    let finished = finish(&mut stage, &kustomization, std::mem::take(to));
    log.events.append(&mut stage.events);
    finished
}

/// A patch that is written as it is, not as text.
fn written<'a>(item: Cursor<'a>, content: Cursor<'a>, target: Option<Cursor<'a>>) -> PatchEntry<'a> {
    PatchEntry {
        entry: item.span(),
        at: content.span(),
        documents: vec![content.tree()],
        target,
        options: None,
    }
}

fn object(map: &SourceMap, resource: Resource) -> Object {
    let mut object = Object::new(map, resource.tree, resource.origin.source);
    object.removed = resource.removed.into();
    object
}
