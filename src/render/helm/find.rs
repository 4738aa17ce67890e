//! Charts of a repository: each is loaded once, and found by name when another one depends on it.
//!
//! Owns where a dependency is looked for when it is not in `charts/`: where `file://` leads, an archive that git
//! ignores, and another chart of the repository that has its name and a version that fits.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use crate::render::Event;
use crate::render::kustomize::{Documents, Files, Place};
use crate::source::{SourceId, Span};
use crate::yaml::Cursor;

use super::chart::{Chart, OtherContent};
use super::compiled::Compiled;
use super::load::Loader;
use super::metadata::Dependency;

/// What loading a chart gave.
pub(super) type Loaded = Result<Arc<Chart>, Event>;

/// The charts of a repository.
#[derive(Default, Debug)]
pub(in crate::render) struct Charts {
    /// What was parsed of them.
    pub compiled: Arc<Compiled>,
    loaded: RwLock<FxHashMap<Utf8PathBuf, Loaded>>,
    /// The directories of charts by their names, each with its version.
    index: OnceLock<FxHashMap<String, Vec<(Utf8PathBuf, String)>>>,
}

impl Charts {
    /// The chart of a directory or an archive, by its path relative to the root.
    pub fn load(&self, files: &Files<'_>, path: &Utf8Path) -> Loaded {
        if let Some(known) = self.known(path) {
            return known;
        }
        let mut loader = Loader::new(files, self);
        let chart = match path.extension() {
            Some("tgz") => loader.archive(path),
            _ => loader.directory(path),
        };
        self.remember(path, chart.map(Arc::new))
    }

    fn known(&self, path: &Utf8Path) -> Option<Loaded> {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    fn remember(&self, path: &Utf8Path, loaded: Loaded) -> Loaded {
        let mut all = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(path.to_owned()).or_insert(loaded).clone()
    }

    /// The directories of charts of a name, with their versions.
    fn named(&self, files: &Files<'_>, name: &str) -> &[(Utf8PathBuf, String)] {
        let index = self.index.get_or_init(|| {
            let mut index: FxHashMap<String, Vec<(Utf8PathBuf, String)>> = FxHashMap::default();
            for path in files.all_named("Chart.yaml") {
                let Ok(documents) = files.documents(&path, Span::new(SourceId(0), 0, 0)) else { continue };
                let Some(tree) = documents.trees.first() else { continue };
                let root = Cursor::new(files.map, tree);
                let text = |name: &str| root.get(name).and_then(|value| value.text());
                if let (Some(name), Some(version), Some(directory)) =
                    (text("name"), text("version"), path.parent())
                {
                    let charts = index.entry(name.into_owned()).or_default();
                    charts.push((directory.to_owned(), version.into_owned()));
                }
            }
            index
        });
        index.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Loader<'_, '_> {
    /// Adds dependencies that are not in `charts/`, and notes those that are nowhere.
    pub fn supply(&mut self, chart: &mut Chart, lock: Option<&Arc<Documents>>) {
        let has =
            |it: &Dependency| chart.dependencies.iter().any(|inner| inner.metadata.name.text == it.name.text);
        // Somebody else keeps a chart in a chart.
        let above = chart.directory.parent().filter(|above| above.file_name() == Some("charts"));
        let is_inner =
            above.and_then(Utf8Path::parent).is_some_and(|outer| self.open.iter().any(|it| it == outer));
        let wrong = (!is_inner).then(|| super::lock::check(self.files.map, chart, lock, &has)).flatten();
        let mut found = Vec::new();
        for (index, dependency) in chart.metadata.dependencies.iter().enumerate() {
            let name = &dependency.name.text;
            let has = |inner: &Arc<Chart>| inner.metadata.name.text == *name;
            if chart.dependencies.iter().chain(&found).any(has) {
                continue;
            }
            match self.elsewhere(chart, dependency, lock) {
                Some(inner) => found.push(inner),
                None => chart.missing.push(index),
            }
        }
        chart.dependencies.append(&mut found);
        chart.events.extend(wrong);
    }

    fn elsewhere(
        &mut self,
        chart: &Chart,
        dependency: &Dependency,
        lock: Option<&Arc<Documents>>,
    ) -> Option<Arc<Chart>> {
        let (name, wanted) = (dependency.name.text.as_str(), dependency.version.text.as_str());
        let fits = |inner: &Arc<Chart>| {
            inner.metadata.name.text == name
                && (wanted.is_empty() || crate::template::allows(wanted, &inner.metadata.version.text))
        };
        for version in self.locked(name, lock).as_deref().into_iter().chain([wanted]) {
            let archive = format!("charts/{name}-{version}.tgz");
            if let Place::File(path) = self.files.place(&chart.directory, &archive) {
                let at = dependency.place().unwrap_or(chart.span());
                let inner = self.unpacked(&OtherContent::File(path.clone()), &path, at).ok()?;
                return Some(Arc::new(inner)).filter(fits);
            }
        }
        let near = match dependency.repository.text.strip_prefix("file://") {
            Some(path) => match self.files.place(&chart.directory, path) {
                Place::Directory(path) => return self.other(&path).filter(fits),
                _ => Vec::new(),
            },
            None => {
                let mut near: Vec<Utf8PathBuf> = self
                    .charts
                    .named(self.files, name)
                    .iter()
                    .filter(|(_, version)| wanted.is_empty() || crate::template::allows(wanted, version))
                    .map(|(directory, _)| directory.clone())
                    .filter(|directory| *directory != chart.directory)
                    .collect();
                let shared = |path: &Utf8Path| {
                    path.components().zip(chart.directory.components()).take_while(|(a, b)| a == b).count()
                };
                near.sort_by_key(|path| std::cmp::Reverse(shared(path)));
                near
            }
        };
        near.iter().find_map(|path| self.other(path).filter(fits))
    }

    /// The chart of another directory. What depends on itself is not there.
    fn other(&mut self, directory: &Utf8Path) -> Option<Arc<Chart>> {
        if let Some(known) = self.charts.known(directory) {
            return known.ok();
        }
        let chart = self.directory(directory).ok()?;
        self.charts.remember(directory, Ok(Arc::new(chart))).ok()
    }

    /// The version that the lock file has of a dependency.
    fn locked(&self, name: &str, lock: Option<&Arc<Documents>>) -> Option<String> {
        let root = Cursor::new(self.files.map, lock?.trees.first()?);
        let is_it =
            |item: &Cursor<'_>| item.get("name").and_then(|it| it.text()).is_some_and(|it| it == name);
        let item = root.get("dependencies")?.items().find(is_it)?;
        Some(item.get("version")?.text()?.into_owned())
    }
}
