//! What directories have in them: environments, and releases by how these are numbered.
//!
//! Must not know what that makes of them.

use std::cmp::Ordering;

use camino::Utf8Path;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::engine::World;
use crate::graph::{Scheme, compare_versions};
use crate::model::{environments, is_place};

/// What lies beside each other.
pub(super) struct Beside<'w> {
    /// Directories with an environment in them that is not called `test`.
    pub environments: FxHashSet<&'w Utf8Path>,
    /// Directories with a place to deploy to in them.
    pub places: FxHashSet<&'w Utf8Path>,
    /// Directories with releases in them, by how these are numbered.
    pub releases: FxHashMap<(&'w Utf8Path, Scheme<'w>), Releases<'w>>,
}

/// Releases that are numbered alike.
pub(super) struct Releases<'w> {
    pub count: usize,
    pub newest: &'w str,
}

impl<'w> Beside<'w> {
    pub fn of(world: &'w World) -> Self {
        let mut it = Self {
            environments: FxHashSet::default(),
            places: FxHashSet::default(),
            releases: FxHashMap::default(),
        };
        let mut known: FxHashSet<&Utf8Path> = FxHashSet::default();
        for source in world.map.files() {
            for directory in source.path().ancestors().skip(1) {
                let (Some(parent), Some(name)) = (directory.parent(), directory.file_name()) else { break };
                if !known.insert(directory) {
                    break;
                }
                it.add(directory, parent, name);
            }
        }
        it
    }

    fn add(&mut self, directory: &'w Utf8Path, parent: &'w Utf8Path, name: &'w str) {
        if name != "test" && !environments(name).is_empty() {
            self.environments.insert(parent);
        }
        if is_place(directory) {
            self.places.insert(parent);
        }
        if let Some(scheme) = Scheme::of(name).filter(|_| name.contains('.')) {
            let releases =
                self.releases.entry((parent, scheme)).or_insert(Releases { count: 0, newest: name });
            releases.count += 1;
            if compare_versions(releases.newest, name) == Some(Ordering::Less) {
                releases.newest = name;
            }
        }
    }
}
