//! What nobody applies: manifests that lie where a controller applies everything else, and that it leaves out.
//!
//! That no owner applies a file proves little by itself: somebody may do so by hand, or from elsewhere. It proves
//! something where a controller reads the very directory and no kustomization names the file, and where Flux applies
//! what lies beside. Must not judge whether leaving files there is a good idea.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::discover::FileKind;
use crate::model::{DocumentKind, File, Object, ObjectView, Usage, is_choice, is_place};
use crate::render::Unit;
use crate::source::SourceId;

use super::delivered::{Delivered, Tops};
use super::{GraphView, OwnerId, OwnerKind, OwnerView, Status};

/// So many directories beside one are applied where it would be, too.
const BESIDE: usize = 3;
/// What a controller leaves out may hold owners, and what only these apply is left out as well. So many times that is
/// followed; what lies deeper counts as applied.
const ROUNDS: usize = 8;

/// What nobody applies in a repository.
#[derive(Debug, Default)]
pub struct Idle {
    files: FxHashSet<SourceId>,
    units: FxHashSet<Utf8PathBuf>,
    /// The owners that wait.
    waiting: FxHashSet<OwnerId>,
}

impl Idle {
    /// What nobody applies in the repository of a graph.
    pub fn of(view: GraphView<'_>) -> Self {
        // Where there is no owner, somebody applies all of it from elsewhere.
        if view.graph.owners.is_empty() || is_copy(view) {
            return Self::default();
        }
        let (roots, tops) = (Roots::of(view), Tops::new(view));
        let waiting = waiting(view, &roots, &tops);
        let is_waiting = |top| waiting.contains(&top);
        let applied = Delivered::of(view, &tops, |top| !is_waiting(top))
            .with_owners(view, &tops, |top| !is_waiting(top));
        let later = Delivered::of(view, &tops, is_waiting).with_owners(view, &tops, is_waiting);
        let mut directories = Directories {
            view,
            neighbours: if roots.has_flux { neighbours(&applied, view) } else { FxHashMap::default() },
            roots,
            applied: &applied,
            known: FxHashMap::default(),
        };
        let is_idle = |file: &&File| {
            let path = view.map.source(file.source).path();
            if !is_manifest(file) || applied.has_file(path, file.source) {
                return false;
            }
            match directories.of(path.parent().unwrap_or(Utf8Path::new(""))) {
                Reach::Open => false,
                Reach::LeftOut => true,
                Reach::Unknown => {
                    later.files().contains(&file.source)
                        || !applied.is_empty()
                            && is_by_hand(file, view)
                            && !view.graph.environments.is_live(path)
                }
            }
        };
        let files: FxHashSet<SourceId> =
            view.repository.files.iter().filter(is_idle).map(|file| file.source).collect();
        let is_idle = |unit: &&Unit| files.contains(&unit.source) && !applied.has_unit(&unit.directory);
        let units = view.rendering.units.iter().filter(is_idle).map(|unit| unit.directory.clone()).collect();
        let waiting = view.owners().map(|owner| owner.id).filter(|id| is_waiting(tops.of(*id))).collect();
        Self { files, units, waiting }
    }

    /// Whether a file is one that nobody applies.
    pub fn has_file(&self, source: SourceId) -> bool {
        self.files.contains(&source)
    }

    /// Whether an owner is one that nobody applies, nor who applies it.
    pub fn has_owner(&self, owner: OwnerView<'_>) -> bool {
        self.waiting.contains(&owner.id)
    }

    /// Whether a kustomization is one that nobody applies.
    pub fn has_unit(&self, directory: &Utf8Path) -> bool {
        self.units.contains(directory)
    }
}

/// The outermost owners that nobody applies.
fn waiting(view: GraphView<'_>, roots: &Roots<'_>, tops: &Tops) -> FxHashSet<OwnerId> {
    let far = view.owners().filter(|owner| roots.is_far(*owner));
    let mut waiting: FxHashSet<OwnerId> = far.map(|owner| owner.id).collect();
    for _ in 0..ROUNDS {
        let applied = Delivered::of(view, tops, |top| !waiting.contains(&top));
        let is_left_out = |owner: &OwnerView<'_>| {
            let source = owner.object.object.source;
            let path = view.map.source(source).path();
            owner.parent().is_none()
                && !roots.itself.contains(&owner.id)
                && path.parent().is_some_and(|directory| applied.is_read(directory))
                && !applied.has(path, source)
        };
        let before = waiting.len();
        waiting.extend(view.owners().filter(is_left_out).map(|owner| owner.id));
        if waiting.len() == before {
            break;
        }
    }
    waiting
}

/// What is known of a directory, for all manifests in it that are not known to be applied.
#[derive(Clone, Copy)]
enum Reach {
    /// Nobody can tell what of it is applied; or it belongs to a chart.
    Open,
    /// It is left out of what is applied.
    LeftOut,
    /// It says nothing.
    Unknown,
}

/// The directories of a repository; each is looked at once.
struct Directories<'a, 'w> {
    view: GraphView<'w>,
    roots: Roots<'w>,
    applied: &'a Delivered<'w>,
    neighbours: FxHashMap<&'w Utf8Path, usize>,
    known: FxHashMap<&'w Utf8Path, Reach>,
}

impl<'w> Directories<'_, 'w> {
    fn of(&mut self, directory: &'w Utf8Path) -> Reach {
        if let Some(known) = self.known.get(directory) {
            return *known;
        }
        let is_chart = |above: &Utf8Path| self.view.repository.file(&above.join("Chart.yaml")).is_some();
        let is_left_out = || {
            self.applied.is_read(directory) || self.roots.is_beside(directory, &self.neighbours, self.view)
        };
        let reach = match self.applied.is_open(directory) || directory.ancestors().any(is_chart) {
            true => Reach::Open,
            false if is_left_out() => Reach::LeftOut,
            false => Reach::Unknown,
        };
        self.known.insert(directory, reach);
        reach
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
    /// where somebody lets it begin, and so may be one of another environment.
    fn is_far(&self, owner: OwnerView<'_>) -> bool {
        let path = owner.view.map.source(owner.object.object.source).path();
        let is_live = |path: &Utf8Path| owner.view.graph.environments.is_live(path);
        owner.parent().is_none()
            && owner.owner.kind.is_flux()
            && !self.above.contains(&owner.id)
            && !self.around.is_empty()
            && !self.is_around(path)
            && !is_live(path)
            && !owner.owner.deliveries.iter().filter_map(|it| it.directory.as_deref()).any(is_live)
    }

    fn is_around(&self, path: &Utf8Path) -> bool {
        path.ancestors().any(|above| self.around.contains(above))
    }

    /// Whether a directory is not applied, while those beside it are.
    fn is_beside(
        &self,
        directory: &Utf8Path,
        neighbours: &FxHashMap<&Utf8Path, usize>,
        view: GraphView<'_>,
    ) -> bool {
        let outermost = directory.ancestors().take_while(|at| !neighbours.contains_key(*at)).last();
        let Some((outermost, parent)) = outermost.and_then(|at| Some((at, at.parent()?))) else {
            return false;
        };
        let is_environment = |at: &Utf8Path| {
            at.file_name().is_some_and(|name| view.graph.environments.of_name(name).is_some())
        };
        let mut between = directory.ancestors().take_while(|at| *at != parent);
        self.has_flux
            && !parent.file_name().is_some_and(is_choice)
            && !self.is_around(directory)
            && neighbours.get(parent).is_some_and(|count| *count >= BESIDE)
            && !is_environment(outermost)
            && !between.any(is_place)
    }
}

/// The directories with something applied in them or below, and how many such directories each has in it.
fn neighbours<'w>(applied: &Delivered<'w>, view: GraphView<'w>) -> FxHashMap<&'w Utf8Path, usize> {
    let mut found: FxHashMap<&Utf8Path, usize> = FxHashMap::default();
    for file in &view.repository.files {
        let path = view.map.source(file.source).path();
        let is_known = path.parent().is_some_and(|directory| found.contains_key(directory));
        if is_known || !applied.has(path, file.source) {
            continue;
        }
        for directory in path.ancestors().skip(1) {
            if found.contains_key(directory) {
                break;
            }
            found.insert(directory, 0);
        }
    }
    let parents: Vec<&Utf8Path> = found.keys().filter_map(|directory| directory.parent()).collect();
    for parent in parents {
        *found.entry(parent).or_default() += 1;
    }
    found
}

/// Whether a file holds what controllers apply.
fn is_manifest(file: &File) -> bool {
    let is_applied = |kind: DocumentKind| {
        matches!(kind, DocumentKind::Object | DocumentKind::Kustomization | DocumentKind::Component)
    };
    file.kind == FileKind::Yaml && file.documents.iter().any(|document| is_applied(document.kind))
}

/// Whether a file that no kustomization names holds nothing but pods and jobs: people start them when they look into
/// something. What is to stay comes from a controller.
fn is_by_hand(file: &File, view: GraphView<'_>) -> bool {
    let is_short =
        |object: &Object| matches!(ObjectView::new(view.map, Some(file), object).kind(), "Pod" | "Job");
    file.usage == Usage::Deployed && !file.objects.is_empty() && file.objects.iter().all(is_short)
}
