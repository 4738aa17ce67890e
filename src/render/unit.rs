//! A unit: what one controller would apply.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;

use crate::model::{Object, ObjectView, Repository};
use crate::source::{SourceId, SourceMap, Span};

use super::Event;
use super::helm::ReleaseNotes;

/// The objects of one kustomization, built as its own root.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Directory of the kustomization relative to the repository root; `""` for the root itself.
    pub directory: Utf8PathBuf,
    /// Its kustomization file.
    pub source: SourceId,
    /// The objects in the order in which Kustomize prints them; empty when it does not build.
    pub objects: Vec<Object>,
    /// What was noticed, in all kustomizations the unit is made of. Sorted, without repetitions.
    pub events: Vec<Event>,
    /// Where secrets stand that nothing at that place shows to be any: what a `secretGenerator` reads, what a patch puts
    /// into a Secret. May lie in embedded documents. Sorted, without repetitions.
    pub secrets: Vec<Span>,
    /// What is known of the releases of charts in it.
    pub charts: Vec<Arc<ReleaseNotes>>,
    /// Something could not be rendered here: see the events that [are gaps](super::EventKind::is_gap).
    pub partial: bool,
    /// Which files it is made of.
    pub layer: Arc<Layer>,
    /// A chart that nothing here is known to install: whoever does gives it values, and knows what it is installed
    /// beside.
    pub is_default: bool,
    /// A release of a chart, and no kustomization.
    pub is_chart: bool,
    /// The build failed: see the events that [are errors](super::EventKind::is_error).
    pub failed: bool,
}

impl Unit {
    /// A unit that could be built, without charts and secrets.
    pub(super) fn new(
        directory: &Utf8Path,
        source: SourceId,
        layer: Arc<Layer>,
        objects: Vec<Object>,
        events: Vec<Event>,
    ) -> Self {
        Self {
            directory: directory.to_owned(),
            source,
            objects,
            events,
            secrets: Vec::new(),
            charts: Vec::new(),
            partial: false,
            layer,
            is_default: false,
            is_chart: false,
            failed: false,
        }
    }

    /// The files that have values of charts of it in them: a chart that fails may say what they are.
    pub fn values(&self, map: &SourceMap) -> impl Iterator<Item = SourceId> {
        let layers = self.charts.iter().flat_map(|chart| &chart.layers);
        let given = layers.filter_map(|layer| map.in_file(layer.at)).map(|at| at.source);
        let is_default = |file: &SourceId| map.source(*file).path().file_name() == Some("values.yaml");
        given.chain(self.layer.files.iter().copied().filter(is_default))
    }
}

/// A kustomization with the files it reads, and the kustomizations it includes. Shared by all that include it.
#[derive(Debug, Default)]
pub struct Layer {
    /// Its directory relative to the repository root.
    pub directory: Utf8PathBuf,
    /// The files that are read for it: its own, those of its components, and what they name. Those of its bases are
    /// theirs.
    pub files: Vec<SourceId>,
    /// What it includes.
    pub bases: Vec<Arc<Layer>>,
}

impl Layer {
    /// The ways from this layer down to those that read a file, or any file below a directory: one for each of them,
    /// this layer first.
    pub fn ways_to(&self, map: &SourceMap, path: &Utf8Path) -> Vec<Vec<&Layer>> {
        let mut search = Search { map, path, seen: FxHashSet::default(), way: Vec::new(), found: Vec::new() };
        search.visit(self);
        search.found
    }
}

/// A walk over the layers of a unit, each once.
struct Search<'l, 'a> {
    map: &'a SourceMap,
    path: &'a Utf8Path,
    seen: FxHashSet<*const Layer>,
    way: Vec<&'l Layer>,
    found: Vec<Vec<&'l Layer>>,
}

impl<'l> Search<'l, '_> {
    fn visit(&mut self, layer: &'l Layer) {
        if !self.seen.insert(std::ptr::from_ref(layer)) {
            return;
        }
        self.way.push(layer);
        if layer.files.iter().any(|&file| self.map.source(file).path().starts_with(self.path)) {
            self.found.push(self.way.clone());
        }
        layer.bases.iter().for_each(|base| self.visit(base));
        self.way.pop();
    }
}

/// A unit as rules see it.
#[derive(Clone, Copy)]
pub struct UnitView<'w> {
    /// The sources.
    pub map: &'w SourceMap,
    /// The files.
    pub repository: &'w Repository,
    /// The unit.
    pub unit: &'w Unit,
}

impl<'w> UnitView<'w> {
    /// The objects it applies.
    pub fn objects(&self) -> impl Iterator<Item = ObjectView<'w>> + use<'w> {
        let Self { map, repository, unit } = *self;
        unit.objects.iter().map(move |object| ObjectView::rendered(map, repository, object))
    }
}
