//! What owners apply: the files that it is made of, and the directories of which nobody knows what is applied.
//!
//! Must not judge what that means for a file.

use camino::Utf8Path;
use rustc_hash::FxHashSet;

use crate::model::{KUSTOMIZATION_NAMES, ObjectView, is_place};
use crate::render::{EventKind, Gap, Layer, Unit};
use crate::source::SourceId;

use super::{GraphView, OwnerId, OwnerKind, OwnerView, Status, Tool};

/// What some of the owners apply.
#[derive(Default)]
pub struct Delivered<'w> {
    files: FxHashSet<SourceId>,
    seen: FxHashSet<*const Layer>,
    units: FxHashSet<&'w Utf8Path>,
    /// The directories that owners name.
    named: FxHashSet<&'w Utf8Path>,
    /// Directories that are read with a kustomization, written or made up by Flux: it says all that is applied.
    read: FxHashSet<&'w Utf8Path>,
    /// Paths of which nobody knows what is applied.
    whole: FxHashSet<&'w Utf8Path>,
    /// Directories whose kustomization does not build, and below which those that nothing includes are not applied.
    broken: FxHashSet<&'w Utf8Path>,
    /// Kustomizations that nothing includes.
    apart: FxHashSet<&'w Utf8Path>,
    /// Beginnings of paths below which nobody can tell: sorted, and none of them the beginning of another one.
    open: Vec<String>,
}

impl<'w> Delivered<'w> {
    /// What those owners apply whose outermost owner is wanted.
    pub fn of(view: GraphView<'w>, tops: &Tops, wanted: impl Fn(OwnerId) -> bool) -> Self {
        let written = view.rendering.units.iter().filter(|unit| is_written(view, unit));
        let mut it =
            Self { apart: written.map(|unit| unit.directory.as_path()).collect(), ..Self::default() };
        for owner in view.owners().filter(|owner| wanted(tops.of(owner.id))) {
            it.owner(owner);
        }
        it.open.sort();
        it.open.dedup_by(|path, shorter| path.starts_with(shorter.as_str()));
        it
    }

    /// The same with the files in which these owners stand.
    pub fn with_owners(mut self, view: GraphView<'w>, tops: &Tops, wanted: impl Fn(OwnerId) -> bool) -> Self {
        let owners = view.owners().filter(|owner| wanted(tops.of(owner.id)));
        self.files.extend(owners.map(|owner| owner.object.object.source));
        self
    }

    fn owner(&mut self, owner: OwnerView<'w>) {
        let view = owner.view;
        for (delivery, unit) in owner.deliveries() {
            if let Some(unit) = unit {
                self.layer(&unit.layer);
                self.units.insert(unit.directory.as_path());
            }
            if let Some(directory) = delivery.directory.as_deref() {
                self.named.insert(directory);
                match unit.is_some_and(|unit| !is_opaque(unit)) {
                    true if delivery.tool == Tool::Kustomize => self.read.insert(directory),
                    true => false,
                    false if unit.is_some_and(|unit| unit.failed && is_written(view, unit)) => {
                        self.broken.insert(directory)
                    }
                    false => self.whole.insert(directory),
                };
            }
            let values = delivery.values.iter().flat_map(|values| &values.paths);
            self.whole.extend(values.map(|path| path.as_path()));
            // What an ApplicationSet finds when it runs are the paths of the Application that stands for all of its.
            let has_paths = !matches!(owner.owner.kind, OwnerKind::HelmRelease | OwnerKind::ApplicationSet);
            if matches!(delivery.status, Status::Unverifiable(_)) && has_paths {
                self.open.extend(paths(&owner.object));
            }
        }
    }

    fn layer(&mut self, layer: &'w Layer) {
        if self.seen.insert(layer) {
            self.files.extend(&layer.files);
            layer.bases.iter().for_each(|base| self.layer(base));
        }
    }

    /// Whether nothing is applied that is known.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// The files that are applied.
    pub fn files(&self) -> &FxHashSet<SourceId> {
        &self.files
    }

    /// The directories that owners name.
    pub fn named(&self) -> impl Iterator<Item = &'w Utf8Path> {
        self.named.iter().copied()
    }

    /// Whether the unit of a directory is applied.
    pub fn has_unit(&self, directory: &Utf8Path) -> bool {
        self.units.contains(directory)
    }

    /// Whether a file is applied, or nobody can tell.
    pub fn has(&self, path: &Utf8Path, source: SourceId) -> bool {
        self.has_file(path, source) || path.parent().is_some_and(|directory| self.is_open(directory))
    }

    /// The same, apart from what is known of its directory.
    pub fn has_file(&self, path: &Utf8Path, source: SourceId) -> bool {
        let at = self.open.partition_point(|open| open.as_str() <= path.as_str());
        let before = at.checked_sub(1).and_then(|before| self.open.get(before));
        self.files.contains(&source)
            || self.whole.contains(path)
            || before.is_some_and(|open| path.as_str().starts_with(open))
    }

    /// Whether nobody can tell what in a directory is applied.
    pub fn is_open(&self, directory: &Utf8Path) -> bool {
        let is_apart = |above: &Utf8Path| {
            self.apart.contains(above) && !self.units.contains(above) && !self.broken.contains(above)
        };
        directory.ancestors().any(|above| self.whole.contains(above))
            || directory
                .ancestors()
                .take_while(|above| !is_apart(above))
                .any(|above| self.broken.contains(above))
    }

    /// Whether a directory is read, or lies below one that is. A place to deploy to in between may be served from
    /// elsewhere: `app/overlays/prod` where `app` is read. It is not where it is hidden: `overlays/_later/prod`.
    pub fn is_read(&self, directory: &Utf8Path) -> bool {
        let is_hidden = |at: &Utf8Path| at.file_name().is_some_and(|name| name.starts_with(['_', '.']));
        let is_above = |at: &&Utf8Path| self.read.contains(*at) || self.broken.contains(*at);
        let Some(above) = directory.ancestors().find(is_above) else { return false };
        let between = || directory.ancestors().take_while(|at| *at != above);
        between().any(is_hidden) || !between().any(is_place)
    }
}

/// The outermost owner above each owner; itself where it applies itself.
pub struct Tops(Vec<OwnerId>);

impl Tops {
    /// Those of the owners of a graph.
    pub fn new(view: GraphView<'_>) -> Self {
        let owners = &view.graph.owners;
        let mut tops: Vec<Option<OwnerId>> = vec![None; owners.len()];
        // Where each owner stands on the way that is being followed.
        let mut places: Vec<Option<usize>> = vec![None; owners.len()];
        for start in (0..owners.len() as u32).map(OwnerId) {
            let (mut at, mut way) = (start, Vec::new());
            let top = loop {
                let index = at.0 as usize;
                if let Some(known) = tops[index] {
                    break known;
                }
                if let Some(place) = places[index] {
                    way.drain(place..).for_each(|id: OwnerId| tops[id.0 as usize] = Some(id));
                    break at;
                }
                places[index] = Some(way.len());
                way.push(at);
                match owners[index].parent {
                    Some(parent) => at = parent,
                    None => break at,
                }
            };
            way.into_iter().for_each(|id| tops[id.0 as usize] = Some(top));
        }
        Self(tops.into_iter().flatten().collect())
    }

    /// That of an owner.
    pub fn of(&self, id: OwnerId) -> OwnerId {
        self.0[id.0 as usize]
    }
}

/// Whether the kustomization of a unit is a file, and not made up by Flux.
pub fn is_written(view: GraphView<'_>, unit: &Unit) -> bool {
    let path = view.map.source(unit.source).path();
    path.parent() == Some(&unit.directory)
        && path.file_name().is_some_and(|name| KUSTOMIZATION_NAMES.contains(&name))
}

/// Whether more files may be read for a unit than its layers name.
fn is_opaque(unit: &Unit) -> bool {
    let hides = |kind: EventKind| {
        matches!(kind, EventKind::NotRendered(Gap::Plugin | Gap::NewerField | Gap::LargeFile | Gap::Jsonnet))
    };
    unit.failed || unit.events.iter().any(|event| hides(event.kind))
}

/// The directories that an entry point applies. Placeholders end a path: what is above them is applied in parts.
pub fn paths(object: &ObjectView<'_>) -> Vec<String> {
    let mut paths = Vec::new();
    for value in object.root.scalars() {
        if value.key().and_then(|key| key.text()).is_some_and(|key| key == "path") {
            let text = value.text().unwrap_or_default();
            let text = text.trim_start_matches("./");
            let end = text.find(['*', '{', '$', '<']).unwrap_or(text.len());
            paths.push(text[..end].trim_end_matches('/').to_owned());
        }
    }
    paths
}
