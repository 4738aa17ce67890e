//! Templates of Azure Pipelines: files of this repository in the place of items, and lists that parameters stand for.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use crate::model::{FileView, Repository};
use crate::yaml::{Cursor, Entry};

use super::super::files::resolve;
use super::super::{Gap, GapKind};

/// Templates in templates are followed this deep; Azure allows a hundred files.
const DEPTH: u32 = 20;
/// A list has no more items than this, whatever templates multiply to.
const ITEMS: usize = 5000;
/// A pipeline names no more templates than this, those that templates name counted each time.
const CALLS: usize = 2000;

/// Where something is written, and what parameters stand for there.
#[derive(Clone)]
pub(super) struct Place<'w> {
    /// The directory of the file.
    directory: Utf8PathBuf,
    /// Parameters, and variables of loops, that are lists.
    lists: FxHashMap<String, (Cursor<'w>, Arc<Place<'w>>)>,
    depth: u32,
}

impl<'w> Place<'w> {
    /// A file that nothing is given to.
    pub fn of(root: Cursor<'w>) -> Self {
        let path = root.map().source(root.span().source).path();
        let directory = path.parent().unwrap_or(Utf8Path::new("")).to_owned();
        Self { directory, lists: FxHashMap::default(), depth: DEPTH }
    }
}

/// Reads templates.
pub(super) struct Templates<'w, 'g> {
    repository: &'w Repository,
    gaps: &'g mut Vec<Gap>,
    /// How many more templates are read.
    calls: usize,
}

impl<'w, 'g> Templates<'w, 'g> {
    pub fn new(repository: &'w Repository, gaps: &'g mut Vec<Gap>) -> Self {
        Self { repository, gaps, calls: CALLS }
    }

    /// The items of a list: what templates of this `kind` (`steps`, `jobs` …) hold, what stands in conditions and
    /// loops, and what parameters stand for.
    pub fn items(
        &mut self,
        list: Cursor<'w>,
        kind: &str,
        place: &Place<'w>,
        found: &mut Vec<(Cursor<'w>, Place<'w>)>,
    ) {
        let Some(less) = place.depth.checked_sub(1).filter(|_| found.len() < ITEMS) else { return };
        if let Some((given, place)) = list.text().and_then(|text| place.lists.get(expression(&text)?)) {
            let place = Place { depth: less.min(place.depth), ..Place::clone(place) };
            return self.items(*given, kind, &place, found);
        }
        let place = Place { depth: less, ..place.clone() };
        if list.is_map() && kind == "variables" {
            found.push((list, place));
            return;
        }
        if list.is_map() {
            return self.entries(list, kind, &place, found);
        }
        for item in list.items() {
            if item.text().is_some() {
                self.items(item, kind, &place, found);
            } else if item.get("template").is_some() {
                if let Some((root, place)) = self.called(item, &place) {
                    match root.get(kind) {
                        Some(list) => self.items(list, kind, &place, found),
                        None => self.entries(root, kind, &place, found),
                    }
                }
            } else if item.entries().first().is_some_and(|entry| is_expression(entry.key)) {
                self.entries(item, kind, &place, found);
            } else if found.len() < ITEMS {
                found.push((item, place.clone()));
            }
        }
    }

    /// `${{ if … }}: [items]` and `${{ each item in parameters.items }}: [items]`.
    fn entries(
        &mut self,
        value: Cursor<'w>,
        kind: &str,
        place: &Place<'w>,
        found: &mut Vec<(Cursor<'w>, Place<'w>)>,
    ) {
        for Entry { key, value } in value.entries().into_iter().filter(|entry| is_expression(entry.key)) {
            let text = key.text().unwrap_or_default();
            let mut words = text.trim_start_matches("${{").trim_end_matches("}}").split_whitespace();
            let mut place = place.clone();
            if words.next() == Some("each")
                && let (Some(name), Some("in"), Some(list)) = (words.next(), words.next(), words.next())
                && let Some(list) = place.lists.get(list).cloned()
            {
                place.lists.insert(name.to_owned(), list);
            }
            self.items(value, kind, &place, found);
        }
    }

    /// The root of the template that an item names, and what it is given.
    pub fn called(&mut self, item: Cursor<'w>, place: &Place<'w>) -> Option<(Cursor<'w>, Place<'w>)> {
        let name = item.get("template")?;
        let path = match named(&name.text()?, &place.directory) {
            Ok(path) => path,
            Err(kind) => {
                self.gaps.push(Gap { span: name.span(), kind });
                return None;
            }
        };
        let depth = place.depth.checked_sub(1)?;
        self.calls = self.calls.checked_sub(1)?;
        let Some(file) = self.repository.file(&path) else {
            self.gaps.push(Gap { span: name.span(), kind: GapKind::Missing });
            return None;
        };
        let file = FileView { map: item.map(), file };
        let root = file.documents().next()?.root;
        let mut lists = FxHashMap::default();
        for (name, default) in defaults(root) {
            let given = item.path(&["parameters", &name]);
            let passed = given.and_then(|given| given.text());
            let passed = passed.and_then(|text| place.lists.get(expression(&text)?).cloned());
            let given = given.map(|given| (given, Arc::new(Place { depth, ..place.clone() })));
            let default = default.map(|default| (default, Arc::new(Place { depth, ..Place::of(root) })));
            if let Some(list) = passed.or_else(|| given.or(default).filter(|(list, _)| list.is_seq())) {
                lists.insert(format!("parameters.{name}"), list);
            }
        }
        Some((root, Place { lists, depth, ..Place::of(root) }))
    }
}

/// The parameters of a template, in both forms, with their defaults.
fn defaults(root: Cursor<'_>) -> Vec<(String, Option<Cursor<'_>>)> {
    let Some(parameters) = root.get("parameters") else { return Vec::new() };
    let name = |name: Cursor<'_>| name.text().map(std::borrow::Cow::into_owned);
    if parameters.is_map() {
        let entries = parameters.entries().into_iter();
        return entries.filter_map(|entry| Some((name(entry.key)?, Some(entry.value)))).collect();
    }
    parameters.items().filter_map(|item| Some((name(item.get("name")?)?, item.get("default")))).collect()
}

/// The inside of `${{ … }}`, when that is all.
fn expression(text: &str) -> Option<&str> {
    Some(text.trim().strip_prefix("${{")?.strip_suffix("}}")?.trim())
}

fn is_expression(key: Cursor<'_>) -> bool {
    key.text().is_some_and(|key| key.starts_with("${{"))
}

/// The path of a template, or why there is none.
fn named(name: &str, directory: &Utf8Path) -> Result<Utf8PathBuf, GapKind> {
    if name.contains("${{") || name.contains("$(") {
        return Err(GapKind::Computed);
    }
    match name.split_once('@') {
        Some((name, "self")) => Ok(resolve(Utf8Path::new(""), name)),
        Some(_) => Err(GapKind::Elsewhere),
        None => Ok(resolve(directory, name)),
    }
}

/// The files of this repository that a pipeline, or one of its templates, names as templates.
pub(in crate::ci) fn includes<'w>(repository: &'w Repository, file: &FileView<'w>) -> Vec<FileView<'w>> {
    let directory = file.path().parent().unwrap_or(Utf8Path::new(""));
    let mut found = Vec::new();
    for scalar in file.documents().flat_map(|document| document.root.scalars()) {
        if scalar.key().and_then(|key| key.text()).is_some_and(|key| key == "template")
            && let Some(path) = scalar.text().and_then(|name| named(&name, directory).ok())
            && let Some(included) = repository.file(&path)
        {
            found.push(FileView { map: file.map, file: included });
        }
    }
    found
}
