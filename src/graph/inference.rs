//! What this repository is called, judging by the paths that owners read at an address and that are here.
//!
//! Owns which values of owners are an address with a path. Must not know what becomes of an inferred address.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use crate::model::{ObjectView, Repository};
use crate::source::SourceMap;
use crate::yaml::Cursor;

use super::OwnerKind;
use super::context::source_path;

/// A path that an owner reads at an address.
pub(super) struct Reference {
    /// The address, as it is written.
    pub address: String,
    /// The path, up to the first wildcard or template.
    path: Utf8PathBuf,
    /// Whether files lie there.
    is_here: bool,
    /// Whether the owner itself stands there, as in a repository that applies itself.
    is_own: bool,
}

/// The paths that owners of the repository read, and where.
pub(super) fn references(map: &SourceMap, repository: &Repository) -> Vec<Reference> {
    let mut found = Vec::new();
    let mut kustomizations = Vec::new();
    let mut sources: FxHashMap<String, Vec<String>> = FxHashMap::default();
    for (file, source) in repository.files.iter().zip(map.files()) {
        for object in &file.objects {
            let view = ObjectView::rendered(map, repository, object);
            let Some(spec) = view.root.get("spec") else { continue };
            if view.kind() == "GitRepository" {
                let url = spec.get("url").and_then(|value| value.text());
                sources.entry(view.name().into_owned()).or_default().extend(url.map(|url| url.into_owned()));
            }
            match OwnerKind::of(&view) {
                Some(OwnerKind::Application) => argo(spec, source.path(), &mut found),
                Some(OwnerKind::ApplicationSet) => {
                    spec.path(&["template", "spec"])
                        .into_iter()
                        .for_each(|spec| argo(spec, source.path(), &mut found));
                    generators(spec, source.path(), &mut found);
                }
                Some(OwnerKind::Kustomization) => kustomizations.push((spec, source.path())),
                Some(OwnerKind::FluxInstance) => {
                    if let Some(sync) = spec.get("sync") {
                        add(sync.get("url"), sync.get("path"), source.path(), &mut found);
                    }
                }
                _ => {}
            }
        }
    }
    for (spec, file) in kustomizations {
        let name = spec.path(&["sourceRef", "name"]).and_then(|value| value.text());
        let urls = name.and_then(|name| sources.get(name.as_ref())).into_iter().flatten();
        // Sources of one name in several clusters: each may be the one.
        urls.for_each(|url| found.extend(reference(url, spec.get("path"), file)));
    }
    let paths: Vec<&Utf8Path> = map.files().map(|source| source.path()).collect();
    for reference in &mut found {
        let at = paths.partition_point(|path| *path < reference.path.as_path());
        reference.is_here = paths.get(at).is_some_and(|path| path.starts_with(&reference.path));
    }
    found
}

fn argo(spec: Cursor<'_>, file: &Utf8Path, found: &mut Vec<Reference>) {
    let sources = spec.get("sources").into_iter().flat_map(|list| list.items());
    for source in sources.chain(spec.get("source")) {
        add(source.get("repoURL"), source.get("path"), file, found);
    }
}

fn generators(spec: Cursor<'_>, file: &Utf8Path, found: &mut Vec<Reference>) {
    for generator in spec.get("generators").into_iter().flat_map(|list| list.items()) {
        let Some(git) = generator.get("git") else {
            // Matrix and merge generators hold others.
            ["matrix", "merge"]
                .into_iter()
                .filter_map(|kind| generator.get(kind))
                .for_each(|inner| generators(inner, file, found));
            continue;
        };
        for list in ["directories", "files"].into_iter().filter_map(|list| git.get(list)) {
            let wanted = list.items().filter(|item| item.get("exclude").is_none());
            wanted.for_each(|item| add(git.get("repoURL"), item.get("path"), file, found));
        }
    }
}

fn add(address: Option<Cursor<'_>>, path: Option<Cursor<'_>>, file: &Utf8Path, found: &mut Vec<Reference>) {
    found.extend(address.and_then(|value| reference(&value.text()?, path, file)));
}

fn reference(address: &str, path: Option<Cursor<'_>>, file: &Utf8Path) -> Option<Reference> {
    let path = path?.text()?;
    let known = path.find(['*', '{', '?', '[', '$']).map_or(&*path, |end| {
        // A segment that is half known is not known.
        path[..end].rfind('/').map_or("", |slash| &path[..slash])
    });
    let path = source_path(known).filter(|path| !path.as_str().is_empty())?;
    let is_own = file.starts_with(&path);
    (!address.contains("{{")).then(|| Reference { address: address.to_owned(), path, is_here: false, is_own })
}

/// The one address at which this repository must lie: owners read at least two paths there, or the one where they stand
/// themselves, and nine of ten are here. `None` when two addresses would do.
pub(super) fn infer(references: &[Reference], identity: impl Fn(&str) -> String) -> Option<&str> {
    let mut by_address: BTreeMap<String, BTreeMap<&Utf8Path, &Reference>> = BTreeMap::new();
    for reference in references {
        by_address.entry(identity(&reference.address)).or_default().insert(&reference.path, reference);
    }
    let mut likely = by_address.values().filter(|paths| {
        let here = paths.values().filter(|reference| reference.is_here).count();
        let is_own = paths.values().any(|reference| reference.is_own);
        (here >= 2 || is_own) && here * 10 >= paths.len() * 9
    });
    let only = likely.next()?.values().next()?;
    likely.next().is_none().then_some(only.address.as_str())
}
