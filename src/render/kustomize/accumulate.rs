//! From a directory to its objects: resources, bases, generators, components, transformers, in Kustomize's order.
//!
//! Owns the recursion and its memory: what a kustomization makes does not depend on its parent, so each is
//! accumulated once and its objects are shared. Components work on their parent's objects and are run every time.
//! Must not know units or how a transformer works.

use std::cell::RefCell;
use std::sync::{Arc, PoisonError, RwLock};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::config::RenderOptions;
use crate::render::helm::{Charts, ReleaseNotes};
use crate::render::{Event, EventKind, Gap, Layer};
use crate::source::{SourceId, SourceMap, Span, StepId};
use crate::yaml::Cursor;

use super::config::Configuration;
use super::error::{BuildError, Errors, Result};
use super::facts::MergeSchema;
use super::files::{Files, Place};
use super::generator::{self, Generated, Request};
use super::kustomization::Kustomization;
use super::resource::{Plugin, ResId, Resource};
use super::stage::Stage;
use super::vars::{self, Var};
use super::{config, crds, helm_charts, load, plugin, remote, shape, transform};

/// Kustomizations that include each other are followed this deep.
const DEPTH: usize = 100;

/// Builds the kustomizations of one repository.
pub(in crate::render) struct Builder<'w> {
    pub files: Files<'w>,
    pub options: RenderOptions,
    pub charts: Charts,
    memory: RwLock<Memory>,
}

/// A directory, and whether the load restrictor is off.
pub(in crate::render) type Key = (Utf8PathBuf, bool);

/// What kustomizations made that were built already.
pub(in crate::render) type Memory = FxHashMap<Key, Arc<Accumulated>>;

/// What a kustomization made, without what only the top level does.
#[derive(Debug)]
pub(in crate::render) struct Accumulated {
    /// Its objects, or why there are none.
    pub outcome: Result<Accumulation>,
    /// What it and its components had to say.
    pub log: Log,
}

/// What happened while a kustomization was accumulated, apart from its objects.
#[derive(Debug, Default)]
pub(in crate::render) struct Log {
    pub events: Vec<Event>,
    /// Where secrets stand that nothing at that place shows to be any: see [`Unit::secrets`](crate::render::Unit).
    pub secrets: Vec<Span>,
    /// What is known of the releases of charts in it.
    pub charts: Vec<Arc<ReleaseNotes>>,
    /// The kustomization files that were run here: its own and those of its components.
    pub kustomizations: Vec<SourceId>,
    /// Files whose documents became objects.
    pub resources: Vec<SourceId>,
    /// The kustomizations it includes.
    pub bases: Vec<Arc<Accumulated>>,
    /// Which files it is made of, those of its bases included.
    pub layer: Arc<Layer>,
    /// Directories that were entered, those of bases included.
    pub visited: FxHashSet<Utf8PathBuf>,
    /// A kustomization on the way brought its own OpenAPI schema, which holds for all that follow.
    has_schema: bool,
}

/// The objects so far, and what transformers need to know about fields.
#[derive(Clone, Debug, Default)]
pub(in crate::render) struct Accumulation {
    pub resources: Vec<Resource>,
    pub config: Configuration,
    pub vars: Vec<Var>,
    /// Something could not be rendered.
    pub partial: bool,
    /// Identities of the objects, while entries are appended; empty when a transformer may have changed them.
    pub(super) known: FxHashSet<ResId>,
}

/// One build from one root.
pub(in crate::render) struct Build<'b, 'w> {
    pub builder: &'b Builder<'w>,
    /// Merge keys, where they are not the built-in ones; the first kustomization with `openapi` sets them for the
    /// whole build.
    pub own_schema: Option<Arc<MergeSchema>>,
    /// Files may be read from the whole repository.
    unrestricted: bool,
    /// The directories being accumulated, outermost first.
    stack: Vec<Utf8PathBuf>,
    /// The files that were read for the innermost of them that is no component.
    read: RefCell<Vec<Utf8PathBuf>>,
}

impl<'w> Builder<'w> {
    pub fn new(files: Files<'w>, options: RenderOptions) -> Self {
        Self { files, options, charts: Charts::default(), memory: RwLock::default() }
    }

    /// What was built so far.
    pub fn memory(&mut self) -> &mut Memory {
        self.memory.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'b, 'w> Build<'b, 'w> {
    /// A build that has not entered any directory. `unrestricted` lifts the load restrictor where the options do not.
    pub fn new(builder: &'b Builder<'w>, unrestricted: bool) -> Self {
        let unrestricted = unrestricted || builder.options.unrestricted;
        Self { builder, own_schema: None, unrestricted, stack: Vec::new(), read: RefCell::default() }
    }

    /// The kustomization of a directory. `at` is where the directory is named.
    pub fn accumulate(&mut self, directory: &Utf8Path, at: Option<Span>) -> Arc<Accumulated> {
        let builder = self.builder;
        self.accumulate_loaded(directory, at, || Kustomization::load(&builder.files, directory, at))
    }

    /// The same where the kustomization of the directory may be at hand.
    pub fn accumulate_loaded(
        &mut self,
        directory: &Utf8Path,
        at: Option<Span>,
        kustomization: impl FnOnce() -> Result<Kustomization>,
    ) -> Arc<Accumulated> {
        let builder = self.builder;
        if let Err(error) = self.enter(directory, at) {
            return Arc::new(Accumulated { outcome: Err(error), log: Log::default() });
        }
        let key = (directory.to_owned(), self.unrestricted);
        let known = builder.memory.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        // With a schema of its own a build is not like any other.
        let shares = self.own_schema.is_none();
        if let Some(known) = known.filter(|_| shares) {
            // Whether a directory contains one that is being built depends on where the build began.
            let cycle = known.log.visited.iter().find(|&visited| self.contains_open(visited).is_some());
            if cycle.is_none() {
                return known;
            }
        }
        let accumulated = Arc::new(self.accumulate_anew(directory, kustomization()));
        // An error may be a cycle, which depends on where the build began.
        let is_sure = accumulated.outcome.is_ok() || self.stack.is_empty();
        if shares && is_sure && !accumulated.log.has_schema {
            let mut memory = builder.memory.write().unwrap_or_else(PoisonError::into_inner);
            return Arc::clone(memory.entry(key).or_insert(accumulated));
        }
        accumulated
    }

    /// What a kustomization of `directory` makes, which nobody remembers.
    pub fn accumulate_anew(
        &mut self,
        directory: &Utf8Path,
        kustomization: Result<Kustomization>,
    ) -> Accumulated {
        let mut log = Log::default();
        self.stack.push(directory.to_owned());
        let outer = self.read.take();
        let outcome = kustomization.and_then(|kustomization| {
            let mut accumulation = Accumulation::default();
            self.run(&kustomization, &mut accumulation, &mut log)?;
            Ok(accumulation)
        });
        self.stack.pop();
        let read = self.read.replace(outer);
        let read = read.iter().filter_map(|path| self.builder.files.source(path));
        let mut files: Vec<SourceId> = log.kustomizations.iter().copied().chain(read).collect();
        files.sort_unstable();
        files.dedup();
        let bases = log.bases.iter().map(|base| Arc::clone(&base.log.layer)).collect();
        log.layer = Arc::new(Layer { directory: directory.to_owned(), files, bases });
        log.visited.insert(directory.to_owned());
        if let Err(error) = &outcome {
            log.events.extend(error.events());
        }
        Accumulated { outcome, log }
    }

    /// The directory being built that lies in `directory`, or is it.
    fn contains_open(&self, directory: &Utf8Path) -> Option<&Utf8PathBuf> {
        self.stack.iter().find(|open| open.starts_with(directory))
    }

    fn enter(&self, directory: &Utf8Path, at: Option<Span>) -> Result<()> {
        let at = at.unwrap_or(Span::new(SourceId(0), 0, 0));
        if self.stack.len() >= DEPTH {
            return Err(BuildError::new(at, format!("bases include bases more than {DEPTH} deep")));
        }
        let shown =
            |path: &Utf8Path| if path.as_str().is_empty() { ".".to_owned() } else { path.to_string() };
        match self.contains_open(directory) {
            None => Ok(()),
            Some(open) if open == directory => {
                let chain = self.stack.iter().skip_while(|open| *open != directory);
                let chain: Vec<String> = chain.map(|open| shown(open)).chain([shown(directory)]).collect();
                Err(BuildError::new(at, format!("cycle: {}", chain.join(" includes "))))
            }
            Some(open) => {
                let (outer, inner) = (shown(directory), shown(open));
                let message = format!("`{inner}` cannot include `{outer}`, in which it lies");
                Err(BuildError::new(at, message))
            }
        }
    }

    /// Runs a kustomization on what is accumulated so far: nothing, or for a component its parent's objects.
    fn run(&mut self, kustomization: &Kustomization, to: &mut Accumulation, log: &mut Log) -> Result<()> {
        let map = self.builder.files.map;
        log.kustomizations.push(kustomization.root(map).span().source);
        log.events.extend(kustomization.events.iter().cloned());
        to.partial |= kustomization.events.iter().any(|event| event.kind.is_gap());
        self.set_schema(kustomization, log)?;

        let resources = kustomization.items(map, "resources");
        let bases = kustomization.items(map, "bases");
        let mut errors = Errors::default();
        for item in resources.into_iter().chain(bases) {
            let result = self.resource(kustomization, item, to, log);
            errors.note(result);
        }
        if !errors.is_empty() {
            self.note_missing(kustomization, &mut errors);
            return errors.end();
        }
        self.configure(kustomization, to, log)?;
        for item in kustomization.items(map, "crds") {
            // Of several documents only the first is read, here and below.
            if let Some(tree) = transform::named_documents(self, kustomization, item, to, log)?.first() {
                let root = Cursor::new(map, tree);
                config::merge(to.config.own(), crds::read(root)?, root)?;
            }
        }
        self.generate(kustomization, to, log)?;
        for item in kustomization.items(map, "components") {
            self.component(kustomization, item, to, log)?;
        }
        transform::run(self, kustomization, to, log)?;
        plugin::transformers(self, kustomization, to, log)?;
        to.known = FxHashSet::default();
        // Validators must not change anything, and the built-in ones that could say something do not exist.
        plugin::validators(self, kustomization, to, log)?;
        let own = kustomization.items(map, "vars");
        vars::merge(&to.resources, &mut to.vars, own)
    }

    /// What else of the files that a kustomization names is not there, for one that does not build anyway.
    fn note_missing(&self, kustomization: &Kustomization, errors: &mut Errors) {
        let map = self.builder.files.map;
        let lists = ["components", "crds", "configurations", "generators", "transformers", "validators"];
        let named = lists.into_iter().flat_map(|list| kustomization.items(map, list));
        let lists = ["patches", "patchesJson6902", "replacements"];
        let entries = lists.into_iter().flat_map(|list| kustomization.items(map, list));
        for scalar in named.chain(entries.filter_map(|entry| entry.get("path"))) {
            let text = scalar.text().unwrap_or_default();
            let place = self.builder.files.place(&kustomization.directory, &text);
            // Text of several lines is a document itself.
            let is_path = !text.is_empty() && !text.contains('\n') && !remote::is_remote(&text);
            if is_path && matches!(place, Place::Missing) {
                errors.note::<()>(Err(self.not_found(place, &text, scalar.span(), "file")));
            }
        }
    }

    fn configure(
        &mut self,
        kustomization: &Kustomization,
        to: &mut Accumulation,
        log: &mut Log,
    ) -> Result<()> {
        let map = self.builder.files.map;
        let mut own = Configuration::builtin();
        let mut last = None;
        for item in kustomization.items(map, "configurations") {
            if let Some(tree) = transform::named_documents(self, kustomization, item, to, log)?.first() {
                let tree = shape::configuration(map, tree)?;
                let root = Cursor::new(map, &tree);
                config::merge(own.own(), config::read(root)?, root)?;
            }
            last = Some(item.span());
        }
        let at = last.unwrap_or_else(|| kustomization.root(map).span());
        to.config.absorb(own).map_err(|conflict| config::conflicting(&conflict, at))
    }

    fn set_schema(&mut self, kustomization: &Kustomization, log: &mut Log) -> Result<()> {
        let map = self.builder.files.map;
        let Some(openapi) = kustomization.field(map, "openapi") else { return Ok(()) };
        log.has_schema = true;
        if let Some(version) =
            openapi.get("version").filter(|version| version.text().is_some_and(|it| it != "v1.21.2"))
        {
            let message = "the only built-in OpenAPI version of Kustomize is `v1.21.2`";
            return Err(BuildError::new(version.span(), message));
        }
        if let Some(path) = openapi.get("path").filter(|_| self.own_schema.is_none())
            && let Some(file) = self.file(kustomization, path)?
        {
            let documents = self.builder.files.documents(&file, path.span())?;
            if let Some(tree) = documents.trees.first() {
                self.own_schema = Some(Arc::new(MergeSchema::from_openapi(Cursor::new(map, tree))));
            }
        }
        Ok(())
    }

    /// One item of `resources`: a file, a directory, or something far away.
    pub fn resource(
        &mut self,
        kustomization: &Kustomization,
        item: Cursor<'_>,
        to: &mut Accumulation,
        log: &mut Log,
    ) -> Result<()> {
        let text = item.text().unwrap_or_default();
        match self.builder.files.place(&kustomization.directory, &text) {
            Place::File(path) => {
                self.restrict(kustomization, &path, item)?;
                let documents = self.builder.files.documents(&path, item.span())?;
                let loaded = load::resources(self.builder.files.map, &documents)?;
                log.resources.extend(
                    documents
                        .trees
                        .first()
                        .and_then(|tree| tree.nodes().first())
                        .map(|node| node.span.source),
                );
                append(self.builder.files.map, to, loaded, Some(item.span()))
            }
            Place::Directory(path) => self.base(&path, item, to, log),
            place => match self.remote(&text) {
                Some(Some(path)) => self.base(&path, item, to, log),
                Some(None) => {
                    let message = format!("the remote base `{}` is not rendered", remote::shown(&text));
                    not_rendered(to, log, Gap::RemoteBase, item.span(), message);
                    Ok(())
                }
                None => Err(self.not_found(place, &text, item.span(), "resource")),
            },
        }
    }

    fn base(
        &mut self,
        path: &Utf8Path,
        item: Cursor<'_>,
        to: &mut Accumulation,
        log: &mut Log,
    ) -> Result<()> {
        let base = self.accumulate(path, Some(item.span()));
        log.visited.extend(base.log.visited.iter().cloned());
        log.has_schema |= base.log.has_schema;
        let is_component = !base.log.kustomizations.is_empty() && self.is_component(path, item);
        if is_component {
            let message = format!("`{path}` is a component; it belongs under `components`");
            return Err(BuildError::new(item.span(), message));
        }
        let outcome = base.outcome.as_ref().map_err(Clone::clone).cloned();
        log.bases.push(base);
        let base = outcome?;
        append(self.builder.files.map, to, base.resources, Some(item.span()))?;
        to.config.absorb(base.config).map_err(|conflict| config::conflicting(&conflict, item.span()))?;
        to.partial |= base.partial;
        vars::absorb(&mut to.vars, base.vars)
    }

    fn is_component(&self, path: &Utf8Path, item: Cursor<'_>) -> bool {
        Kustomization::load(&self.builder.files, path, Some(item.span()))
            .is_ok_and(|loaded| loaded.is_component)
    }

    fn component(
        &mut self,
        kustomization: &Kustomization,
        item: Cursor<'_>,
        to: &mut Accumulation,
        log: &mut Log,
    ) -> Result<()> {
        let text = item.text().unwrap_or_default();
        let path = match self.builder.files.place(&kustomization.directory, &text) {
            Place::Directory(path) => path,
            Place::File(_) => {
                let message = format!("`{text}` is a file; a component is a directory");
                return Err(BuildError::new(item.span(), message));
            }
            place => match self.remote(&text) {
                Some(Some(path)) => path,
                Some(None) => {
                    let message = format!("the remote component `{}` is not rendered", remote::shown(&text));
                    not_rendered(to, log, Gap::RemoteBase, item.span(), message);
                    return Ok(());
                }
                None => return Err(self.not_found(place, &text, item.span(), "component")),
            },
        };
        self.enter(&path, Some(item.span()))?;
        let component = Kustomization::load(&self.builder.files, &path, Some(item.span()))?;
        if !component.is_component {
            let message = format!("`{text}` is no component: its kind is not `Component`");
            return Err(BuildError::new(item.span(), message));
        }
        self.stack.push(path.clone());
        let result = self.run(&component, to, log);
        self.stack.pop();
        log.visited.insert(path);
        result
    }

    fn generate(
        &mut self,
        kustomization: &Kustomization,
        to: &mut Accumulation,
        log: &mut Log,
    ) -> Result<()> {
        let map = self.builder.files.map;
        let options = kustomization.field(map, "generatorOptions");
        for (field, what) in
            [("configMapGenerator", Generated::ConfigMap), ("secretGenerator", Generated::Secret)]
        {
            for entry in kustomization.items(map, field) {
                let by = Plugin::of_field(entry.span(), what.plugin());
                let request = Request { what, entry, global: options, by };
                self.generate_one(kustomization, request, to, log)?;
            }
        }
        for field in ["helmCharts", "helmChartInflationGenerator"] {
            for chart in kustomization.items(map, field) {
                let by = Plugin::of_field(chart.span(), "HelmChartInflationGenerator");
                helm_charts::inflate(self, kustomization, chart, &by, to, log)?;
            }
        }
        plugin::generators(self, kustomization, to, log)
    }

    /// Notes a file that was read.
    pub fn remember(&self, path: &Utf8Path) {
        self.read.borrow_mut().push(path.to_owned());
    }

    /// One ConfigMap or Secret.
    pub fn generate_one(
        &mut self,
        kustomization: &Kustomization,
        request: Request<'_>,
        to: &mut Accumulation,
        log: &mut Log,
    ) -> Result<()> {
        let files = &self.builder.files;
        let mut read = |written: &str, at: Span| {
            let path = self.file_at(kustomization, written, at)?;
            if path.is_none() {
                let message = format!("the file `{}` of a generator is not read", remote::shown(written));
                not_rendered(to, log, Gap::RemoteFile, at, message);
            }
            path.map(|path| files.content(&path, at)).transpose()
        };
        let mut stage = Stage { map: files.map, events: Vec::new(), secrets: Vec::new(), partial: false };
        let made = generator::generate(&mut stage, request, &mut read);
        log.secrets.append(&mut stage.secrets);
        stage.partial = to.partial;
        generator::absorb(&mut stage, &mut to.resources, made?)
    }

    /// The file that a scalar names; `None` when it is far away.
    pub fn file(&self, kustomization: &Kustomization, scalar: Cursor<'_>) -> Result<Option<Utf8PathBuf>> {
        self.file_at(kustomization, &scalar.text().unwrap_or_default(), scalar.span())
    }

    fn file_at(&self, kustomization: &Kustomization, text: &str, at: Span) -> Result<Option<Utf8PathBuf>> {
        match self.builder.files.place(&kustomization.directory, text) {
            Place::File(path) => self.restrict_at(kustomization, &path, at).map(|()| Some(path)),
            Place::Directory(path) => {
                Err(BuildError::new(at, format!("`{path}` is a directory; a file is needed here")))
            }
            _ if remote::is_remote(text) => Ok(None),
            place => Err(self.not_found(place, text, at, "file")),
        }
    }

    fn restrict(&self, kustomization: &Kustomization, path: &Utf8Path, item: Cursor<'_>) -> Result<()> {
        self.restrict_at(kustomization, path, item.span())
    }

    /// Kustomize reads files only below the directory of the kustomization that names them, unless told otherwise.
    fn restrict_at(&self, kustomization: &Kustomization, path: &Utf8Path, at: Span) -> Result<()> {
        self.read.borrow_mut().push(path.to_owned());
        if self.unrestricted || path.starts_with(&kustomization.directory) {
            return Ok(());
        }
        let message = format!(
            "`{path}` is outside of the kustomization's directory; Kustomize refuses that without \
             `--load-restrictor LoadRestrictionsNone`"
        );
        Err(BuildError { kind: EventKind::Restricted, ..BuildError::new(at, message) })
    }

    /// `None` for what is no URL; the directory of the repository that stands in for it, if there is one.
    fn remote(&self, text: &str) -> Option<Option<Utf8PathBuf>> {
        if !remote::is_remote(text) {
            return None;
        }
        let matching = self.builder.options.remotes.iter().find(|(glob, _)| glob.is_match(text));
        Some(matching.map(|(_, directory)| remote::within(directory, text)))
    }

    fn not_found(&self, place: Place, text: &str, at: Span, what: &str) -> BuildError {
        match place {
            Place::Outside => {
                BuildError::new(at, format!("`{text}` leads out of the repository, where nothing is read"))
            }
            _ => BuildError::missing(at, format!("the {what} `{text}` does not exist")),
        }
    }
}

/// Notes something that is not rendered.
pub(super) fn not_rendered(to: &mut Accumulation, log: &mut Log, gap: Gap, span: Span, message: String) {
    to.partial = true;
    log.events.push(Event::new(EventKind::NotRendered(gap), span, message));
}

/// `apps/web.yaml:3`, or only the file of text that stands in none.
fn shown(map: &SourceMap, span: Span) -> String {
    let span = map.editable(span, StepId::PARSED).unwrap_or(span);
    let source = map.source(span.source);
    format!("{}:{}", source.path(), source.position(span.start).line)
}

/// Adds objects, of which no identity may be there already. `via` is the entry that brought them.
pub(super) fn append(
    map: &SourceMap,
    to: &mut Accumulation,
    more: Vec<Resource>,
    via: Option<Span>,
) -> Result<()> {
    let normal = |id: &ResId| ResId { namespace: id.effective_namespace().into(), ..id.clone() };
    if to.known.len() != to.resources.len() {
        to.known = to.resources.iter().map(|resource| normal(&resource.id)).collect();
    }
    for resource in &more {
        if !to.known.insert(normal(&resource.id)) {
            // The first one may come with the same entry.
            let mut before = to.resources.iter().chain(&more);
            let first = before.find(|first| normal(&first.id) == normal(&resource.id));
            let first = first.map_or(resource.origin, |first| first.origin);
            let message = format!(
                "{} of {} is there already, from {}; two objects must not share a name",
                resource.id,
                shown(map, resource.origin),
                shown(map, first)
            );
            return Err(BuildError::new(via.unwrap_or(resource.origin), message));
        }
    }
    to.resources.extend(more);
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::render::kustomize::testing::{files, resources};

    #[test]
    fn the_first_of_two_in_one_file_is_named() {
        let object = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n";
        let map = files(&[("a.yaml", &format!("{object}---\n{object}"))]);
        let error = append(&map, &mut Accumulation::default(), resources(&map, 0), None).unwrap_err();
        assert!(error.message.contains("of a.yaml:6 is there already, from a.yaml:1;"), "{}", error.message);
    }
}
