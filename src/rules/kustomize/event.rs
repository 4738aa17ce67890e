//! What the rules about rendering share: an event as a finding that names the overlays it happens in.
//!
//! Must not know what happened: each kind of event has a rule of its own.

use std::borrow::Cow;

use camino::{Utf8Path, Utf8PathBuf};

use crate::engine::{At, Cx, Report, World};
use crate::finding::{Finding, Level};
use crate::model::{DocumentKind, File};
use crate::render::{Event, Unit};
use crate::yaml::Cursor;

/// The units in which something happened.
pub fn units<'w>(event: &Event, world: &'w World) -> Vec<&'w Unit> {
    // A text inside of a component is read anew in every overlay, so places are compared as the file has them.
    let place = |event: &Event| (world.map.in_file(event.span).unwrap_or(event.span), event.kind);
    let wanted = place(event);
    let happened = |unit: &&Unit| unit.events.iter().any(|event| place(event) == wanted);
    world.rendering.units.iter().filter(happened).collect()
}

/// Whether something of the same kind happened at the same place and comes first: what fails once fails in every
/// overlay that gets there, sometimes in other words.
pub fn is_repeated(event: &Event, world: &World) -> bool {
    let place = |event: &Event| (world.map.in_file(event.span).unwrap_or(event.span), event.kind);
    let mut events = world.rendering.events.iter();
    events.find(|first| place(first) == place(event)).is_some_and(|first| first != event)
}

/// The directory of the kustomization, or of the patch, that an event happened in.
pub fn directory<'w>(event: &Event, world: &'w World) -> &'w Utf8Path {
    let span = world.map.in_file(event.span).unwrap_or(event.span);
    world.map.source(span.source).path().parent().unwrap_or(Utf8Path::new(""))
}

/// The item of one of these lists of a kustomization that an event happened at.
pub fn item<'w>(event: &Event, lists: &[&str], world: &'w World) -> Option<Cursor<'w>> {
    let span = world.map.in_file(event.span)?;
    let roots = file(event, world)?.documents.iter().map(|document| Cursor::new(&world.map, &document.tree));
    let lists = roots.flat_map(|root| lists.iter().filter_map(move |name| root.get(name)));
    lists.flat_map(|list| list.items()).find(|item| item.span().contains(span))
}

fn file<'w>(event: &Event, world: &'w World) -> Option<&'w File> {
    let span = world.map.in_file(event.span)?;
    world.repository.files.get(span.source.0 as usize)
}

/// Reports an event under its own words.
pub fn report<'c>(
    event: &Event,
    why: impl Into<Cow<'static, str>>,
    help: impl Into<Cow<'static, str>>,
    cx: &'c mut Cx<'_>,
) -> &'c mut Finding {
    let units: Vec<Utf8PathBuf> =
        units(event, cx.world).into_iter().map(|unit| unit.directory.clone()).collect();
    let report = Report { message: event.message.clone(), why: why.into(), help: help.into() };
    let finding = cx.report(At::span(event.span), report);
    finding.units = units.into();
    finding
}

/// Reports an entry without effect. Where something is not rendered the verdict is open, which is a note; a component
/// is written for overlays that may not be here, so in one it is a warning.
pub fn without_effect<'c>(
    event: &Event,
    why: impl Into<Cow<'static, str>>,
    help: impl Into<Cow<'static, str>>,
    cx: &'c mut Cx<'_>,
) -> &'c mut Finding {
    let is_component = |file: &File| file.documents.iter().any(|it| it.kind == DocumentKind::Component);
    let in_component = file(event, cx.world).is_some_and(is_component);
    let finding = report(event, why, help, cx);
    if event.unverifiable {
        finding.level = Level::Note;
        finding.why = "a part of what is built here is not rendered and may supply it".into();
    } else if in_component {
        finding.level = finding.level.min(Level::Warning);
    }
    finding
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
