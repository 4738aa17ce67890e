//! The property itself: every edit of every scalar, and what is wrong with what the fields say about it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use plimsoll::model::Object;
use plimsoll::source::{SourceId, SourceMap, Span};
use plimsoll::yaml::Cursor;

use crate::edits::{self, Edit};
use crate::names::Names;
use crate::rendered::{Field, Place, Rendered, fields, id, identity, place, render, shown};
use crate::support::Files;

/// What came of the edits of one repository.
#[derive(Default)]
pub struct Report {
    pub edits: usize,
    /// Fields that changed, over all edits.
    pub changed: usize,
    pub violations: Vec<Violation>,
}

/// What is wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fault {
    /// A field changed that names the edited scalar neither before nor after.
    Unnamed,
    /// The same steps made a field before and after, and only one of the two names the scalar.
    NamedOnce,
    /// A field is there in one of the renderings, and nothing says why it is not in the other.
    Unexplained,
    /// A field names the scalar as copied text and did not change.
    NotCopied,
}

/// A field that breaks the property.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Violation {
    pub fault: Fault,
    pub unit: String,
    /// Kind, namespace and name.
    pub object: String,
    pub field: String,
    pub values: [Option<String>; 2],
    pub edit: Edit,
    /// The line of the edit, as it was.
    pub line: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fault, unit, object, field, values, edit, line } = self;
        let [before, after] = values.each_ref().map(|value| value.as_deref().unwrap_or("absent"));
        let (path, new) = (&edit.path, &edit.new);
        let old = &edit.old;
        write!(
            f,
            "{fault:?} {unit}: {object} {field}: {before} -> {after}\n    {path}: `{old}` -> `{new}` in `{line}`"
        )
    }
}

/// Tries every edit.
pub fn check(files: &Files) -> Report {
    let before = render(files);
    assert!(!before.units.is_empty(), "nothing renders");
    let named: BTreeMap<&String, Vec<Named<'_>>> = before
        .units
        .iter()
        .map(|(unit, &index)| {
            (unit, before.objects(index).iter().map(|it| Named::new(&before, it)).collect())
        })
        .collect();
    let edits = edits::all(files);
    let reports: Vec<Report> = edits
        .par_iter()
        .map(|edit| {
            let text = &files[&edit.path];
            let mut files = files.clone();
            files.insert(edit.path.clone(), edit.apply(text));
            let after = render(&files);
            let mut trial = Trial { edit, text, before: &before, after: &after, report: Report::default() };
            for (unit, &index) in &after.units {
                if let Some(named) = named.get(unit) {
                    trial.unit(unit, named, after.objects(index));
                }
            }
            trial.report
        })
        .collect();
    let mut all = Report { edits: edits.len(), ..Report::default() };
    for report in reports {
        all.changed += report.changed;
        all.violations.extend(report.violations);
    }
    all.violations.sort();
    all
}

/// An object with what it and its fields name.
struct Named<'a> {
    object: &'a Object,
    id: String,
    identity: Names,
    /// By the nodes of its tree.
    fields: FxHashMap<u32, Names>,
}

impl<'a> Named<'a> {
    fn new(rendered: &Rendered, object: &'a Object) -> Self {
        let map = &rendered.world.map;
        let identity = Names::of_identity(map, &identity(map, object));
        let root = Cursor::new(map, &object.tree);
        let fields = fields([Some(root), None], &|_, _| false).into_iter().filter_map(|field| {
            let [value, _] = field.values;
            Some((value?.index(), of_field(map, value?, &field.ways[0])))
        });
        Self { object, id: id(map, object), identity, fields: fields.collect() }
    }
}

fn of_field(map: &SourceMap, value: Cursor<'_>, way: &[Place]) -> Names {
    let mut names = match value.text() {
        Some(_) => Names::of(map, place(value)),
        None => Names::of_empty(map, place(value)),
    };
    way.iter().for_each(|place| names.add_control(map, *place));
    names
}

/// A place that is in the way of nothing.
const NOWHERE: Span = Span::new(SourceId(0), 0, 0);

/// One edit.
struct Trial<'a> {
    edit: &'a Edit,
    /// The file before it.
    text: &'a str,
    before: &'a Rendered,
    after: &'a Rendered,
    report: Report,
}

impl Trial<'_> {
    /// Pairs the objects of a unit: those that come from the same bytes, and of several the one of the same name.
    /// An object that only one of the renderings has is no matter of origins.
    fn unit(&mut self, unit: &str, before: &[Named<'_>], after: &[Object]) {
        let map = &self.after.world.map;
        let start = |map, object: &Object, is_after| Some(self.was_at(map, written(map, object)?, is_after));
        let mut left: Vec<_> =
            after.iter().map(|object| (start(map, object, true), id(map, object), object)).collect();
        let mut pairs = Vec::new();
        for is_strict in [true, false] {
            for named in before {
                if pairs.iter().any(|(known, _): &(&Named<'_>, _)| std::ptr::eq(*known, named)) {
                    continue;
                }
                let at = start(&self.before.world.map, named.object, false);
                let same =
                    left.iter().position(|(other, id, _)| *other == at && (!is_strict || *id == named.id));
                pairs.extend(same.map(|same| (named, left.remove(same).2)));
            }
        }
        for (named, after) in pairs {
            self.object(unit, named, after);
        }
    }

    fn object(&mut self, unit: &str, before: &Named<'_>, after: &Object) {
        let map = &self.after.world.map;
        let identity_after = Names::of_identity(map, &identity(map, after));
        let is_identity = self.names_before(&before.identity.all) || self.names_after(&identity_after.all);
        let roots = [Cursor::new(&self.before.world.map, &before.object.tree), Cursor::new(map, &after.tree)];
        let same = |a: Cursor<'_>, b: Cursor<'_>| self.is_same_place(a, b);
        for field in fields(roots.map(Some), &same) {
            let values = field.values.map(|value| value.map(shown));
            let was = field.values[0].and_then(|value| before.fields.get(&value.index()));
            // A null is as good as nothing.
            let said = values.each_ref().map(|value| value.as_deref().filter(|value| *value != "Null"));
            let fault = if said[0] == said[1] {
                was.filter(|was| self.is_ignored(was, field.values[1])).map(|_| Fault::NotCopied)
            } else {
                self.report.changed += 1;
                let is = field.values[1].map(|value| of_field(map, value, &field.ways[1]));
                (!is_identity).then(|| self.fault(&field, before.object, after, was, is.as_ref())).flatten()
            };
            if let Some(fault) = fault {
                let line = self.text[..self.edit.start].matches('\n').count();
                self.report.violations.push(Violation {
                    fault,
                    unit: unit.to_owned(),
                    object: before.id.clone(),
                    field: field.path,
                    values,
                    edit: self.edit.clone(),
                    line: self.text.lines().nth(line).unwrap_or_default().trim().to_owned(),
                });
            }
        }
    }

    /// What is wrong with a field that changed.
    fn fault(
        &self,
        field: &Field<'_>,
        before: &Object,
        after: &Object,
        was: Option<&Names>,
        is: Option<&Names>,
    ) -> Option<Fault> {
        let named_before = was.is_some_and(|names| self.names_before(&names.all));
        let named_after = is.is_some_and(|names| self.names_after(&names.all));
        match (was, is) {
            (Some(was), Some(is)) => match (named_before, named_after) {
                (true, true) => None,
                (false, false) => Some(Fault::Unnamed),
                _ if self.is_made_alike(was, is) => Some(Fault::NamedOnce),
                _ => None,
            },
            // A field that is gone was taken away by something that names the scalar, or names it itself.
            _ if named_before || named_after => None,
            _ => {
                let is_removed = self.is_removed(&field.path, self.after, after, Self::names_after)
                    || self.is_removed(&field.path, self.before, before, Self::names_before)
                    || self.is_put_over(field);
                (!is_removed).then_some(Fault::Unexplained)
            }
        }
    }

    /// Whether a step that names the scalar put a collection where a field would be that is not there.
    fn is_put_over(&self, field: &Field<'_>) -> bool {
        let names = |map, parents: &[Cursor<'_>]| {
            let steps = parents.iter().map(|parent| (NOWHERE, parent.step()));
            steps.flat_map(|place| Names::of(map, place).all).collect::<Vec<_>>()
        };
        let [before, after] = &field.parents;
        let is_absent = field.values.map(|value| value.is_none());
        is_absent[0] && self.names_before(&names(&self.before.world.map, before))
            || is_absent[1] && self.names_after(&names(&self.after.world.map, after))
    }

    /// Whether a patch that names the scalar took a field away, or what was in it.
    fn is_removed(
        &self,
        path: &str,
        rendered: &Rendered,
        object: &Object,
        names: impl Fn(&Self, &[Span]) -> bool,
    ) -> bool {
        let map = &rendered.world.map;
        let mut about = object.removed.iter().filter(|removal| is_related(path, &removal.path));
        about.any(|removal| names(self, &Names::of(map, (NOWHERE, removal.step)).all))
    }

    /// Whether a value that did not change says before and after that it is copied from the scalar. Where another
    /// text of the same words has taken its place, nothing is wrong.
    fn is_ignored(&self, was: &Names, is: Option<Cursor<'_>>) -> bool {
        let map = &self.after.world.map;
        let was_within = |span: &Span| self.edit.is_within_before(&self.before.world.map, *span);
        let is_within = |span: &Span| self.edit.is_within_after(map, *span);
        let now = || is.map(|is| Names::of(map, place(is)).copied).unwrap_or_default();
        was.copied.iter().any(was_within) && now().iter().any(is_within)
    }

    /// Whether two values are made in the same way, the scalar apart: by the same steps, from the same places.
    fn is_made_alike(&self, was: &Names, is: &Names) -> bool {
        let (map_before, map_after) = (&self.before.world.map, &self.after.world.map);
        let before = was.all.iter().filter(|span| !self.edit.touches_before(map_before, **span));
        let after = is.all.iter().filter(|span| !self.edit.touches_after(map_after, **span));
        let before: BTreeSet<_> = before.map(|span| self.was_at(map_before, *span, false)).collect();
        let after: BTreeSet<_> = after.map(|span| self.was_at(map_after, *span, true)).collect();
        was.steps == is.steps && before == after
    }

    /// Whether a value before the edit and one after it are the same bytes of a file.
    fn is_same_place(&self, before: Cursor<'_>, after: Cursor<'_>) -> bool {
        let at = |value: Cursor<'_>| value.map().in_file(value.span());
        at(before).zip(at(after)).is_some_and(|(was, is)| {
            self.was_at(before.map(), was, false) == self.was_at(after.map(), is, true)
        })
    }

    /// A place, as offsets before the edit.
    fn was_at<'m>(&self, map: &'m SourceMap, span: Span, is_after: bool) -> (&'m str, usize, usize) {
        let path = map.source(span.source).path().as_str();
        let moved = |at: u32| match is_after && path == self.edit.path {
            true => self.edit.offset_before(at as usize),
            false => at as usize,
        };
        (path, moved(span.start), moved(span.end()))
    }

    fn names_before(&self, spans: &[Span]) -> bool {
        spans.iter().any(|span| self.edit.touches_before(&self.before.world.map, *span))
    }

    fn names_after(&self, spans: &[Span]) -> bool {
        spans.iter().any(|span| self.edit.touches_after(&self.after.world.map, *span))
    }
}

/// Where an object starts, or the entry that generates it.
fn written(map: &SourceMap, object: &Object) -> Option<Span> {
    map.in_file(object.tree.nodes().first()?.span).map(|span| span.part(0, 0))
}

/// Whether a field lies at, below or above what was removed. Items of lists have other indices by now, so those are
/// not compared.
fn is_related(path: &str, removed: &str) -> bool {
    let parts = |path: &str| -> Vec<String> {
        let path = path.replace('"', "");
        let parts = path.split(['.', '[', ']']).filter(|part| !part.is_empty());
        let is_index = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        parts.map(|part| if is_index(part) { "*".to_owned() } else { part.to_owned() }).collect()
    };
    let (path, removed) = (parts(path), parts(removed));
    path.starts_with(&removed) || removed.starts_with(&path)
}
