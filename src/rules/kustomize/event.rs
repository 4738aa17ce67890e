//! What the rules about rendering share: an event as a finding that names the overlays it happens in.
//!
//! Must not know what happened: each kind of event has a rule of its own.

use std::borrow::Cow;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use crate::config::suggestion;
use crate::discover::FileKind;
use crate::engine::{At, Cx, Report, World};
use crate::finding::{Finding, Level, Related};
use crate::graph::OwnerKind;
use crate::model::{DocumentKind, File, KUSTOMIZATION_NAMES, ObjectView, commented_entry, normalise};
use crate::render::{Event, EventKind, Unit};
use crate::rules::support::is_among_templates;
use crate::source::Span;
use crate::yaml::Cursor;

/// What happened where, by indices into the units and events of the rendering.
#[derive(Default)]
struct Places {
    units: FxHashMap<Place, Vec<usize>>,
    events: FxHashMap<Place, Vec<usize>>,
}

/// A text inside of a component is read anew in every overlay, so places are compared as the file has them.
type Place = (Span, EventKind);

impl Places {
    fn of(world: &World) -> Arc<Self> {
        world.memo.get(|| {
            let mut places = Self::default();
            for (index, unit) in world.rendering.units.iter().enumerate() {
                for event in &unit.events {
                    let units = places.units.entry(place(event, world)).or_default();
                    if units.last() != Some(&index) {
                        units.push(index);
                    }
                }
            }
            for (index, event) in world.rendering.events.iter().enumerate() {
                places.events.entry(place(event, world)).or_default().push(index);
            }
            places
        })
    }
}

/// The units in which something happened.
pub fn units<'w>(event: &Event, world: &'w World) -> Vec<&'w Unit> {
    let places = Places::of(world);
    let units = places.units.get(&place(event, world)).into_iter().flatten();
    units.map(|&unit| &world.rendering.units[unit]).collect()
}

/// Whether something of the same kind happened at the same place and comes first.
pub fn is_repeated(event: &Event, world: &World) -> bool {
    at_one_place(event, world).next().is_some_and(|first| first != event)
}

/// What happened of the same kind at the same place, in other words or to other objects; the event itself too.
pub fn at_one_place<'w>(event: &Event, world: &'w World) -> impl Iterator<Item = &'w Event> + use<'w> {
    let found = Places::of(world).events.get(&place(event, world)).cloned().unwrap_or_default();
    found.into_iter().map(|event| &world.rendering.events[event])
}

fn place(event: &Event, world: &World) -> Place {
    (world.map.in_file(event.span).unwrap_or(event.span), event.kind)
}

/// The directory of the kustomization, or of the patch, that an event happened in.
pub fn directory<'w>(event: &Event, world: &'w World) -> &'w Utf8Path {
    let span = world.map.in_file(event.span).unwrap_or(event.span);
    world.map.source(span.source).path().parent().unwrap_or(Utf8Path::new(""))
}

/// Whether a controller's override caused it, such as the `targetNamespace` of a Flux Kustomization.
pub fn is_of_controller(event: &Event, world: &World) -> bool {
    let file = file(event, world);
    file.is_some_and(|file| {
        file.objects.iter().any(|object| {
            let view = ObjectView::new(&world.map, Some(file), object);
            OwnerKind::of(&view).is_some()
                && view.root.span().contains(world.map.in_file(event.span).unwrap_or(event.span))
        })
    })
}

/// The item of one of these lists of a kustomization that an event happened at.
pub fn item<'w>(event: &Event, lists: &[&str], world: &'w World) -> Option<Cursor<'w>> {
    let span = world.map.in_file(event.span)?;
    let roots = file(event, world)?.documents.iter().map(|document| Cursor::new(&world.map, &document.tree));
    let lists = roots.flat_map(|root| lists.iter().filter_map(move |name| root.get(name)));
    lists.flat_map(|list| list.items()).find(|item| item.span().contains(span))
}

/// Whether it happened in a component, which is written for whoever includes it.
pub fn is_in_component(event: &Event, world: &World) -> bool {
    let is_component = |file: &File| file.documents.iter().any(|it| it.kind == DocumentKind::Component);
    file(event, world).is_some_and(is_component)
}

/// Whether it happened in a kustomization or a component, and not in a file that one names.
pub fn is_in_kustomization(event: &Event, world: &World) -> bool {
    let kinds = [DocumentKind::Kustomization, DocumentKind::Component];
    file(event, world).is_some_and(|file| file.documents.iter().any(|it| kinds.contains(&it.kind)))
}

/// The files of the repository that the kustomization has as comments: a list to choose from.
pub fn commented_files<'w>(event: &Event, world: &'w World) -> impl Iterator<Item = &'w File> + use<'w> {
    let directory = directory(event, world);
    let comments = file(event, world).into_iter().flat_map(|file| &file.parsed.comments);
    comments.filter_map(move |comment| {
        let entry = commented_entry(world.map.slice(comment.span)).filter(|entry| entry.contains('.'))?;
        world.repository.file(&normalise(&directory.join(entry)))
    })
}

fn file<'w>(event: &Event, world: &'w World) -> Option<&'w File> {
    let span = world.map.in_file(event.span)?;
    world.repository.of(span.source)
}

/// Whether a file is there to be filled in before anything is built from it.
pub fn is_template(event: &Event, world: &World) -> bool {
    let Some(span) = world.map.in_file(event.span) else { return false };
    let text = world.map.slice(span);
    is_among_templates(world.map.source(span.source).path())
        || ["{{", "${", "<%"].iter().any(|mark| text.contains(mark))
        || file(event, world).is_some_and(|file| file.kind == FileKind::Template)
}

/// Reports an event in its own words.
pub fn report<'c>(
    event: &Event,
    why: impl Into<Cow<'static, str>>,
    help: impl Into<Cow<'static, str>>,
    cx: &'c mut Cx<'_>,
) -> &'c mut Finding {
    let units: Vec<Utf8PathBuf> =
        units(event, cx.world()).into_iter().map(|unit| unit.directory.clone()).collect();
    let report = Report { message: event.message.clone(), why: why.into(), help: help.into() };
    let finding = cx.report(At::span(event.span), report);
    finding.units = units.into();
    finding
}

/// Reports what ends a build. In a template it is a note.
pub fn failure<'c>(
    event: &Event,
    why: impl Into<Cow<'static, str>>,
    help: impl Into<Cow<'static, str>>,
    cx: &'c mut Cx<'_>,
) -> &'c mut Finding {
    let is_template = is_template(event, cx.world());
    let finding = report(event, why, help, cx);
    if is_template {
        finding.level = Level::Note;
        finding.why =
            "it looks like a template that is filled in first; as it stands it does not build".into();
    }
    finding
}

/// An entry without effect, in words.
pub struct WithoutEffect {
    /// What is wrong.
    pub message: String,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub help: String,
    /// How bad it is where nothing speaks for the entry.
    pub level: Level,
}

/// Reports an entry without effect.
///
/// Where something is not rendered the verdict is open: nothing is said, and the run counts it. An overlay without any
/// object is not in use yet: a note, one for all entries of a kustomization. A component is written for overlays that
/// may not be here: a warning. What is only empty until Flux is installed is fine.
pub fn without_effect(event: &Event, words: WithoutEffect, cx: &mut Cx<'_>) {
    let WithoutEffect { message, why, help, level } = words;
    let world = cx.world();
    if event.unverifiable {
        return;
    }
    let units = units(event, world);
    let is_empty = !units.is_empty() && units.iter().all(|unit| unit.objects.is_empty() && !unit.failed);
    if is_empty && units.iter().all(|unit| awaits_bootstrap(unit, world)) {
        return;
    }
    let together: Vec<&Event> = if is_empty { alike(event, world).collect() } else { Vec::new() };
    if together.first().is_some_and(|first| *first != event) {
        return;
    }
    let in_component = is_in_component(event, world);
    let finding = report(event, why, help, cx);
    finding.message = message;
    finding.level = level.min(finding.level);
    if in_component {
        finding.level = finding.level.min(Level::Warning);
    }
    if !is_empty {
        return;
    }
    finding.level = Level::Note;
    finding.why = "there is no object in this overlay at all yet".into();
    let others = together.iter().skip(1).filter_map(|other| world.map.in_file(other.span));
    finding.related.extend(others.map(|span| Related { span, message: "this one too".into() }));
    match together.len() {
        0 | 1 => {}
        2 => finding.message += ", and one more entry here is like it",
        more => finding.message += &format!(", and {} more entries here are like it", more - 1),
    }
}

/// Whether `flux bootstrap` is still to write what a kustomization patches: people prepare the patches of Flux beside an
/// empty `gotk-components.yaml`.
fn awaits_bootstrap(unit: &Unit, world: &World) -> bool {
    let components = world.repository.file(&unit.directory.join("gotk-components.yaml"));
    components.is_some_and(|file| file.objects.is_empty())
}

/// The events of the same kind in the same kustomization and its patches, in order.
fn alike<'w>(event: &Event, world: &'w World) -> impl Iterator<Item = &'w Event> + use<'w> {
    let (kind, wanted) = (event.kind, kustomization(directory(event, world), world));
    world.rendering.events.iter().filter(move |other| {
        !other.unverifiable && other.kind == kind && kustomization(directory(other, world), world) == wanted
    })
}

/// The nearest directory with a kustomization, this one or one above it.
fn kustomization<'w>(directory: &'w Utf8Path, world: &World) -> Option<&'w Utf8Path> {
    let is_file = |path: Utf8PathBuf| world.repository.file(&path).is_some();
    let mut directories = directory.ancestors();
    directories.find(|directory| KUSTOMIZATION_NAMES.iter().any(|name| is_file(directory.join(name))))
}

/// "did you mean `x`?", when a name is much like another or a part of it.
pub fn similar<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let is_like = |name: &&str| {
        // The distance is no less than the difference in length.
        if word.len().abs_diff(name.len()) * 10 > word.len().max(name.len()) * 4 {
            return (name.len() > 3 && word.contains(name)) || (word.len() > 3 && name.contains(word));
        }
        // The distance for config's suggestions thinks much of a common beginning, which most names here have.
        let distance = strsim::normalized_damerau_levenshtein(word, name);
        distance > 0.6 || (name.len() > 3 && word.contains(name)) || (word.len() > 3 && name.contains(word))
    };
    suggestion(word, names.filter(is_like))
}

/// The directory of the first of these units, and how many more there are, as a sentence names them.
pub fn names(units: &[&Unit]) -> Option<String> {
    let (first, more) = units.split_first()?;
    let directory = if first.directory.as_str().is_empty() { "." } else { first.directory.as_str() };
    Some(match more.len() {
        0 => format!("`{directory}`"),
        1 => format!("`{directory}` and another overlay"),
        more => format!("`{directory}` and {more} other overlays"),
    })
}
