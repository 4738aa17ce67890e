//! The graph is built in rounds: owners name directories, what is rendered there may hold more owners.
//!
//! Owns the rounds, who is a root, and the numbering of owners and clusters. Must not know what any owner means.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::{Object, ObjectView, Usage};
use crate::render::{Built, EventKind, Rendering, is_cluster_scoped};
use crate::source::SourceId;
use crate::yaml::{Cursor, Place};

use super::owner::{Content, Destination, Expansion, Planned, Remark};
use super::{
    Cluster, ClusterId, Context, Delivery, Environment, Graph, ObjectKey, Owner, OwnerId, OwnerKind, Placed,
    Status, argo, flux, settle,
};

/// Owners that apply owners are followed this deep.
const DEPTH: usize = 16;

/// Why nobody can tell what an owner that stands for many delivers.
const RUNTIME: &str = "it depends on what its ApplicationSet finds when it runs";

/// An owner before it is known who applies it. One that several owners apply is expanded once.
struct Candidate {
    kind: OwnerKind,
    object: Object,
    deliveries: Vec<(Planned, Option<usize>)>,
    /// Owners it makes itself.
    made: Vec<usize>,
    is_symbolic: bool,
    /// The environment that the element says which it was made of.
    element: Option<Environment>,
    remarks: Vec<Remark>,
}

struct Rounds<'c, 'w> {
    context: &'c Context<'w>,
    built: Vec<Built>,
    /// Kustomizations as they stand, by whether the load restrictor is off.
    known: FxHashMap<(Utf8PathBuf, bool), usize>,
    /// The owners in each unit.
    within: Vec<Vec<usize>>,
    candidates: Vec<Candidate>,
    by_place: FxHashMap<Place, usize>,
    /// Those of the same file that say the same are one: what an owner applies may hold the owner itself, made anew.
    by_text: FxHashMap<(SourceId, String), usize>,
    /// Those that stand in files, with the file.
    plain: Vec<(usize, SourceId)>,
}

/// Builds the graph, given the units of the kustomizations that nothing includes, and renders what owners need besides.
pub fn build(context: &Context<'_>, roots: Vec<Built>) -> (Rendering, Graph) {
    let mut rounds = Rounds {
        context,
        known: FxHashMap::default(),
        within: Vec::new(),
        candidates: Vec::new(),
        by_place: FxHashMap::default(),
        by_text: FxHashMap::default(),
        plain: Vec::new(),
        built: Vec::new(),
    };
    let count = roots.len();
    for root in roots {
        let directory = root.unit.directory.clone();
        let unit = rounds.unit(root);
        rounds.known.insert((directory, false), unit);
    }
    for file in context.repository.files.iter().filter(|file| file.usage == Usage::Deployed) {
        for object in &file.objects {
            if let Some(candidate) = rounds.candidate(object) {
                rounds.plain.push((candidate, file.source));
            }
        }
    }
    let mut next = 0;
    // One round for every level of owners that apply owners.
    for _ in 0..DEPTH {
        if next < rounds.candidates.len() {
            next = rounds.round(next);
        }
    }
    rounds.finish(count)
}

impl Rounds<'_, '_> {
    /// Keeps a unit, and notes the owners in it.
    fn unit(&mut self, built: Built) -> usize {
        let owners = built.unit.objects.iter().filter_map(|object| self.candidate(object)).collect();
        self.built.push(built);
        self.within.push(owners);
        self.built.len() - 1
    }

    fn candidate(&mut self, object: &Object) -> Option<usize> {
        let view = ObjectView::rendered(self.context.map, self.context.repository, object);
        let kind = OwnerKind::of(&view)?;
        if let Some(&known) = self.by_place.get(&object.tree.place()) {
            return Some(known);
        }
        let next = self.candidates.len();
        let index = *self.by_text.entry((object.source, text(view.root))).or_insert(next);
        self.by_place.insert(object.tree.place(), index);
        if index == next {
            let object = object.clone();
            self.candidates.push(Candidate {
                kind,
                object,
                deliveries: Vec::new(),
                made: Vec::new(),
                is_symbolic: false,
                element: None,
                remarks: Vec::new(),
            });
        }
        Some(index)
    }

    /// Expands the candidates from `start` on; returns where the next round starts.
    fn round(&mut self, start: usize) -> usize {
        let context = self.context;
        let index = flux::Index::new(context, &self.built);
        let expansions: Vec<Expansion> = self.candidates[start..]
            .par_iter()
            .map(|candidate| {
                let view = ObjectView::rendered(context.map, context.repository, &candidate.object);
                match candidate.kind {
                    OwnerKind::Application => argo::application(context, &view),
                    OwnerKind::ApplicationSet => argo::application_set(context, &view),
                    OwnerKind::Kustomization => flux::kustomization(context, &index, &view),
                    OwnerKind::HelmRelease => flux::helm_release(context, &index, &view),
                    OwnerKind::ResourceSet => flux::resource_set(context, &view),
                    OwnerKind::FluxInstance => flux::instance(context, &view),
                }
            })
            .collect();
        let end = self.candidates.len();
        for (index, expansion) in (start..).zip(expansions) {
            let mut deliveries = Vec::new();
            for mut planned in expansion.deliveries {
                // Of what is only known when it runs, nothing is known to be missing.
                if self.candidates[index].is_symbolic && matches!(planned.status, Status::Missing(_)) {
                    planned.status = Status::Unverifiable(RUNTIME.into());
                }
                let mut content = std::mem::replace(&mut planned.content, Content::Nothing);
                if let (true, Content::Own(built)) = (self.candidates[index].is_symbolic, &mut content) {
                    built.doubt();
                }
                let unit = self.content(content);
                deliveries.push((planned, unit));
            }
            let mut made: Vec<usize> =
                expansion.made.iter().filter_map(|object| self.candidate(object)).collect();
            for object in &expansion.symbolic {
                if let Some(symbolic) = self.candidate(object) {
                    self.candidates[symbolic].is_symbolic = true;
                    made.push(symbolic);
                }
            }
            for (object, name) in &expansion.stated {
                if let Some(stated) = self.candidate(object) {
                    self.candidates[stated].element = context.environments.of_word(name);
                }
            }
            let candidate = &mut self.candidates[index];
            (candidate.deliveries, candidate.made, candidate.remarks) = (deliveries, made, expansion.remarks);
        }
        end
    }

    fn content(&mut self, content: Content) -> Option<usize> {
        match content {
            Content::Nothing => None,
            Content::Own(built) => Some(self.unit(*built)),
            Content::Kustomization { directory, unrestricted } => {
                let known = |unrestricted| self.known.get(&(directory.clone(), unrestricted)).copied();
                let restricted = known(false).filter(|&unit| {
                    // The restrictor makes a difference only where it stops something.
                    let mut events = self.built[unit].unit.events.iter();
                    !unrestricted || !events.any(|event| event.kind == EventKind::Restricted)
                });
                if let Some(unit) = restricted.or_else(|| known(unrestricted)) {
                    return Some(unit);
                }
                let built = self.context.renderer.build(&directory, unrestricted);
                let unit = self.unit(built);
                self.known.insert((directory, unrestricted), unit);
                Some(unit)
            }
        }
    }

    /// `roots` is the number of units that were there before any owner was asked.
    fn finish(self, roots: usize) -> (Rendering, Graph) {
        let live = self.live(roots);
        let reach = self.reach(&live, roots);
        // What only applies itself, as Flux's own Kustomization does, is a root as well; outer ones first.
        let itself = |index: &usize| {
            let candidate: &Candidate = &self.candidates[*index];
            candidate
                .deliveries
                .iter()
                .any(|(_, unit)| unit.is_some_and(|unit| self.within[unit].contains(index)))
        };
        let plain = self.plain.iter().filter(|(_, source)| !reach.covered.contains(source));
        let plain = plain.map(|(index, _)| *index);
        let alone = (0..self.candidates.len()).filter(|index| live.contains(index) && itself(index));
        let entries: Vec<usize> = reach.entries.iter().copied().chain(plain).chain(alone).collect();
        let mut walk = Walk {
            rounds: &self,
            instances: Vec::new(),
            clusters: BTreeSet::new(),
            seen: FxHashSet::default(),
            directories: self.cluster_directories(&entries),
        };
        for index in
            entries.into_iter().chain((0..self.candidates.len()).filter(|index| live.contains(index)))
        {
            walk.root(index);
        }
        let (instances, names, delivered) = (walk.instances, walk.clusters, reach.delivered);
        self.number(instances, names, roots, &delivered)
    }

    /// Directories that stand for a cluster, although nothing calls them so: two Flux objects of one name that nobody
    /// applies cannot live in one cluster, and the directories in which their ways part are two clusters.
    fn cluster_directories(&self, entries: &[usize]) -> BTreeSet<Utf8PathBuf> {
        let mut named: FxHashMap<(OwnerKind, String, String), Vec<&Utf8Path>> = FxHashMap::default();
        for candidate in entries.iter().map(|&index| &self.candidates[index]) {
            if candidate.kind.is_flux() {
                let view = ObjectView::rendered(self.context.map, self.context.repository, &candidate.object);
                let namespace = view.namespace().unwrap_or_default().into_owned();
                let path = self.context.map.source(candidate.object.source).path();
                let key = (candidate.kind, namespace, view.name().into_owned());
                named.entry(key).or_default().extend(path.parent());
            }
        }
        let mut directories = BTreeSet::new();
        for paths in named.values() {
            for (a, b) in paths.iter().flat_map(|a| paths.iter().map(move |b| (a, b))) {
                let shared = a.components().zip(b.components()).take_while(|(a, b)| a == b).count();
                let own: Utf8PathBuf = a.components().take(shared + 1).collect();
                // One that lies in the other is no cluster of its own.
                if a.components().count() > shared && b.components().count() > shared {
                    directories.insert(own);
                }
            }
        }
        directories
    }

    /// The candidates that somebody applies. An owner that another one applies with changes stands in a file or a
    /// kustomization without them, and there it is nobody's: it and all that only it applies are dropped.
    fn live(&self, roots: usize) -> FxHashSet<usize> {
        let mut live: FxHashSet<usize> = (0..self.candidates.len()).collect();
        for _ in 0..DEPTH {
            let reach = self.reach(&live, roots);
            let mut next: FxHashSet<usize> = reach.entries.iter().copied().collect();
            let plain = self.plain.iter().filter(|(_, source)| !reach.covered.contains(source));
            next.extend(plain.map(|(index, _)| *index));
            next.extend(reach.delivered.iter().flat_map(|&unit| self.within[unit].iter().copied()));
            next.extend(live.iter().flat_map(|&index| self.candidates[index].made.iter().copied()));
            if next == live {
                break;
            }
            live = next;
        }
        live
    }

    /// What these candidates apply.
    fn reach(&self, live: &FxHashSet<usize>, roots: usize) -> Reach {
        let delivered: FxHashSet<usize> = live
            .iter()
            .flat_map(|&index| &self.candidates[index].deliveries)
            .filter_map(|(_, unit)| *unit)
            .collect();
        // What Flux makes up includes kustomizations that nothing else includes.
        let shadowed: FxHashSet<&Utf8Path> =
            delivered.iter().flat_map(|&unit| self.built[unit].directories()).collect();
        // Files that some owner applies in another way are not applied as they stand.
        let covered: FxHashSet<SourceId> = delivered
            .iter()
            .filter(|&&unit| !self.built[unit].unit.failed)
            .flat_map(|&unit| self.built[unit].sources())
            .collect();
        let is_entry = |unit: &usize| {
            !delivered.contains(unit) && !shadowed.contains(self.built[*unit].unit.directory.as_path())
        };
        // Nor are they as a kustomization has them that no owner applies.
        let is_uncovered = |index: &usize| !covered.contains(&self.candidates[*index].object.source);
        let within = (0..roots).filter(is_entry).flat_map(|unit| self.within[unit].iter().copied());
        let entries = within.filter(is_uncovered).collect();
        Reach { entries, covered, delivered }
    }

    /// Sorts owners and clusters, and puts units where the rendering has them.
    fn number(
        self,
        instances: Vec<Instance>,
        names: BTreeSet<Cluster>,
        roots: usize,
        delivered: &FxHashSet<usize>,
    ) -> (Rendering, Graph) {
        let Rounds { context, built, candidates, .. } = self;
        let reached: FxHashSet<usize> = instances
            .iter()
            .flat_map(|instance| &candidates[instance.candidate].deliveries)
            .filter_map(|(_, unit)| *unit)
            .collect();
        let shadowed: FxHashSet<Utf8PathBuf> =
            reached.iter().flat_map(|&unit| built[unit].directories()).map(Utf8Path::to_owned).collect();
        let keep = |unit: usize| {
            reached.contains(&unit)
                || (unit < roots
                    && !delivered.contains(&unit)
                    && !shadowed.contains(&built[unit].unit.directory))
        };
        let kept: Vec<usize> = (0..built.len()).filter(|&unit| keep(unit)).collect();
        let mut built: Vec<Option<Built>> = built.into_iter().map(Some).collect();
        let units = kept.iter().filter_map(|&unit| built[unit].take()).collect();
        let (rendering, order) = Rendering::new(context.map, units);
        let places: FxHashMap<usize, usize> = kept.into_iter().zip(order).collect();

        let clusters: Vec<Cluster> = names.into_iter().collect();
        let cluster = |wanted: &Cluster| ClusterId(clusters.binary_search(wanted).unwrap_or_default() as u32);
        let mut owners: Vec<(usize, Option<usize>, Owner)> = Vec::new();
        for (index, instance) in instances.iter().enumerate() {
            let candidate = &candidates[instance.candidate];
            let own = cluster(&instance.cluster);
            let deliveries = candidate.deliveries.iter().map(|(planned, unit)| Delivery {
                at: planned.at,
                directory: planned.directory.clone(),
                tool: planned.tool,
                status: planned.status.clone(),
                unit: unit.and_then(|unit| places.get(&unit).copied()),
                cluster: cluster(&destination(&planned.destination, &instance.cluster)),
                namespace: planned.namespace.clone(),
                values: planned.values.clone(),
            });
            let view = ObjectView::rendered(context.map, context.repository, &candidate.object);
            let owner = Owner {
                kind: candidate.kind,
                key: key(&view, own, instance.namespace.as_deref()),
                object: candidate.object.clone(),
                parent: None,
                deliveries: deliveries.collect(),
                environment: None,
                element: candidate.element.clone(),
                is_symbolic: candidate.is_symbolic,
                remarks: candidate.remarks.clone(),
            };
            owners.push((index, instance.parent, owner));
        }
        owners.sort_by(|(_, _, a), (_, _, b)| {
            (a.key.cluster, a.kind, &a.key).cmp(&(b.key.cluster, b.kind, &b.key))
        });
        let ids: FxHashMap<usize, OwnerId> =
            (0..).zip(&owners).map(|(id, (index, ..))| (*index, OwnerId(id))).collect();
        let mut owners: Vec<Owner> = owners
            .into_iter()
            .map(|(_, parent, owner)| Owner {
                parent: parent.and_then(|parent| ids.get(&parent).copied()),
                ..owner
            })
            .collect();
        settle::owners(context, &clusters, &mut owners, DEPTH);
        let unit_environments = settle::units(context, &rendering, &owners);
        let objects = place(context, &rendering, &owners);
        (
            rendering,
            Graph {
                owners,
                clusters,
                objects,
                this: context.this.clone(),
                environments: context.environments.clone(),
                unit_environments,
            },
        )
    }
}

/// What some owners apply, and what nobody does.
struct Reach {
    /// Owners in kustomizations that no owner applies.
    entries: Vec<usize>,
    /// Files whose documents owners apply.
    covered: FxHashSet<SourceId>,
    /// Units that owners apply.
    delivered: FxHashSet<usize>,
}

/// An owner in one cluster.
struct Instance {
    candidate: usize,
    parent: Option<usize>,
    cluster: Cluster,
    /// The namespace that the parent gives to objects that name none.
    namespace: Option<String>,
}

/// The walk from the roots down.
struct Walk<'r, 'c, 'w> {
    rounds: &'r Rounds<'c, 'w>,
    instances: Vec<Instance>,
    clusters: BTreeSet<Cluster>,
    seen: FxHashSet<usize>,
    /// Directories of clusters that are not called so.
    directories: BTreeSet<Utf8PathBuf>,
}

impl Walk<'_, '_, '_> {
    fn root(&mut self, candidate: usize) {
        if self.seen.contains(&candidate) {
            return;
        }
        let cluster = Cluster { name: self.entry_cluster(candidate), is_opaque: false };
        self.visit(candidate, None, cluster, None, DEPTH);
    }

    /// The cluster of an owner that nobody applies: the segment behind `clusters` in the path it reads, or of its file.
    fn entry_cluster(&self, candidate: usize) -> String {
        let Candidate { kind, object, deliveries, .. } = &self.rounds.candidates[candidate];
        if !kind.is_flux() {
            return String::new();
        }
        let directory = deliveries.first().and_then(|(planned, _)| planned.directory.clone());
        let file = self.rounds.context.map.source(object.source).path();
        let paths = [file.parent().map(Utf8Path::to_owned), directory];
        let named = paths.iter().flatten().find_map(|path| cluster_of(path));
        let own = || self.directories.iter().find(|directory| file.starts_with(directory));
        named.or_else(|| own()?.file_name().map(str::to_owned)).unwrap_or_default()
    }

    fn visit(
        &mut self,
        index: usize,
        parent: Option<usize>,
        cluster: Cluster,
        namespace: Option<String>,
        depth: usize,
    ) {
        let known = |instance: &Instance| instance.candidate == index && instance.cluster == cluster;
        if depth == 0 || self.instances.iter().any(known) {
            return;
        }
        self.seen.insert(index);
        self.clusters.insert(cluster.clone());
        let own = self.instances.len();
        self.instances.push(Instance { candidate: index, parent, cluster: cluster.clone(), namespace });
        let candidate = &self.rounds.candidates[index];
        for &made in &candidate.made {
            self.visit(made, Some(own), cluster.clone(), None, depth - 1);
        }
        for (planned, unit) in &candidate.deliveries {
            let target = destination(&planned.destination, &cluster);
            self.clusters.insert(target.clone());
            for &child in unit.map_or(&[][..], |unit| &self.rounds.within[unit]) {
                self.visit(child, Some(own), target.clone(), planned.namespace.clone(), depth - 1);
            }
        }
    }
}

/// What an owner says, without the places where it says it.
fn text(root: Cursor<'_>) -> String {
    let mut text = String::new();
    write(root, &mut text);
    text
}

fn write(value: Cursor<'_>, to: &mut String) {
    if value.is_map() {
        for entry in value.entries() {
            to.push_str(&entry.key.text().unwrap_or_default());
            to.push_str(":{");
            write(entry.value, to);
            to.push('}');
        }
    } else if value.is_seq() {
        for item in value.items() {
            to.push('[');
            write(item, to);
            to.push(']');
        }
    } else {
        to.push_str(&value.text().unwrap_or_default());
    }
}

fn destination(destination: &Destination, own: &Cluster) -> Cluster {
    match destination {
        Destination::Own => own.clone(),
        Destination::Named(name) => Cluster { name: name.clone(), is_opaque: false },
        Destination::Opaque(name) => Cluster { name: name.clone(), is_opaque: true },
    }
}

/// The path up to and with the segment behind `clusters`.
fn cluster_of(path: &Utf8Path) -> Option<String> {
    let mut parts = path.components().map(|part| part.as_str());
    parts.by_ref().find(|part| *part == "clusters")?;
    parts.next().map(str::to_owned)
}

fn key(object: &ObjectView<'_>, cluster: ClusterId, namespace: Option<&str>) -> ObjectKey {
    let (group, kind) = (object.group().to_owned(), object.kind().to_owned());
    let namespace = match object.namespace() {
        _ if is_cluster_scoped(&group, &kind) => String::new(),
        Some(own) => own.into_owned(),
        None => namespace.unwrap_or("default").to_owned(),
    };
    ObjectKey { cluster, group, kind, namespace, name: object.name().into_owned() }
}

fn place(context: &Context<'_>, rendering: &Rendering, owners: &[Owner]) -> Vec<Placed> {
    let mut objects = Vec::new();
    for (id, owner) in (0..).zip(owners) {
        for delivery in &owner.deliveries {
            let Some(unit) = delivery.unit else { continue };
            for (index, object) in rendering.units[unit].objects.iter().enumerate() {
                let view = ObjectView::rendered(context.map, context.repository, object);
                let key = key(&view, delivery.cluster, delivery.namespace.as_deref());
                objects.push(Placed { key, owner: OwnerId(id), unit, index });
            }
        }
    }
    objects.par_sort();
    objects
}
