//! What each layer of values does in a release: what it repeats, and what no template reads.
//!
//! Owns the comparison of layers with what lies below them and with what the templates of a chart name. What cannot be
//! decided is left out. Must not know how templates are followed, nor who gives the layers.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::render::kustomize::Files;
use crate::source::{SourceId, SourceMap, Span, StepId, StepKind};
use crate::template::{Data, Dialect, HelmVersion, Map, Origin, Read, Reads, Template, Text, Value, words};

use super::chart::{Chart, OtherContent};
use super::layer::Given;
use super::maps::{DEPTH, merged};
use super::part::Part;

/// What is known of a release besides its objects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReleaseNotes {
    /// `Chart.yaml`.
    pub chart: SourceId,
    /// What lies over the defaults of the chart, the last on top.
    pub layers: Vec<LayerNotes>,
    /// Where a clock or chance makes something of the objects.
    pub chance: Vec<Chance>,
}

/// What a layer of values does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LayerNotes {
    /// The file of values, or the part of a file.
    pub at: Span,
    /// How many values it gives.
    pub leaves: usize,
    /// The values that are the same without it.
    pub repeated: Vec<Repeated>,
    /// The keys that nothing reads.
    pub unread: Vec<Unread>,
}

/// A value that the layers below have already.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Repeated {
    /// Where it is repeated.
    pub at: Span,
    /// The way to it: `image.pullPolicy`.
    pub path: String,
    /// Where it stands below.
    pub below: Span,
}

/// A key that no template reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unread {
    /// The key.
    pub at: Span,
    /// The way to it: `image.pullpolicy`.
    pub path: String,
    /// The keys that there are in its place, sorted.
    pub known: Vec<String>,
}

/// A value of an object that is another one in every run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Chance {
    /// The call.
    pub call: Span,
    /// The kind of the object.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The way to the value.
    pub path: String,
}

/// Words that may be names of values.
struct Words(FxHashSet<Box<str>>);

/// What layers do, over the values of a chart as it was loaded.
pub(super) fn layers(files: &Files<'_>, part: &Part, given: &[Given]) -> Vec<LayerNotes> {
    let map = files.map;
    let mut below = part.values.copy();
    let mut notes = Vec::new();
    for layer in given {
        if let (Some(at), false) = (layer.at, layer.file.is_some() && layer.file == part.chart.values_source)
        {
            let mut note = LayerNotes { at, leaves: 0, repeated: Vec::new(), unread: Vec::new() };
            let is_encrypted = layer.map.get("sops").is_some();
            if !is_encrypted {
                repeated(map, &layer.map, Some(&below), &mut Vec::new(), &mut note, DEPTH);
            }
            notes.push((note, &layer.map));
        }
        below = merged(map, &below, &layer.map);
    }
    unread(files, part, &mut notes, given);
    notes.into_iter().map(|(note, _)| note).collect()
}

/// Values below some keys that are there already.
fn repeated(
    map: &SourceMap,
    over: &Map,
    under: Option<&Map>,
    way: &mut Vec<String>,
    note: &mut LayerNotes,
    depth: u32,
) {
    let Some(depth) = depth.checked_sub(1) else { return };
    for (key, slot) in over.slots() {
        let known = under.and_then(|under| under.get(&key));
        way.push(key.to_string());
        match &slot.value.data {
            Data::Map(over) if !over.is_empty() => {
                let under = match known.as_ref().map(|known| &known.data) {
                    Some(Data::Map(under)) => Some(under),
                    _ => None,
                };
                repeated(map, over, under, way, note, depth);
            }
            Data::Map(_) | Data::Nil => {}
            _ => {
                note.leaves += 1;
                let Some(known) = known.filter(|known| known.deep_equal(&slot.value)) else {
                    way.pop();
                    continue;
                };
                let origin = slot.key.or_else(|| origin(&slot.value));
                // What a template fills in is the same by chance.
                let is_made = origin.is_some_and(|origin| is_made(map, origin.step))
                    || self::origin(&slot.value).is_some_and(|origin| is_made(map, origin.step));
                let at =
                    origin.filter(|_| !is_made).and_then(|origin| map.editable(origin.span, origin.step));
                if let (Some(at), Some(below)) = (at, place(map, &known)) {
                    note.repeated.push(Repeated { at, path: way.join("."), below });
                }
            }
        }
        way.pop();
    }
}

/// Where a value is written.
fn place(map: &SourceMap, value: &Value) -> Option<Span> {
    let origin = origin(value)?;
    map.editable(origin.span, origin.step)
}

fn origin(value: &Value) -> Option<Origin> {
    value.text().and_then(Text::origin).or(value.origin)
}

/// Whether a template made what an owner gives its chart.
fn is_made(map: &SourceMap, step: StepId) -> bool {
    let mut step = map.step(step);
    while let Some(known) = step {
        if known.what == StepKind::Template {
            return true;
        }
        step = map.step(known.previous);
    }
    false
}

/// What is known of a place in values: what templates name there, and what the defaults have.
#[derive(Clone)]
struct View<'c> {
    read: Option<Read<'c>>,
    default: Option<Map>,
    /// The chart whose values begin here.
    chart: Option<&'c Chart>,
}

impl<'c> View<'c> {
    /// The values of a chart; `None` when anything may be read of them.
    fn of(map: &SourceMap, reads: &'c Reads, all: &[&'c Arc<Chart>], chart: &'c Arc<Chart>) -> Option<Self> {
        let place = all.iter().position(|known| Arc::ptr_eq(known, chart))?;
        let values = Part::of(map, chart).values;
        Some(Self { read: Some(reads.of_chart(place)?), default: Some(values), chart: Some(chart) })
    }

    /// A field of it; `None` when nothing knows it.
    fn field(&self, name: &str) -> Option<(Self, bool)> {
        let read = self.read.and_then(|read| read.field(name));
        let default = self.default.as_ref().and_then(|default| default.get(name));
        if read.is_none() && default.is_none() {
            return None;
        }
        let default = match default.map(|default| default.data) {
            Some(Data::Map(default)) => Some(default),
            _ => None,
        };
        let is_open = match read {
            // A default that no template names may be for somebody else.
            None => true,
            Some(read) => {
                let decides = read.is_tested() && default.as_ref().is_none_or(Map::is_empty);
                read.is_whole() || decides || read.names().next().is_none()
            }
        };
        Some((Self { read, default, chart: None }, is_open))
    }

    fn names(&self) -> impl Iterator<Item = String> {
        let named: Vec<String> = self.read.iter().flat_map(|read| read.names()).map(str::to_owned).collect();
        let defaults = self.default.iter().flat_map(|default| default.slots());
        named.into_iter().chain(defaults.map(|(key, _)| key.to_string()))
    }
}

/// The keys of layers that nothing reads.
fn unread(files: &Files<'_>, part: &Part, notes: &mut [(LayerNotes, &Map)], given: &[Given]) {
    let map = files.map;
    let chart = &part.chart;
    let has_new = |over: &Map| has_more(over, Some(&part.values), DEPTH);
    if !notes.iter().any(|(_, over)| has_new(over)) {
        return;
    }
    let Some(reads) = chart.reads.get_or_init(|| reads(map, chart).map(Arc::new)) else { return };
    let all = chart.all();
    let Some(top) = View::of(map, reads, &all, chart) else { return };
    let search = Search { map, reads, all: &all };
    let mut candidates = Vec::new();
    for (index, (_, over)) in notes.iter().enumerate().filter(|(_, (_, over))| has_new(over)) {
        let mut found = Vec::new();
        search.walk(over, std::slice::from_ref(&top), &mut Vec::new(), &mut found, DEPTH);
        candidates.extend(found.into_iter().map(|found| (index, found)));
    }
    if candidates.is_empty() {
        return;
    }
    let Some(Words(words)) = named_elsewhere(files, part, reads, &all, given) else { return };
    for (index, found) in candidates {
        let name = found.path.rsplit('.').next().unwrap_or_default();
        if !words.contains(name) && !reads.has_word(name) && !is_for_people(map, &found, name) {
            notes[index].0.unread.push(found);
        }
    }
}

/// Whether a map has keys that another one has not.
fn has_more(over: &Map, under: Option<&Map>, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    over.slots().iter().any(|(key, slot)| {
        let known = under.and_then(|under| under.get(key));
        match (&slot.value.data, known.map(|known| known.data)) {
            (_, None) => true,
            (Data::Map(over), Some(Data::Map(under))) => has_more(over, Some(&under), depth),
            (Data::Map(_), Some(_)) => true,
            _ => false,
        }
    })
}

/// What the templates of a chart and those in it read; `None` when one of them is no template.
fn reads(map: &SourceMap, chart: &Arc<Chart>) -> Option<Reads> {
    let dialect = Dialect::Helm(HelmVersion::default());
    let mut charts = Vec::new();
    for (index, chart) in chart.all().into_iter().enumerate() {
        let file = |name: &str| name.rsplit('/').next().unwrap_or_default().starts_with('_');
        let own = chart.templates.iter().filter(|it| !chart.metadata.is_library() || file(&it.name));
        let parsed = own.map(|it| Template::file(dialect, &format!("{index}/{}", it.name), map, it.source));
        charts.push(parsed.collect::<Result<Vec<_>, _>>().ok()?);
    }
    Some(Reads::of(&charts))
}

struct Search<'s, 'c> {
    map: &'s SourceMap,
    reads: &'c Reads,
    all: &'s [&'c Arc<Chart>],
}

impl<'c> Search<'_, 'c> {
    fn walk(&self, over: &Map, views: &[View<'c>], way: &mut Vec<String>, to: &mut Vec<Unread>, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let is_top = views.iter().any(|view| view.chart.is_some());
        for (key, slot) in over.slots() {
            if is_top && matches!(&*key, "global" | "tags" | "sops" | "exports") {
                continue;
            }
            let mut next = Vec::new();
            let mut is_open = false;
            let mut is_known = false;
            for view in views {
                if let Some((view, open)) = view.field(&key) {
                    (is_known, is_open) = (true, is_open | open);
                    next.push(view);
                }
            }
            // The parent's own defaults for a chart in it say nothing about what that reads.
            if let Some(inner) =
                views.iter().filter_map(|view| view.chart).find_map(|chart| self.inner(chart, &key))
            {
                let Some(inner) = inner else { continue };
                (is_known, is_open) = (true, next.iter().any(|view| view.read.is_some_and(Read::is_whole)));
                next.push(inner);
            }
            way.push(key.to_string());
            match &slot.value.data {
                _ if !is_known => {
                    let origin = slot.key.or_else(|| origin(&slot.value));
                    if let Some(at) = origin.and_then(|origin| self.map.editable(origin.span, origin.step)) {
                        let mut known: Vec<String> = views.iter().flat_map(View::names).collect();
                        known.sort();
                        known.dedup();
                        to.push(Unread { at, path: way.join("."), known });
                    }
                }
                Data::Map(over) if !is_open => self.walk(over, &next, way, to, depth),
                _ => {}
            }
            way.pop();
        }
    }

    /// The values of a chart in a chart, by the name they go by there; `Some(None)` when nobody can tell what it reads.
    fn inner(&self, chart: &'c Chart, name: &str) -> Option<Option<View<'c>>> {
        let dependency = chart.metadata.dependencies.iter().find(|it| it.called() == name);
        let name = dependency.map_or(name, |dependency| &dependency.name.text);
        match chart.dependencies.iter().find(|inner| inner.metadata.name.text == name) {
            Some(inner) => Some(View::of(self.map, self.reads, self.all, inner)),
            None => dependency.map(|_| None),
        }
    }
}

/// Words that may be names of values although no template names them; `None` when every word may be.
fn named_elsewhere(
    files: &Files<'_>,
    part: &Part,
    reads: &Reads,
    all: &[&Arc<Chart>],
    given: &[Given],
) -> Option<Words> {
    let map = files.map;
    let mut found: FxHashSet<Box<str>> = FxHashSet::default();
    let mut add = |text: &str| found.extend(words(text).map(Box::from));
    for chart in all {
        for dependency in &chart.metadata.dependencies {
            add(&dependency.condition.text);
            if !dependency.imports.is_empty() {
                return None;
            }
        }
        if let Some(schema) = chart.schema {
            let text = map.source(schema).text();
            if text.contains("\"additionalProperties\"") || text.contains("\"patternProperties\"") {
                return None;
            }
            add(text);
        }
        // What is commented out may be used.
        if let Some(values) = chart.values_source {
            let lines = map.source(values).text().lines();
            lines.filter_map(|line| line.split_once('#')).for_each(|(_, comment)| add(comment));
        }
        if reads.has_tpl() {
            texts(&Part::of(map, chart).values.into(), &mut add, DEPTH);
            let has_files = chart.templates.iter().any(|template| {
                memchr::memmem::find(map.source(template.source).text().as_bytes(), b".Files").is_some()
            });
            for file in chart.files.iter().filter(|_| has_files) {
                match &file.content {
                    OtherContent::Text(source) => add(map.source(*source).text()),
                    OtherContent::File(path) => match files.content(path, Span::new(chart.source, 0, 0)) {
                        Ok(content) if file.name != "values.yaml" => {
                            let text = map.source(content.source).text();
                            if text.contains("{{") {
                                add(text);
                            }
                        }
                        _ => {}
                    },
                    OtherContent::Bytes(_) => {}
                }
            }
        }
    }
    if reads.has_tpl() {
        given.iter().for_each(|given| texts(&given.map.clone().into(), &mut add, DEPTH));
        texts(&part.values.clone().into(), &mut add, DEPTH);
    }
    Some(Words(found))
}

/// Shows the texts of values that may be templates.
fn texts(value: &Value, see: &mut impl FnMut(&str), depth: u32) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match &value.data {
        Data::Text(text) if text.as_str().contains("{{") => see(text.as_str()),
        Data::List(items) => items.iter().for_each(|item| texts(item, see, depth)),
        Data::Map(map) => map.slots().iter().for_each(|(_, slot)| texts(&slot.value, see, depth)),
        _ => {}
    }
}

/// Whether a key stands there for those who read the file: to hold anchors, or with a sign that says so.
fn is_for_people(map: &SourceMap, found: &Unread, name: &str) -> bool {
    if name.starts_with(['_', '.', '$', '<']) || name.starts_with("x-") {
        return true;
    }
    let text = map.source(found.at.source).text();
    let start = found.at.start as usize;
    let line = text.get(..start).map_or(0, |before| before.rfind('\n').map_or(0, |end| end + 1));
    let indent = start - line;
    let block = text.get(start..).unwrap_or_default();
    let is_deeper = |line: &&str| {
        let own = line.len() - line.trim_start().len();
        line.trim().is_empty() || own > indent || own == indent && line.trim_start().starts_with("- ")
    };
    let mut lines = block.lines();
    let first = lines.next().into_iter();
    first.chain(lines.take_while(is_deeper)).any(|line| line.contains(": &") || line.contains("- &"))
}
