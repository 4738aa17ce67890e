//! What owners deliver, as far as it tells that a file is no specimen.
//!
//! Must not know which files are specimens by their paths: that is asked.

use camino::Utf8Path;
use rustc_hash::FxHashSet;

use crate::engine::World;
use crate::graph::{Delivered, Scheme, Tops};

use super::Specimens;

/// What is delivered by owners that are no specimens themselves.
pub(super) struct Deliveries<'w> {
    pub delivered: Delivered<'w>,
    /// The directories of the files that are delivered.
    pub directories: FxHashSet<&'w Utf8Path>,
    /// The directories that are named, and those above them.
    pub above: FxHashSet<&'w Utf8Path>,
    /// Directories of which a release is delivered.
    pub releases: FxHashSet<&'w Utf8Path>,
}

impl<'w> Deliveries<'w> {
    pub fn of(world: &'w World) -> Self {
        let view = world.graph();
        // Without deliveries nothing is delivered, so that an owner is judged by its path alone.
        let mut paths = Specimens::of(world);
        let none = Self::from(world, Delivered::default());
        let _ = paths.deliveries.set(none);
        let tops = Tops::new(view);
        let specimens: FxHashSet<_> = view
            .owners()
            .filter(|owner| {
                let path = world.map.source(owner.owner.object.source).path();
                path.parent().is_some_and(|directory| paths.directory(directory).is_some())
            })
            .map(|owner| owner.id)
            .collect();
        Self::from(world, Delivered::of(view, &tops, |top| !specimens.contains(&top)))
    }

    fn from(world: &'w World, delivered: Delivered<'w>) -> Self {
        let files = delivered.files().iter().map(|file| world.map.source(*file).path());
        let directories = files.filter_map(Utf8Path::parent).collect();
        let mut above: FxHashSet<&Utf8Path> = FxHashSet::default();
        for directory in delivered.named() {
            above.extend(directory.ancestors());
        }
        let is_release = |at: &&&Utf8Path| {
            at.file_name().is_some_and(|name| name.contains('.') && Scheme::of(name).is_some())
        };
        let releases = above.iter().filter(is_release).filter_map(|at| at.parent()).collect();
        Self { delivered, directories, above, releases }
    }
}
