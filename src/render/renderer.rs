//! All units of a repository: which kustomizations are built as roots, and what came of it.
//!
//! Owns the choice of roots and the gathering of events. Must not know how a kustomization is built.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::config::RenderOptions;
use crate::host::Host;
use crate::model::{DocumentKind, KUSTOMIZATION_NAMES, Object, Repository, Usage, is_put_off};
use crate::source::{SourceId, SourceMap, Span, StepId};
use crate::yaml::{Cursor, Limits, Tree};

use super::charts;
use super::helm::{self, ChartRef, Compiled, Field, Release, ReleaseOptions, ValuesLayer};
use super::kustomize::{
    Accumulated, Build, BuildError, Builder, Files, Key, Kustomization, Memory, Place, Resource, Stage, find,
    finish, post_render,
};
use super::{Event, EventKind, Layer, Unit};

/// Renders directories of one repository. What two of them share is built once.
pub struct Renderer<'w> {
    builder: Builder<'w>,
    units: RwLock<FxHashMap<Key, Unit>>,
}

/// What was rendered, for another revision: what is made of the same files is the same.
#[derive(Default, Debug)]
pub struct Rendered {
    /// Templates and schemas of charts: what is made of one text is the same in every revision.
    compiled: Arc<Compiled>,
    memory: Memory,
    units: FxHashMap<Key, Unit>,
}

/// What rendering a whole repository gave.
#[derive(Debug, Default)]
pub struct Rendering {
    /// The units, sorted by directory.
    pub units: Vec<Unit>,
    /// What was noticed anywhere, sorted, each once. An entry of a component without effect in one overlay has one
    /// in another, and is not here.
    pub events: Vec<Event>,
    /// Files whose documents became objects of some unit.
    pub rendered: FxHashSet<SourceId>,
    /// Those of all units: see [`Unit::secrets`].
    pub secrets: Vec<Span>,
}

/// A unit as it comes out of a build, before the repository is complete.
#[derive(Debug)]
pub struct Built {
    /// The unit.
    pub unit: Unit,
    /// What the build remembers; `None` for files that are applied as they stand.
    accumulated: Option<Arc<Accumulated>>,
    /// What a controller adds to many kustomizations, such as a patch: it has to have an effect in one of them.
    added: Vec<Span>,
}

impl Built {
    /// Files of a directory that are applied as they stand: `objects` in the order of their files.
    pub fn plain(directory: &Utf8Path, source: SourceId, objects: Vec<Object>, events: Vec<Event>) -> Self {
        let partial = events.iter().any(|event| event.kind.is_gap());
        let mut files: Vec<SourceId> = objects.iter().map(|object| object.source).collect();
        files.sort_unstable();
        files.dedup();
        let layer = Layer { directory: directory.to_owned(), files, bases: Vec::new() };
        let unit = Unit { partial, ..Unit::new(directory, source, Arc::new(layer), objects, events) };
        Self { unit, accumulated: None, added: Vec::new() }
    }

    /// The objects of a release of the chart in a directory.
    pub fn release(map: &SourceMap, directory: &Utf8Path, release: &Release) -> Self {
        let mut events = release.events.clone();
        sort(map, &mut events);
        let source = match (&release.chart, events.first()) {
            (Some(chart), _) => chart.source,
            (None, Some(event)) => map.editable(event.span, StepId::PARSED).unwrap_or(event.span).source,
            (None, None) => SourceId(0),
        };
        let mut files = release.files.clone();
        files.sort_unstable();
        files.dedup();
        let layer = Layer { directory: directory.to_owned(), files, bases: Vec::new() };
        let unit = Unit {
            partial: events.iter().any(|event| event.kind.is_gap() || event.kind.is_error()),
            charts: release.notes.iter().cloned().collect(),
            secrets: release.secrets.clone(),
            is_chart: true,
            failed: release.failed,
            ..Unit::new(directory, source, Arc::new(layer), release.objects().cloned().collect(), events)
        };
        Self { unit, accumulated: None, added: Vec::new() }
    }

    /// Not all that it is made with is known: with the rest it may well be built.
    pub fn doubt(&mut self) {
        self.unit.partial = true;
        // No values make up for what takes too much.
        let is_open = |kind: EventKind| kind.is_error() && kind != EventKind::ChartLimit;
        self.unit.events.iter_mut().for_each(|event| event.unverifiable |= is_open(event.kind));
    }

    /// Adds what a controller could not be followed in.
    pub fn note(&mut self, map: &SourceMap, events: Vec<Event>) {
        self.unit.partial |= events.iter().any(|event| event.kind.is_gap());
        self.unit.events.extend(events);
        sort(map, &mut self.unit.events);
    }

    /// The same, with entries that a controller adds to this kustomization and perhaps to others.
    #[must_use]
    pub fn adding(self, added: Vec<Span>) -> Self {
        Self { added, ..self }
    }

    /// The directories whose kustomizations it includes, its own among them.
    pub fn directories(&self) -> impl Iterator<Item = &Utf8Path> {
        let included = self.accumulated.iter().flat_map(|accumulated| &accumulated.log.visited);
        included.map(Utf8PathBuf::as_path).chain([self.unit.directory.as_path()])
    }

    /// Files whose documents became its objects.
    pub fn sources(&self) -> FxHashSet<SourceId> {
        let Some(accumulated) = &self.accumulated else {
            return self.unit.objects.iter().map(|object| object.source).collect();
        };
        let mut logs = Vec::new();
        gather(accumulated, &mut FxHashSet::default(), &mut logs);
        logs.iter().flat_map(|log| log.log.resources.iter().copied()).collect()
    }
}

/// The limits within which files are read.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimits {
    /// Of YAML.
    pub yaml: Limits,
    /// Bytes of a file.
    pub file_size: u64,
}

impl<'w> Renderer<'w> {
    /// A renderer of the repository at `root`, an absolute path without links. Files that are not in `repository` are
    /// read through the host.
    pub fn new(
        map: &'w SourceMap,
        repository: &'w Repository,
        host: &'w dyn Host,
        root: &Utf8Path,
        limits: ReadLimits,
        options: RenderOptions,
    ) -> Self {
        let files = Files::new(map, repository, host, root.to_owned(), limits);
        Self { builder: Builder::new(files, options), units: RwLock::default() }
    }

    /// The same with what another revision of the repository has made of files that are the same in this one.
    #[must_use]
    pub fn knowing(mut self, rendered: Rendered) -> Self {
        self.builder.charts.compiled = rendered.compiled;
        *self.builder.memory() = rendered.memory;
        Self { units: RwLock::new(rendered.units), ..self }
    }

    /// What was rendered so far.
    pub fn into_rendered(mut self) -> Rendered {
        let memory = std::mem::take(self.builder.memory());
        let compiled = Arc::clone(&self.builder.charts.compiled);
        Rendered { compiled, memory, units: self.units.into_inner().unwrap_or_else(PoisonError::into_inner) }
    }

    /// The unit of a directory, relative to the root; `None` when there is no kustomization in it.
    pub fn directory(&self, directory: &Utf8Path) -> Option<Built> {
        self.has_kustomization(directory).then(|| self.build(directory, false))
    }

    /// Whether a directory has a kustomization, one that cannot be read included.
    pub fn has_kustomization(&self, directory: &Utf8Path) -> bool {
        !find(&self.builder.files, directory).is_empty()
    }

    /// Whether a file stands at a path relative to the root, one that the walk left out included.
    pub fn has_file(&self, path: &Utf8Path) -> bool {
        matches!(self.builder.files.place(Utf8Path::new(""), path.as_str()), Place::File(_))
    }

    /// Whether a directory stands at a path relative to the root.
    pub fn has_directory(&self, path: &Utf8Path) -> bool {
        matches!(self.builder.files.place(Utf8Path::new(""), path.as_str()), Place::Directory(_))
    }

    /// Whether a chart stands in a directory, one that cannot be loaded included.
    pub fn has_chart(&self, directory: &Utf8Path) -> bool {
        matches!(self.builder.files.place(directory, "Chart.yaml"), Place::File(_))
    }

    /// The release that a chart and the values of some layers make; later layers lie on top. A chart is loaded once,
    /// however many releases it has.
    pub fn release(&self, chart: &ChartRef, layers: &[ValuesLayer], options: &ReleaseOptions) -> Release {
        helm::release(&self.builder.files, &self.builder.charts, chart, layers, options)
    }

    /// What a release of a chart is rendered with where nobody says otherwise.
    pub fn release_options(&self, name: Field, namespace: Field) -> ReleaseOptions {
        ReleaseOptions::configured(&self.builder.options, name, namespace)
    }

    /// The unit that a chart and the values of some layers make.
    pub fn chart(&self, directory: &Utf8Path, layers: &[ValuesLayer], options: &ReleaseOptions) -> Built {
        self.chart_changed(directory, layers, options, &[])
    }

    /// The same with what Kustomize changes in its objects: `kustomize` of the entries of `postRenderers`, in order.
    pub fn chart_changed(
        &self,
        directory: &Utf8Path,
        layers: &[ValuesLayer],
        options: &ReleaseOptions,
        changes: &[Cursor<'_>],
    ) -> Built {
        let mut release = self.release(&ChartRef { path: directory.to_owned() }, layers, options);
        for &change in changes {
            post_render(&self.builder, directory, change, &mut release);
        }
        let map = self.builder.files.map;
        let mut built = Built::release(map, directory, &release);
        // Helm prints a list as it is, and applies its items.
        let objects = std::mem::take(&mut built.unit.objects);
        built.unit.objects = objects.into_iter().flat_map(|object| object.items(map)).collect();
        built
    }

    /// The units of all charts that lie in no other one, with the values that their defaults and the files of
    /// environments beside them give them. Whoever installs one gives it others.
    pub fn charts(&self, repository: &Repository) -> Vec<Built> {
        charts::uses(self.builder.files.map, repository)
            .par_iter()
            .map(|chart| {
                let named = |text: &str| Field { text: text.to_owned(), span: None };
                // Whoever installs it chooses the namespace; `default` is the last that anybody would.
                let options = self.release_options(named(&chart.name), named(&chart.name));
                let mut built = self.chart(&chart.directory, &chart.layers, &options);
                // What it is installed beside is not known, whatever its values.
                built.unit.is_default = true;
                built.doubt();
                built
            })
            .collect()
    }

    /// The kustomization of a directory as it is written; `None` when there is none that can be read.
    pub fn kustomization(&self, directory: &Utf8Path) -> Option<Tree> {
        Kustomization::load(&self.builder.files, directory, None).ok().map(|kustomization| kustomization.tree)
    }

    /// The text of a file by its path relative to the root, one that the walk left out included; `None` when it is
    /// not there.
    pub fn text(&self, path: &Utf8Path) -> Option<&'w str> {
        let files = &self.builder.files;
        let Place::File(path) = files.place(Utf8Path::new(""), path.as_str()) else { return None };
        let content = files.content(&path, Span::new(SourceId(0), 0, 0)).ok()?;
        Some(files.map.source(content.source).text())
    }

    /// The units of the kustomizations that no other one includes.
    pub fn repository(&self, repository: &Repository) -> Vec<Built> {
        let directories = roots(self.builder.files.map, repository);
        directories.par_iter().map(|directory| self.build(directory, false)).collect()
    }

    /// The unit of a directory that has a kustomization. `unrestricted` lifts the load restrictor, as Flux does.
    pub fn build(&self, directory: &Utf8Path, unrestricted: bool) -> Built {
        let mut build = Build::new(&self.builder, unrestricted);
        // Read once: most directories that are built are included by nothing, and remembered by nobody.
        let (loaded, load) = (OnceCell::new(), || Kustomization::load(&self.builder.files, directory, None));
        let accumulated = build.accumulate_loaded(directory, None, || loaded.get_or_init(load).clone());
        let key = (directory.to_owned(), unrestricted);
        let known = self.units.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(unit) = known {
            return Built { unit, accumulated: Some(accumulated), added: Vec::new() };
        }
        let built = self.finish(directory, loaded.into_inner().unwrap_or_else(load), accumulated);
        self.units.write().unwrap_or_else(PoisonError::into_inner).insert(key, built.unit.clone());
        built
    }

    /// The unit of a directory with `tree` in the place of its kustomization: controllers edit that before they
    /// build, or make one where there is none.
    pub fn build_as(&self, directory: &Utf8Path, tree: &Tree, unrestricted: bool) -> Built {
        let kustomization = Kustomization::new(self.builder.files.map, directory, tree, Vec::new());
        let mut build = Build::new(&self.builder, unrestricted);
        let accumulated = Arc::new(build.accumulate_anew(directory, kustomization.clone()));
        self.finish(directory, kustomization, accumulated)
    }

    fn finish(
        &self,
        directory: &Utf8Path,
        kustomization: Result<Kustomization, BuildError>,
        accumulated: Arc<Accumulated>,
    ) -> Built {
        let map = self.builder.files.map;
        let mut seen = FxHashSet::default();
        let mut logs = Vec::new();
        gather(&accumulated, &mut seen, &mut logs);
        let mut events: Vec<Event> = logs.iter().flat_map(|log| log.log.events.iter().cloned()).collect();
        let mut secrets: Vec<Span> = logs.iter().flat_map(|log| log.log.secrets.iter().copied()).collect();
        secrets.sort_unstable();
        secrets.dedup();
        let span = match &kustomization {
            Ok(kustomization) => kustomization.root(map).span(),
            Err(error) => error.span,
        };
        // A kustomization that a controller makes up stands in no file; what asks for it does.
        let source = map.editable(span, StepId::PARSED).unwrap_or(span).source;
        let mut objects = Vec::new();
        let mut failed = true;
        if let (Ok(accumulation), Ok(kustomization)) = (&accumulated.outcome, &kustomization) {
            let partial = accumulation.partial;
            let mut stage = Stage { map, events: Vec::new(), secrets: Vec::new(), partial };
            match finish(&mut stage, kustomization, accumulation.clone()) {
                Ok(resources) => {
                    failed = false;
                    objects = resources.into_iter().map(|resource| object(map, resource)).collect();
                }
                Err(error) => events.extend(error.events()),
            }
            events.append(&mut stage.events);
        }
        sort(map, &mut events);
        let unit = Unit {
            partial: events.iter().any(|event| event.kind.is_gap()),
            charts: logs.iter().flat_map(|log| log.log.charts.iter().cloned()).collect(),
            secrets,
            failed,
            ..Unit::new(directory, source, Arc::clone(&accumulated.log.layer), objects, events)
        };
        Built { unit, accumulated: Some(accumulated), added: Vec::new() }
    }
}

impl Rendered {
    /// What of it is made of files that are the same, none of which `differs`. In the directories of `moved` a
    /// kustomization came or went.
    #[must_use]
    pub fn of_same(&self, differs: &dyn Fn(SourceId) -> bool, moved: &FxHashSet<&Utf8Path>) -> Self {
        let mut known = FxHashMap::default();
        let mut memory = Memory::default();
        for (key, accumulated) in &self.memory {
            if is_same(accumulated, differs, moved, &mut known) {
                memory.insert(key.clone(), Arc::clone(accumulated));
            }
        }
        let units = self.units.iter().filter(|(key, _)| memory.contains_key(key));
        let units = units.map(|(key, unit)| (key.clone(), unit.clone())).collect();
        Self { compiled: Arc::clone(&self.compiled), memory, units }
    }
}

/// Whether an accumulation and all that it includes are made of files that are the same. What does not build may do so
/// with a file that is not there any more.
fn is_same(
    of: &Arc<Accumulated>,
    differs: &dyn Fn(SourceId) -> bool,
    moved: &FxHashSet<&Utf8Path>,
    known: &mut FxHashMap<*const Accumulated, bool>,
) -> bool {
    if let Some(&known) = known.get(&Arc::as_ptr(of)) {
        return known;
    }
    let is_itself = of.outcome.is_ok()
        && !of.log.layer.files.iter().any(|&file| differs(file))
        && !of.log.visited.iter().any(|directory| moved.contains(directory.as_path()));
    let is = is_itself && of.log.bases.iter().all(|base| is_same(base, differs, moved, known));
    known.insert(Arc::as_ptr(of), is);
    is
}

impl Rendering {
    /// What a repository renders to, gathered from its units; and where each of them stands in it.
    pub fn new(map: &SourceMap, built: Vec<Built>) -> (Self, Vec<usize>) {
        let mut rendering = Rendering::default();
        let mut seen = FxHashSet::default();
        let mut logs = Vec::new();
        // What only units that do not build are made of comes to nobody's eyes.
        for built in built.iter().filter(|built| !built.unit.failed) {
            match &built.accumulated {
                Some(accumulated) => gather(accumulated, &mut seen, &mut logs),
                // Files as they stand are objects already; of a chart the values are looked at in its objects, too.
                None => rendering.rendered.extend(built.unit.layer.files.iter().copied()),
            }
        }
        rendering.rendered.extend(logs.iter().flat_map(|log| log.log.resources.iter().copied()));
        for accumulated in
            built.iter().filter(|built| built.unit.failed).filter_map(|built| built.accumulated.as_ref())
        {
            gather(accumulated, &mut seen, &mut logs);
        }
        let added: Vec<Span> = built.iter().flat_map(|built| &built.added).copied().collect();
        // Several owners may build one directory, each in its own way.
        let mut units: Vec<(usize, Unit)> = built.into_iter().map(|built| built.unit).enumerate().collect();
        units.sort_by(|(_, a), (_, b)| a.directory.cmp(&b.directory));
        let mut places = vec![0; units.len()];
        for (place, (index, unit)) in units.into_iter().enumerate() {
            places[index] = place;
            rendering.units.push(unit);
        }
        rendering.secrets = rendering.units.iter().flat_map(|unit| unit.secrets.iter().copied()).collect();
        rendering.secrets.sort_unstable();
        rendering.secrets.dedup();
        rendering.events = events(map, &logs, &added, &rendering.units);
        (rendering, places)
    }
}

fn object(map: &SourceMap, resource: Resource) -> Object {
    let at = map.in_file(resource.origin).unwrap_or(resource.origin);
    let mut object = Object::new(map, resource.tree, at.source);
    object.removed = resource.removed.into();
    object
}

/// The directories of the kustomizations that nothing includes, sorted; none of those that are put off.
fn roots(map: &SourceMap, repository: &Repository) -> Vec<Utf8PathBuf> {
    let mut roots: Vec<Utf8PathBuf> = repository
        .files
        .iter()
        .filter(|file| file.usage != Usage::Rendered)
        // A Kustomization of Flux that is called like one of Kustomize is applied as it is.
        .filter(|file| {
            let mut documents = file.documents.iter();
            documents.len() == 0 || !documents.all(|document| document.kind == DocumentKind::Object)
        })
        .map(|file| map.source(file.source).path())
        .filter(|path| path.file_name().is_some_and(|name| KUSTOMIZATION_NAMES.contains(&name)))
        .filter_map(|path| path.parent().map(Utf8Path::to_owned))
        .collect();
    roots.sort();
    roots.dedup();
    // A component that nothing includes cannot be built: what it patches is not there.
    let is_component = |directory: &Utf8PathBuf| {
        let mut files = KUSTOMIZATION_NAMES.iter().filter_map(|name| repository.file(&directory.join(name)));
        files.any(|file| {
            let mut roots = file.documents.iter().map(|document| Cursor::new(map, &document.tree));
            roots.any(|root| {
                root.get("kind").and_then(|kind| kind.text()).is_some_and(|kind| kind == "Component")
            })
        })
    };
    // What is put off is built when an owner asks for it.
    roots.retain(|directory| !is_component(directory) && !is_put_off(directory));
    roots
}

/// An accumulation and all it includes, each once.
fn gather(of: &Arc<Accumulated>, seen: &mut FxHashSet<*const Accumulated>, to: &mut Vec<Arc<Accumulated>>) {
    if seen.insert(Arc::as_ptr(of)) {
        to.push(Arc::clone(of));
        of.log.bases.iter().for_each(|base| gather(base, seen, to));
    }
}

fn sort(map: &SourceMap, events: &mut Vec<Event>) {
    for event in events.iter_mut().filter(|event| map.in_file(event.span).is_none()) {
        event.span = map.editable(event.span, StepId::PARSED).unwrap_or(event.span);
    }
    let place = |event: &Event| {
        let span = map.in_file(event.span).unwrap_or(event.span);
        (map.source(span.source).path().to_owned(), span.start, span.len)
    };
    events.sort_by_cached_key(|event| (place(event), event.kind, event.message.clone()));
    events.dedup_by(|b, a| {
        let same = place(a) == place(b) && a.kind == b.kind && a.message == b.message;
        // What one run cannot rule out is open.
        a.unverifiable |= same && b.unverifiable;
        same
    });
}

/// The events of a repository. An entry without effect counts only where every run of its kustomization says so.
/// That holds for an entry that a controller adds as well, in every kustomization that it adds it to.
fn events(map: &SourceMap, logs: &[Arc<Accumulated>], added: &[Span], units: &[Unit]) -> Vec<Event> {
    let is_about_effect = |kind| {
        matches!(
            kind,
            EventKind::PatchNoMatch
                | EventKind::EmptyPatch
                | EventKind::ImageNoMatch
                | EventKind::ReplacementNoMatch
        )
    };
    let mut runs: FxHashMap<SourceId, usize> = FxHashMap::default();
    for log in logs {
        log.log.kustomizations.iter().for_each(|&source| *runs.entry(source).or_default() += 1);
    }
    let place = |span: Span| map.editable(span, StepId::PARSED).unwrap_or(span);
    let mut additions: BTreeMap<(SourceId, u32, u32), usize> = BTreeMap::new();
    for span in added.iter().map(|&span| place(span)) {
        *additions.entry((span.source, span.start, span.end())).or_default() += 1;
    }
    let mut silent: BTreeMap<(SourceId, u32, u32, EventKind), usize> = BTreeMap::new();
    let key = |event: &Event| {
        let span = place(event.span);
        (span.source, span.start, span.len, event.kind)
    };
    for event in logs.iter().flat_map(|log| &log.log.events).filter(|event| is_about_effect(event.kind)) {
        *silent.entry(key(event)).or_default() += 1;
    }
    let has_effect = |event: &&Event| {
        let key = key(event);
        let mut around = additions.range(..=(key.0, key.1, u32::MAX)).rev();
        let addition = around.find(|((source, _, end), _)| *source != key.0 || key.1 + key.2 <= *end);
        let addition = addition.filter(|((source, ..), _)| *source == key.0).map(|(_, runs)| runs);
        !is_about_effect(event.kind)
            || addition
                .or_else(|| runs.get(&key.0))
                .is_none_or(|runs| silent.get(&key).is_some_and(|silent| silent >= runs))
    };
    let all = logs.iter().flat_map(|log| &log.log.events).chain(units.iter().flat_map(|unit| &unit.events));
    let mut events: Vec<Event> = all.filter(has_effect).cloned().collect();
    sort(map, &mut events);
    events
}
