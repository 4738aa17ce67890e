//! What nobody applies: manifests that lie where a controller applies everything else, and that it leaves out.
//!
//! That no owner applies a file proves little by itself: somebody may do so by hand, or from elsewhere. It proves
//! something where a controller reads the very directory and no kustomization names the file, and where Flux applies
//! what lies beside. Must not judge whether leaving files there is a good idea.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::discover::FileKind;
use crate::model::{DocumentKind, File, KUSTOMIZATION_NAMES, Object, ObjectView, Usage};
use crate::render::{EventKind, Gap, Layer, Unit};
use crate::source::SourceId;

use super::{GraphView, OwnerId, OwnerKind, OwnerView, Status, Tool};

/// So many directories beside one are applied where it would be, too.
const BESIDE: usize = 3;
/// Directories with one for each place to deploy to, some of which may be served from elsewhere.
const CHOICES: [&str; 6] = ["cluster", "clusters", "environments", "envs", "overlays", "tenants"];

/// What nobody applies in a repository.
#[derive(Debug, Default)]
pub struct Idle {
    files: FxHashSet<SourceId>,
    units: FxHashSet<Utf8PathBuf>,
    /// The outermost owners of those that wait.
    waiting: FxHashSet<OwnerId>,
}

impl Idle {
    /// What nobody applies in the repository of a graph.
    pub fn of(view: GraphView<'_>) -> Self {
        if is_copy(view) {
            return Self::default();
        }
        let roots = Roots::of(view);
        let mut waiting: FxHashSet<OwnerId> =
            view.owners().filter(|owner| roots.is_far(*owner)).map(|owner| owner.id).collect();
        // What a controller leaves out may hold owners, and what these apply is left out as well.
        let applied = loop {
            let applied = Applied::of(view, |top| !waiting.contains(&top));
            let is_left = |owner: &OwnerView<'_>| {
                owner.parent().is_none()
                    && !roots.itself.contains(&owner.id)
                    && applied.leaves_out(view, owner.object.object.source)
            };
            let before = waiting.len();
            waiting.extend(view.owners().filter(is_left).map(|owner| owner.id));
            if waiting.len() == before {
                break applied.with_owners(view, |top| !waiting.contains(&top));
            }
        };
        let is_waiting = |top| waiting.contains(&top);
        let later = Applied::of(view, is_waiting).with_owners(view, is_waiting);
        let neighbours = applied.neighbours(view);
        let has_owners = !applied.units.is_empty();
        let is_idle = |file: &&File| {
            let path = view.map.source(file.source).path();
            let is_beside = || roots.is_beside(path, &neighbours, view);
            is_manifest(file, view)
                && !applied.has(path, file.source)
                && (applied.is_below(path)
                    || later.files.contains(&file.source)
                    || has_owners && (is_by_hand(file, view) || is_archived(path))
                    || is_beside())
        };
        let files: FxHashSet<SourceId> =
            view.repository.files.iter().filter(is_idle).map(|file| file.source).collect();
        let is_idle =
            |unit: &&Unit| files.contains(&unit.source) && !applied.units.contains(unit.directory.as_path());
        let units = view.rendering.units.iter().filter(is_idle).map(|unit| unit.directory.clone()).collect();
        Self { files, units, waiting }
    }

    /// Whether a file is one that nobody applies.
    pub fn has_file(&self, source: SourceId) -> bool {
        self.files.contains(&source)
    }

    /// Whether an owner is one that nobody applies, nor who applies it.
    pub fn has_owner(&self, owner: OwnerView<'_>) -> bool {
        self.waiting.contains(&top(owner))
    }

    /// Whether a kustomization is one that nobody applies.
    pub fn has_unit(&self, directory: &Utf8Path) -> bool {
        self.units.contains(directory)
    }
}

/// Whether the repository is a copy of the one that its owners read, such as a fork: what they name of another repository
/// is here. Then nobody can tell what of it is applied.
fn is_copy(view: GraphView<'_>) -> bool {
    let outside = view.owners().flat_map(|owner| &owner.owner.deliveries);
    let outside = outside.filter(|delivery| delivery.status == Status::External);
    let paths: FxHashSet<&Utf8Path> = outside
        .filter_map(|delivery| view.map.in_file(delivery.at))
        .map(|at| view.map.slice(at).trim_matches(['"', '\'', '/']).trim_start_matches("./"))
        // The name of a chart is no path.
        .filter(|path| path.contains('/'))
        .map(Utf8Path::new)
        .collect();
    // Each directory is compared once, and only with paths that end as it does.
    let ends: FxHashSet<&str> = paths.iter().filter_map(|path| path.file_name()).collect();
    let is_here = |directory: &Utf8Path| {
        directory.file_name().is_some_and(|name| ends.contains(name))
            && paths.iter().any(|path| directory.ends_with(path))
    };
    let mut known = FxHashSet::default();
    !paths.is_empty()
        && view
            .map
            .files()
            .any(|file| file.path().ancestors().skip(1).take_while(|above| known.insert(*above)).any(is_here))
}

/// Where Flux begins to apply.
struct Roots<'w> {
    /// Owners that apply themselves.
    itself: FxHashSet<OwnerId>,
    /// Owners that apply others.
    above: FxHashSet<OwnerId>,
    /// Whether there is any.
    has_flux: bool,
    /// Around what they apply: other clusters lie there, which may be started from elsewhere.
    around: FxHashSet<&'w Utf8Path>,
}

impl<'w> Roots<'w> {
    fn of(view: GraphView<'w>) -> Self {
        let above = view.owners().filter_map(|owner| owner.owner.parent).collect();
        let has_flux = view.owners().any(|owner| owner.owner.kind == OwnerKind::Kustomization);
        let mut roots = Self { itself: FxHashSet::default(), above, has_flux, around: FxHashSet::default() };
        for owner in view.owners().filter(|owner| owner.owner.kind.is_flux() && owner.parent().is_none()) {
            let source = owner.object.object.source;
            for (delivery, unit) in owner.deliveries() {
                let Some(directory) = delivery.directory.as_deref() else { continue };
                let is_in_itself =
                    unit.is_some_and(|unit| unit.objects.iter().any(|object| object.source == source));
                if owner.owner.kind == OwnerKind::FluxInstance || is_in_itself {
                    roots.itself.insert(owner.id);
                    roots.around.insert(directory.parent().unwrap_or(Utf8Path::new("")));
                }
            }
        }
        roots
    }

    /// Whether an owner of Flux that no other one applies lies apart from where Flux begins. One that applies others is
    /// where somebody lets it begin.
    fn is_far(&self, owner: OwnerView<'_>) -> bool {
        let path = owner.view.map.source(owner.object.object.source).path();
        owner.parent().is_none()
            && owner.owner.kind.is_flux()
            && !self.above.contains(&owner.id)
            && !self.around.is_empty()
            && !self.around.iter().any(|directory| path.starts_with(directory))
    }

    /// Whether a file lies in a directory that is not applied, while those beside it are.
    fn is_beside(
        &self,
        path: &Utf8Path,
        neighbours: &FxHashMap<Utf8PathBuf, usize>,
        view: GraphView<'_>,
    ) -> bool {
        let outermost = path.ancestors().skip(1).filter(|at| !neighbours.contains_key(*at)).last();
        let Some((directory, parent)) = outermost.and_then(|at| Some((at, at.parent()?))) else {
            return false;
        };
        let is_environment =
            || directory.file_name().is_some_and(|name| view.graph.environments.of_name(name).is_some());
        let is_choice = parent.file_name().is_some_and(|name| CHOICES.contains(&name));
        self.has_flux
            && !is_choice
            && !self.around.iter().any(|around| path.starts_with(around))
            && neighbours.get(parent).is_some_and(|count| *count >= BESIDE)
            && !is_environment()
    }
}

/// What some of the owners apply.
#[derive(Default)]
struct Applied<'w> {
    files: FxHashSet<SourceId>,
    seen: FxHashSet<*const Layer>,
    units: FxHashSet<&'w Utf8Path>,
    /// Directories that are read with a kustomization, written or made up by Flux: it says all that is applied.
    read: FxHashSet<&'w Utf8Path>,
    /// Directories of which nobody knows what is applied.
    whole: FxHashSet<&'w Utf8Path>,
    /// Directories whose kustomization does not build, and below which those that nothing includes are not applied.
    broken: FxHashSet<&'w Utf8Path>,
    /// Kustomizations that nothing includes.
    apart: FxHashSet<&'w Utf8Path>,
    /// Beginnings of paths below which nobody can tell.
    open: Vec<String>,
}

impl<'w> Applied<'w> {
    /// Of those owners whose outermost owner is wanted.
    fn of(view: GraphView<'w>, wanted: impl Fn(OwnerId) -> bool) -> Self {
        let written = view.rendering.units.iter().filter(|unit| is_written(view, unit));
        let mut applied =
            Self { apart: written.map(|unit| unit.directory.as_path()).collect(), ..Self::default() };
        for owner in view.owners().filter(|owner| wanted(top(*owner))) {
            for (delivery, unit) in owner.deliveries() {
                if let Some(unit) = unit {
                    applied.layer(&unit.layer);
                    applied.units.insert(unit.directory.as_path());
                }
                if let Some(directory) = delivery.directory.as_deref() {
                    match unit.is_some_and(|unit| !is_opaque(unit)) {
                        true if delivery.tool == Tool::Kustomize => applied.read.insert(directory),
                        true => false,
                        false if unit.is_some_and(|unit| unit.failed && is_written(view, unit)) => {
                            applied.broken.insert(directory)
                        }
                        false => applied.whole.insert(directory),
                    };
                }
                applied.whole.extend(
                    delivery.values.iter().flat_map(|values| &values.paths).map(|path| path.as_path()),
                );
                // What an ApplicationSet finds when it runs are the paths of the Application that stands for all of its.
                let has_paths =
                    !matches!(owner.owner.kind, OwnerKind::HelmRelease | OwnerKind::ApplicationSet);
                if matches!(delivery.status, Status::Unverifiable(_)) && has_paths {
                    applied.open.extend(paths(&owner.object));
                }
            }
        }
        applied
    }

    /// The same with the files in which these owners stand.
    fn with_owners(mut self, view: GraphView<'w>, wanted: impl Fn(OwnerId) -> bool) -> Self {
        let owners = view.owners().filter(|owner| wanted(top(*owner)));
        self.files.extend(owners.map(|owner| owner.object.object.source));
        self
    }

    fn layer(&mut self, layer: &'w Layer) {
        if self.seen.insert(layer) {
            self.files.extend(&layer.files);
            layer.bases.iter().for_each(|base| self.layer(base));
        }
    }

    /// Whether a file is applied, or nobody can tell.
    fn has(&self, path: &Utf8Path, source: SourceId) -> bool {
        let is_apart = |above: &Utf8Path| {
            self.apart.contains(above) && !self.units.contains(above) && !self.broken.contains(above)
        };
        self.files.contains(&source)
            || path.ancestors().any(|above| self.whole.contains(above))
            || path.ancestors().take_while(|above| !is_apart(above)).any(|above| self.broken.contains(above))
            || self.open.iter().any(|open| path.as_str().starts_with(open))
    }

    /// Whether a file lies below a directory that is read.
    fn is_below(&self, path: &Utf8Path) -> bool {
        path.ancestors().skip(1).any(|above| self.read.contains(above) || self.broken.contains(above))
    }

    fn leaves_out(&self, view: GraphView<'_>, source: SourceId) -> bool {
        let path = view.map.source(source).path();
        self.is_below(path) && !self.has(path, source)
    }

    /// The directories with something applied in them or below, and how many such directories each has in it.
    fn neighbours(&self, view: GraphView<'_>) -> FxHashMap<Utf8PathBuf, usize> {
        let mut found: FxHashMap<Utf8PathBuf, usize> = FxHashMap::default();
        for file in &view.repository.files {
            let path = view.map.source(file.source).path();
            if !self.has(path, file.source) {
                continue;
            }
            for directory in path.ancestors().skip(1) {
                if found.contains_key(directory) {
                    break;
                }
                found.insert(directory.to_owned(), 0);
            }
        }
        let parents: Vec<Utf8PathBuf> =
            found.keys().filter_map(|directory| directory.parent()).map(Utf8Path::to_owned).collect();
        for parent in parents {
            *found.entry(parent).or_default() += 1;
        }
        found
    }
}

/// The outermost owner above one; itself where it applies itself.
fn top(owner: OwnerView<'_>) -> OwnerId {
    let (mut at, mut seen) = (owner, FxHashSet::default());
    while let Some(parent) = at.parent().filter(|_| seen.insert(at.id)) {
        at = parent;
    }
    at.id
}

/// Whether the kustomization of a unit is a file, and not made up by Flux.
fn is_written(view: GraphView<'_>, unit: &Unit) -> bool {
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

/// Whether a file holds what controllers apply, and is no part of a chart.
fn is_manifest(file: &File, view: GraphView<'_>) -> bool {
    let path = view.map.source(file.source).path();
    let is_applied = |kind: DocumentKind| {
        matches!(kind, DocumentKind::Object | DocumentKind::Kustomization | DocumentKind::Component)
    };
    file.kind == FileKind::Yaml
        && file.documents.iter().any(|document| is_applied(document.kind))
        && !path.ancestors().skip(1).any(|above| view.repository.file(&above.join("Chart.yaml")).is_some())
}

/// Whether a file that no kustomization names holds nothing but pods and jobs: people start them when they look into
/// something. What is to stay comes from a controller.
fn is_by_hand(file: &File, view: GraphView<'_>) -> bool {
    let is_short =
        |object: &Object| matches!(ObjectView::new(view.map, Some(file), object).kind(), "Pod" | "Job");
    file.usage == Usage::Deployed && !file.objects.is_empty() && file.objects.iter().all(is_short)
}

/// Whether a path leads through a directory for what is over.
fn is_archived(path: &Utf8Path) -> bool {
    const WORDS: [&str; 4] = ["_archive", "_archived", "archive", "archived"];
    path.components().any(|part| WORDS.contains(&part.as_str()))
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
