//! Manifests in folders of environments that no kustomization takes in and no owner applies.
//!
//! Owns which files these are and which environment they belong to. Must not know what runs in them.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use rustc_hash::FxHashSet;

use crate::model::{File, KUSTOMIZATION_NAMES, Usage};
use crate::source::SourceId;

use super::environment::without_environment;
use super::{Environment, Evidence, GraphView};

/// Files with manifests that somebody applies as they stand: the component, its environment, the file.
pub fn loose<'w>(view: &GraphView<'w>) -> Vec<(String, Environment, &'w File)> {
    let rendered = view.rendering.units.iter().flat_map(|unit| &unit.objects);
    let rendered: FxHashSet<SourceId> = rendered.map(|object| object.source).collect();
    let is_kustomized = |directory: &Utf8Path| {
        KUSTOMIZATION_NAMES.iter().any(|name| view.repository.file(&directory.join(name)).is_some())
    };
    let mut found = Vec::new();
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in view.repository.files.iter().filter(|file| file.usage == Usage::Deployed) {
        let Some(directory) = view.map.source(file.source).path().parent() else { continue };
        // What lies beside a kustomization and is not in it runs nowhere.
        if file.objects.is_empty() || rendered.contains(&file.source) || is_kustomized(directory) {
            continue;
        }
        let Some(environment) = view.graph.environments.of_path(directory) else { continue };
        let key = without_environment(directory.as_str());
        names.entry(key.clone()).or_default().insert(environment.name.clone());
        found.push((key, environment, file));
    }
    // A word in some directory counts where a sibling has another one in its place.
    found.retain(|(key, environment, _)| {
        environment.evidence.is_strong() || names.get(key).is_some_and(|names| names.len() > 1)
    });
    for (_, environment, _) in &mut found {
        environment.evidence = environment.evidence.max(Evidence::Directory);
    }
    found
}
