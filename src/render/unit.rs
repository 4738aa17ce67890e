//! A unit: what one controller would apply.

use camino::Utf8PathBuf;

use crate::model::Object;
use crate::source::SourceId;

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
    /// Something could not be rendered here: there is at least one [`EventKind::NotRendered`](super::EventKind) event.
    pub partial: bool,
    /// The build failed: there is a [`EventKind::BuildError`](super::EventKind) or missing file among the events.
    pub failed: bool,
}
