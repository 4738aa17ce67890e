//! Which objects differ between two revisions, and how.
//!
//! Must not know how that is laid out.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::config::Tier;
use crate::graph::{AllApplied, Applied, AppliedKey, ChangeView, GraphView, applied};
use crate::render::Unit;
use crate::source::{SourceId, unified};

use super::super::objects::{Rendered, same};

/// Environments, production first.
pub(super) type Places = BTreeSet<(std::cmp::Reverse<Option<Tier>>, String)>;

/// What happens to an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum What {
    /// It is in both revisions and differs.
    Changed,
    /// It was not there.
    New,
    /// It is no longer there.
    Gone,
}

impl What {
    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            What::Changed => "changed",
            What::New => "new",
            What::Gone => "gone",
        }
    }
}

/// The same change of the same object in some environments.
#[derive(Debug)]
pub(super) struct Change {
    pub what: What,
    pub kind: String,
    /// `namespace/name`
    pub name: String,
    /// Who applies it.
    pub by: Option<String>,
    /// A patch.
    pub lines: String,
    pub added: usize,
    pub removed: usize,
    pub places: Places,
}

/// All that differs, and what could not be compared.
#[derive(Debug)]
pub(super) struct Compared {
    /// Sorted by environments, kind and name.
    pub changes: Vec<Change>,
    /// Overlays that no longer build.
    pub broken: BTreeSet<Utf8PathBuf>,
    /// Overlays that did not build.
    pub mended: BTreeSet<Utf8PathBuf>,
    /// How many overlays build in neither revision.
    pub never: usize,
    /// How many overlays are rendered in part, in either revision.
    pub partial: usize,
}

/// An object in both revisions, where it is there.
struct Pair<'k, 'w> {
    key: &'k AppliedKey,
    base: Option<Applied<'w>>,
    head: Option<Applied<'w>>,
}

/// Compares what is applied.
pub(super) fn compare(change: &ChangeView<'_>) -> Compared {
    let views = [change.base, change.head];
    let [before, after] = views.map(|view| {
        let failed = view.rendering.units.iter().filter(|unit| unit.failed);
        failed.map(|unit| unit.directory.clone()).collect::<BTreeSet<_>>()
    });
    let units = views.into_iter().flat_map(|view| &view.rendering.units);
    let partial: BTreeSet<_> =
        units.filter(|unit| unit.partial && !unit.failed).map(|it| &it.directory).collect();

    let [base, head] = views.map(|view| {
        let mut all = applied(view);
        for objects in all.values_mut() {
            objects.retain(|object| {
                let unit = object.unit.and_then(|unit| view.rendering.units.get(unit));
                !unit.is_some_and(|unit| before.contains(&unit.directory) || after.contains(&unit.directory))
            });
        }
        all
    });
    let differing: Vec<Pair<'_, '_>> = pairs(&base, &head)
        .into_par_iter()
        .filter(|pair| match (&pair.base, &pair.head) {
            (Some(base), Some(head)) => !same(base.object.root, head.object.root),
            _ => true,
        })
        .collect();
    let files = views.map(|view| Files::new(view, &differing));
    let mut texts = [Texts::new(views[0], &files[0]), Texts::new(views[1], &files[1])];
    let mut changes: BTreeMap<(String, String, What, String), Change> = BTreeMap::new();
    for Pair { key, base, head } in differing {
        let mut text =
            |at: usize, it: &Option<Applied<'_>>| it.as_ref().map(|it| texts[at].of(it)).unwrap_or_default();
        let (old, new) = (text(0, &base), text(1, &head));
        let (lines, added, removed) = unified(&old, &new);
        let (what, shown, view) = match (&base, &head) {
            (None, Some(head)) => (What::New, head, change.head),
            (Some(base), None) => (What::Gone, base, change.base),
            (_, Some(head)) => (What::Changed, head, change.head),
            (None, None) => continue,
        };
        let environment = shown.environment(view);
        let tier = environment.as_ref().and_then(|environment| environment.tier);
        let place = environment.map_or_else(String::new, |environment| environment.name);
        let namespace = if key.namespace.is_empty() { String::new() } else { format!("{}/", key.namespace) };
        let name = format!("{namespace}{}", key.name);
        let entry = changes.entry((key.kind.clone(), name.clone(), what, lines.clone()));
        let known = entry.or_insert_with(|| Change {
            what,
            kind: key.kind.clone(),
            name,
            by: shown.owner.map(|owner| owner.display().replace('`', "")),
            lines,
            added,
            removed,
            places: Places::new(),
        });
        known.places.insert((std::cmp::Reverse(tier), place));
    }
    let mut changes: Vec<Change> = changes.into_values().collect();
    changes.sort_by(|a, b| (&a.places, a.what, &a.kind, &a.name).cmp(&(&b.places, b.what, &b.kind, &b.name)));
    Compared {
        changes,
        broken: after.difference(&before).cloned().collect(),
        mended: before.difference(&after).cloned().collect(),
        never: before.intersection(&after).count(),
        partial: partial.len(),
    }
}

/// Objects with those of the same name. What several owners apply is paired in their order.
fn pairs<'k, 'w>(base: &'k AllApplied<'w>, head: &'k AllApplied<'w>) -> Vec<Pair<'k, 'w>> {
    let keys: BTreeSet<&AppliedKey> = base.keys().chain(head.keys()).collect();
    let mut pairs = Vec::new();
    for key in keys {
        let of = |all: &'k AllApplied<'w>| all.get(key).map(Vec::as_slice).unwrap_or_default();
        let (old, new) = (of(base), of(head));
        for index in 0..old.len().max(new.len()) {
            pairs.push(Pair { key, base: old.get(index).copied(), head: new.get(index).copied() });
        }
    }
    pairs
}

/// Files that are applied as they stand, each as a unit, so that one printer prints them all.
struct Files(FxHashMap<SourceId, Unit>);

impl Files {
    fn new(view: GraphView<'_>, pairs: &[Pair<'_, '_>]) -> Self {
        let is_of = |it: &&Applied<'_>| std::ptr::eq(it.object.map, view.map) && it.unit.is_none();
        let objects = pairs.iter().flat_map(|pair| [&pair.base, &pair.head]).flatten().filter(is_of);
        let mut files = FxHashMap::default();
        for source in objects.map(|it| it.object.object.source) {
            let file = view.repository.files.iter().find(|file| file.source == source);
            let objects = file.map(|file| file.objects.clone()).unwrap_or_default();
            files.entry(source).or_insert_with(|| Unit {
                directory: Utf8PathBuf::new(),
                source,
                objects,
                events: Vec::new(),
                secrets: Vec::new(),
                charts: Vec::new(),
                partial: false,
                layer: std::sync::Arc::default(),
                is_default: false,
                is_chart: false,
                failed: false,
            });
        }
        Self(files)
    }
}

/// Objects of one revision as YAML, without secrets. What is secret is known for a unit as a whole.
struct Texts<'w> {
    view: GraphView<'w>,
    files: &'w Files,
    units: FxHashMap<usize, Rendered<'w>>,
    of_files: FxHashMap<SourceId, Rendered<'w>>,
}

impl<'w> Texts<'w> {
    fn new(view: GraphView<'w>, files: &'w Files) -> Self {
        Self { view, files, units: FxHashMap::default(), of_files: FxHashMap::default() }
    }

    fn of(&mut self, applied: &Applied<'_>) -> String {
        let GraphView { map, rendering, .. } = self.view;
        let rendered = match applied.unit {
            Some(index) => {
                let Some(unit) = rendering.units.get(index) else { return String::new() };
                self.units.entry(index).or_insert_with(|| Rendered::new(map, unit))
            }
            None => {
                let source = applied.object.object.source;
                let Some(unit) = self.files.0.get(&source) else { return String::new() };
                self.of_files.entry(source).or_insert_with(|| Rendered::new(map, unit))
            }
        };
        rendered.object(applied.object.object)
    }
}
