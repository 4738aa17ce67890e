//! One kustomization file: found, read, and checked.
//!
//! Owns what Kustomize does before it builds anything: file names, the one document, required kinds, old spellings.
//! Must not know what the fields do.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::KUSTOMIZATION_NAMES;
use crate::render::{Event, EventKind, Gap};
use crate::source::{SourceMap, Span};
use crate::yaml::{Cursor, Tree};

use super::error::{BuildError, Result};
use super::files::{Files, Place};
use super::shape;

/// A kustomization or component.
#[derive(Clone, Debug)]
pub(in crate::render) struct Kustomization {
    /// Its directory relative to the root.
    pub directory: Utf8PathBuf,
    /// Its only document.
    pub tree: Tree,
    /// `kind: Component`
    pub is_component: bool,
    /// Duplicate keys, and fields of newer versions.
    pub events: Arc<[Event]>,
}

/// The kustomization files of a directory, by their paths.
pub(in crate::render) fn find(files: &Files<'_>, directory: &Utf8Path) -> Vec<Utf8PathBuf> {
    let place = |name: &&str| match files.place(directory, name) {
        // A link to a kustomization elsewhere is read, but belongs to this directory.
        Place::File(path) => Some(path),
        Place::Directory(_) | Place::Missing | Place::Outside => None,
    };
    let names = || KUSTOMIZATION_NAMES.iter().map(|name| directory.join(name));
    // Beside a file of the repository only what the walk saw can be a second one: what git ignores is in no clone, and a
    // look at the disk for each name and directory is felt.
    if names().any(|path| files.has(&path)) {
        return names().filter(|path| files.has(path) || files.has_seen(path)).collect();
    }
    KUSTOMIZATION_NAMES.iter().filter_map(place).collect()
}

impl Kustomization {
    /// Reads the kustomization of a directory. `at` is where the directory is named.
    pub fn load(files: &Files<'_>, directory: &Utf8Path, at: Option<Span>) -> Result<Self> {
        let found = find(files, directory);
        let shown = if directory.as_str().is_empty() { "." } else { directory.as_str() };
        let nowhere = Span::new(crate::source::SourceId(0), 0, 0);
        let path = match found.as_slice() {
            [path] => path,
            [] => {
                let message = format!("`{shown}` has no kustomization.yaml");
                return Err(BuildError::missing(at.unwrap_or(nowhere), message));
            }
            [first, second, ..] => {
                let span = start_of(files, second, at.unwrap_or(nowhere));
                let first = first.file_name().unwrap_or_default();
                let message = format!("`{shown}` has a second kustomization file beside {first}");
                return Err(BuildError::new(span, message));
            }
        };
        let documents = files.documents(path, at.unwrap_or(nowhere))?;
        if let Some((span, message)) = &documents.problem {
            return Err(BuildError::new(*span, format!("the kustomization is not YAML: {message}")));
        }
        let start = start_of(files, path, at.unwrap_or(nowhere));
        let Some(tree) = documents.trees.first() else {
            return Err(BuildError::empty(start));
        };
        let duplicates = documents.duplicates.iter().map(|(span, key)| {
            let message = format!("`{key}` stands twice in the kustomization; the last one counts");
            Event::new(EventKind::DuplicateKey, *span, message)
        });
        Self::new(files.map, directory, tree, duplicates.collect())
    }

    /// A kustomization of `directory` as `tree` says, wherever that came from. `events` are what reading it gave.
    pub fn new(map: &SourceMap, directory: &Utf8Path, tree: &Tree, mut events: Vec<Event>) -> Result<Self> {
        let root = Cursor::new(map, tree);
        if !root.is_map() {
            return Err(BuildError::new(root.span(), "the kustomization is not a mapping"));
        }
        let checked = shape::check(root)?;
        let tree = if checked.is_odd { shape::canonical(map, tree) } else { tree.clone() };
        let root = Cursor::new(map, &tree);
        let text =
            |name: &str| root.get(name).and_then(|value| value.text().map(|text| (text, value.span())));
        let is_component = match text("kind") {
            None => false,
            Some((kind, _)) if kind.is_empty() || kind == "Kustomization" => false,
            Some((kind, _)) if kind == "Component" => true,
            Some((kind, span)) => {
                let message = format!("`{kind}` should be `Kustomization` or `Component`");
                return Err(BuildError::new(span, message));
            }
        };
        let version =
            if is_component { "kustomize.config.k8s.io/v1alpha1" } else { "kustomize.config.k8s.io/v1beta1" };
        if let Some((found, span)) =
            text("apiVersion").filter(|(found, _)| !found.is_empty() && found != version)
        {
            let kind = if is_component { "Component" } else { "Kustomization" };
            let message = format!("`{found}` is no version of {kind}; it should be `{version}`");
            return Err(BuildError::new(span, message));
        }
        if !shape::says_something(root) {
            return Err(BuildError::empty(root.span()));
        }
        events.extend(checked.newer.into_iter().map(|(span, name)| {
            let message = format!("`{name}` is newer than Kustomize 5.5 and has no effect here");
            Event::new(EventKind::NotRendered(Gap::NewerField), span, message)
        }));
        Ok(Self { directory: directory.to_owned(), is_component, events: events.into(), tree })
    }

    /// Its root.
    pub fn root<'a>(&'a self, map: &'a SourceMap) -> Cursor<'a> {
        Cursor::new(map, &self.tree)
    }

    /// A field; `None` also when it is null or empty text, which Go cannot tell apart.
    pub fn field<'a>(&'a self, map: &'a SourceMap, name: &str) -> Option<Cursor<'a>> {
        let value = self.root(map).get(name)?;
        let is_zero = value.is_null() || value.text().is_some_and(|text| text.is_empty());
        (!is_zero).then_some(value)
    }

    /// The items of a list field.
    pub fn items<'a>(&'a self, map: &'a SourceMap, name: &str) -> Vec<Cursor<'a>> {
        self.field(map, name).map(|list| list.items().collect()).unwrap_or_default()
    }
}

fn start_of(files: &Files<'_>, path: &Utf8Path, at: Span) -> Span {
    files.content(path, at).map_or(at, |content| Span::new(content.source, 0, 0))
}
