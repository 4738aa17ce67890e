//! From a directory or an archive to a [`Chart`].
//!
//! Owns which file of a chart is what, as Helm has it, and where its dependencies are looked for. Nothing outside of the
//! repository is read, not through links either. Source: `pkg/chart/v2/loader`.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};

use crate::host::EntryKind;
use crate::render::kustomize::{Documents, Files, Place};
use crate::render::{Event, EventKind, Gap};
use crate::source::{Source, SourceId, SourceKind, Span};
use crate::yaml::Cursor;

use super::archive::{self, Unusable};
use super::chart::{Chart, ChartTemplate, OtherContent, OtherFile};
use super::find::Charts;
use super::ignore::Ignore;
use super::metadata::{Dependency, Metadata, Refusal};

/// Charts in charts are followed this deep.
const DEPTH: usize = 16;
/// Files of a chart.
const MAX_FILES: usize = 20_000;
/// Links to directories in one chart.
const MAX_LINKS: usize = 100;

/// What is known while a chart is loaded.
pub(super) struct Loader<'l, 'w> {
    pub files: &'l Files<'w>,
    pub charts: &'l Charts,
    /// What may still be unpacked.
    budget: u64,
    /// The directories that are being loaded, the innermost last.
    pub open: Vec<Utf8PathBuf>,
}

/// A file before it is known what it is.
struct Raw {
    name: String,
    content: OtherContent,
}

impl<'l, 'w> Loader<'l, 'w> {
    pub fn new(files: &'l Files<'w>, charts: &'l Charts) -> Self {
        Self { files, charts, budget: archive::MAX_TOTAL, open: Vec::new() }
    }

    /// The chart of a directory.
    pub fn directory(&mut self, directory: &Utf8Path) -> Result<Chart, Event> {
        let place = self.named(directory);
        if self.open.len() >= DEPTH || self.open.iter().any(|open| open == directory) {
            return Err(refused(place, format!("the chart in `{directory}` depends on itself")));
        }
        let mut events = Vec::new();
        let mut raw = self.list(directory, &mut events)?;
        let rules = match raw.iter().find(|file| file.name == ".helmignore") {
            Some(file) => Some(self.source(&file.content, place)?),
            None => None,
        };
        let text = rules.map_or("", |source| self.files.map.source(source).text());
        let ignore = Ignore::parse(text).map_err(|(line, message)| {
            let source = rules.unwrap_or(place.source);
            let range = self.files.map.source(source).line_range(line);
            refused(Span::new(source, range.start as u32, range.end as u32), message)
        })?;
        raw.retain(|file| !ignore.leaves_out(&file.name));
        self.open.push(directory.to_owned());
        let chart = self.assemble(raw, directory, place, events);
        self.open.pop();
        chart
    }

    /// The chart of an archive, by its path relative to the root.
    pub fn archive(&mut self, path: &Utf8Path) -> Result<Chart, Event> {
        let content = OtherContent::File(path.to_owned());
        let at = self.itself(path);
        self.unpacked(&content, path, at)
    }

    /// The archive as a place.
    fn itself(&self, path: &Utf8Path) -> Span {
        Span::new(self.files.map.derive(Source::new(path, SourceKind::File, String::new())), 0, 0)
    }

    /// Where a person sees which version of a packed chart is there: the dependency in Chart.yaml, or else the archive.
    fn packed_at(&self, dependencies: &[Dependency], path: &Utf8Path) -> Span {
        let stem = path.file_stem().unwrap_or_default();
        let is_it = |dependency: &&Dependency| {
            let rest = stem.strip_prefix(&*dependency.name.text);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        let found = dependencies.iter().filter(is_it).max_by_key(|dependency| dependency.name.text.len());
        found.and_then(Dependency::place).unwrap_or_else(|| self.itself(path))
    }

    /// Where the chart of a directory is named when nothing in it can be.
    fn named(&self, directory: &Utf8Path) -> Span {
        let path = directory.join("Chart.yaml");
        let known = self.files.content(&path, Span::new(SourceId(0), 0, 0)).ok();
        let made = || self.files.map.derive(Source::new(path.clone(), SourceKind::File, String::new()));
        Span::new(known.map_or_else(made, |content| content.source), 0, 0)
    }

    /// The files below a directory, those behind links to other places of the repository included.
    fn list(&self, directory: &Utf8Path, events: &mut Vec<Event>) -> Result<Vec<Raw>, Event> {
        let mut raw = Vec::new();
        let mut open = vec![(directory.to_owned(), String::new())];
        let mut links = 0;
        while let Some((at, prefix)) = open.pop() {
            for (path, kind) in self.files.list(&at) {
                let name = format!("{prefix}{path}");
                if raw.len() >= MAX_FILES {
                    let message = format!("the chart in `{directory}` has more than {MAX_FILES} files");
                    return Err(beyond(self.named(directory), message));
                }
                let place = match kind {
                    EntryKind::File => Place::File(at.join(&path)),
                    EntryKind::SymbolicLink => self.files.place(&at, path.as_str()),
                    EntryKind::Other => Place::Missing,
                };
                match place {
                    Place::File(path) => raw.push(Raw { name, content: OtherContent::File(path) }),
                    // A link to where it lies would go on for ever.
                    Place::Directory(real) if links < MAX_LINKS && !at.join(&path).starts_with(&real) => {
                        links += 1;
                        open.push((real, format!("{name}/")));
                    }
                    Place::Outside => events.push(Event::new(
                        EventKind::ChartError,
                        self.named(directory),
                        format!("`{name}` is a link that leads out of the repository"),
                    )),
                    Place::Directory(_) | Place::Missing => {}
                }
            }
        }
        raw.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(raw)
    }

    fn source(&self, content: &OtherContent, at: Span) -> Result<SourceId, Event> {
        match content {
            OtherContent::File(path) => self.files.content(path, at).map(|it| it.source).map_err(event),
            OtherContent::Text(source) => Ok(*source),
            OtherContent::Bytes(_) => Err(refused(at, "a file of the chart is not UTF-8 text".to_owned())),
        }
    }

    fn documents(&self, content: &OtherContent, at: Span) -> Result<Arc<Documents>, Event> {
        match content {
            OtherContent::File(path) => self.files.documents(path, at).map_err(event),
            content => Ok(Arc::new(self.files.parse(self.source(content, at)?))),
        }
    }

    /// The chart that files make. `at` is where it is named when nothing in it can be.
    fn assemble(
        &mut self,
        raw: Vec<Raw>,
        directory: &Utf8Path,
        at: Span,
        events: Vec<Event>,
    ) -> Result<Chart, Event> {
        let Some(main) = raw.iter().find(|file| file.name == "Chart.yaml") else {
            return Err(refused(at, "Chart.yaml file is missing".to_owned()));
        };
        let source = self.source(&main.content, at)?;
        let at = Span::new(source, 0, 0);
        let documents = self.documents(&main.content, at)?;
        let mut metadata = match self.first(&documents, at, "Chart.yaml")? {
            Some(root) => Metadata::read(root).map_err(refusal(at))?,
            None => Metadata::default(),
        };
        let mut chart = Chart {
            metadata: Metadata::default(),
            source,
            directory: directory.to_owned(),
            values: Vec::new(),
            values_source: None,
            schema: None,
            templates: Vec::new(),
            files: Vec::new(),
            dependencies: Vec::new(),
            missing: Vec::new(),
            size: 1,
            events,
            reads: OnceLock::new(),
        };
        let mut lock = None;
        let is_v1 = metadata.api_version.text == "v1";
        let mut inner: BTreeMap<String, Vec<Raw>> = BTreeMap::new();
        for Raw { name, content } in raw {
            match name.as_str() {
                "Chart.yaml" => {}
                "Chart.lock" => lock = self.documents(&content, at).ok(),
                "values.yaml" => {
                    chart.values_source = Some(self.source(&content, at)?);
                    let documents = self.documents(&content, at)?;
                    chart.values = self.maps(&documents, "values.yaml")?;
                }
                "values.schema.json" => chart.schema = Some(self.source(&content, at)?),
                "requirements.yaml" => {
                    let documents = self.documents(&content, at)?;
                    if let Some(root) = self.first(&documents, at, "requirements.yaml")? {
                        metadata.require(root).map_err(refusal(at))?;
                    }
                    if is_v1 {
                        chart.files.push(OtherFile { name, content });
                    }
                }
                "requirements.lock" => {
                    lock = self.documents(&content, at).ok();
                    if is_v1 {
                        chart.files.push(OtherFile { name, content });
                    }
                }
                name if name.starts_with("templates/") => match self.source(&content, at) {
                    Ok(source) => chart.templates.push(ChartTemplate { name: name.to_owned(), source }),
                    Err(event) => chart.events.push(event),
                },
                path if path.starts_with("charts/") && !path.ends_with(".prov") => {
                    let path = path.strip_prefix("charts/").unwrap_or(path).to_owned();
                    let top = path.split('/').next().unwrap_or_default().to_owned();
                    inner.entry(top).or_default().push(Raw { name: path, content });
                }
                _ => chart.files.push(OtherFile { name, content }),
            }
        }
        metadata.validate().map_err(refusal(at))?;
        chart.metadata = metadata;
        for (name, raw) in inner.into_iter().filter(|(name, _)| !name.starts_with(['_', '.'])) {
            match self.inner(&name, raw, &chart) {
                Ok(inner) => chart.dependencies.push(Arc::new(inner)),
                Err(mut event) => {
                    let of = &chart.metadata.name.text;
                    event.message = format!("error unpacking subchart {name} in {of}: {}", event.message);
                    chart.events.push(event);
                }
            }
        }
        self.supply(&mut chart, lock.as_ref());
        chart.count();
        Ok(chart)
    }

    /// A chart in `charts/`.
    fn inner(&mut self, name: &str, raw: Vec<Raw>, outer: &Chart) -> Result<Chart, Event> {
        let path = outer.directory.join("charts").join(name);
        if self.open.len() >= DEPTH {
            let message = format!("charts lie in each other more than {DEPTH} deep");
            return Err(beyond(self.named(&path), message));
        }
        self.open.push(path.clone());
        let chart = match raw.as_slice() {
            [archive] if name.ends_with(".tgz") && archive.name == name => {
                let at = self.packed_at(&outer.metadata.dependencies, &path);
                self.unpacked(&archive.content, &path, at)
            }
            _ => {
                let inside = |file: Raw| {
                    let (_, rest) = file.name.split_once('/')?;
                    Some(Raw { name: rest.to_owned(), content: file.content })
                };
                let raw = raw.into_iter().filter_map(inside).collect();
                self.assemble(raw, &path, self.named(&path), Vec::new())
            }
        };
        self.open.pop();
        chart
    }

    pub fn unpacked(&mut self, content: &OtherContent, path: &Utf8Path, at: Span) -> Result<Chart, Event> {
        let bytes: Arc<[u8]> = match content {
            OtherContent::Bytes(bytes) => Arc::clone(bytes),
            OtherContent::File(path) => {
                self.files.content(path, at).map_err(event)?.bytes.unwrap_or_default()
            }
            OtherContent::Text(_) => Arc::default(),
        };
        let packed = archive::unpack(&bytes, &mut self.budget).map_err(|unusable| match unusable {
            Unusable::Large(message) => beyond(at, format!("`{path}`: {message}")),
            Unusable::Broken(message) => refused(at, format!("`{path}`: {message}")),
        })?;
        let map = self.files.map;
        let raw = packed.into_iter().map(|(name, bytes)| {
            let content = match String::from_utf8(bytes) {
                Ok(text) => OtherContent::Text(map.derive(Source::new(
                    path.join(&name),
                    SourceKind::Packed(at),
                    text,
                ))),
                Err(error) => OtherContent::Bytes(error.into_bytes().into()),
            };
            Raw { name, content }
        });
        let raw = raw.collect();
        self.assemble(raw, path, at, Vec::new())
    }

    /// The first document, which is all that Helm reads of most files.
    fn first<'d>(&self, documents: &'d Documents, at: Span, name: &str) -> Result<Option<Cursor<'d>>, Event>
    where
        'w: 'd,
    {
        if let Some((span, problem)) = &documents.problem {
            return Err(refused(*span, format!("cannot load {name}: {problem}")));
        }
        let first = documents.trees.first().map(|tree| Cursor::new(self.files.map, tree));
        match first {
            Some(root) if !root.is_map() => Err(refused(at, format!("cannot load {name}: it is no map"))),
            first => Ok(first),
        }
    }

    /// The documents of a file of values.
    pub fn maps(&self, documents: &Documents, name: &str) -> Result<Vec<crate::yaml::Tree>, Event> {
        super::layer::maps(self.files.map, documents)
            .map_err(|(span, problem)| refused(span, format!("cannot load {name}: {problem}")))
    }
}

/// The chart is larger than any that is looked at.
pub(super) fn beyond(span: Span, message: String) -> Event {
    Event::new(EventKind::ChartLimit, span, message)
}

/// Helm does not take the chart.
pub(super) fn refused(span: Span, message: String) -> Event {
    Event::new(EventKind::ChartError, span, message)
}

fn refusal(at: Span) -> impl Fn(Refusal) -> Event {
    move |(span, message)| refused(span.unwrap_or(at), message)
}

/// What reading a file says.
pub(super) fn event(error: crate::render::kustomize::BuildError) -> Event {
    let kind = match error.kind {
        EventKind::NotRendered(Gap::LargeFile) => error.kind,
        _ => EventKind::ChartError,
    };
    Event::new(kind, error.span, error.message)
}
