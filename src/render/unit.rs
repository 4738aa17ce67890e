//! A unit: what one controller would apply.

use camino::Utf8PathBuf;

use crate::model::{Object, ObjectView, Repository};
use crate::source::{SourceId, SourceMap, Span};

use super::Event;

/// The objects of one kustomization, built as its own root.
#[derive(Debug)]
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
    /// Something could not be rendered here: see the events that [are gaps](super::EventKind::is_gap).
    pub partial: bool,
    /// The build failed: see the events that [are errors](super::EventKind::is_error).
    pub failed: bool,
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
