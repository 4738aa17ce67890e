//! The graph is built in rounds: owners name directories, what is rendered there may hold more owners.
//!
//! Owns the rounds, who is a root, and the numbering of owners and clusters. Must not know what any owner means.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::{Object, ObjectView, Usage};
use crate::render::{Built, EventKind, Rendering, is_cluster_scoped};
use crate::source::SourceId;
use crate::yaml::Arena;

use super::environment::{Evidence, strongest, without_environment};
use super::owner::{Content, Destination, Expansion, Planned};
use super::{
    Cluster, ClusterId, Context, Delivery, Environment, Graph, ObjectKey, Owner, OwnerId, OwnerKind, Placed,
    argo, flux,
};

/// Owners that apply owners are followed this deep.
const DEPTH: usize = 16;

/// An object as a place in memory: the same nodes are the same object.
type Identity = (*const Arena, u32);

fn identity(object: &Object) -> Identity {
    (Arc::as_ptr(object.tree.arena()), object.tree.root())
}

/// An owner before it is known who applies it. One that several owners apply is expanded once.
struct Candidate {
    kind: OwnerKind,
    object: Object,
    deliveries: Vec<(Planned, Option<usize>)>,
    /// Owners it makes itself.
    made: Vec<usize>,
}

struct Rounds<'c, 'w> {
    context: &'c Context<'w>,
    built: Vec<Built>,
    /// Kustomizations as they stand, by whether the load restrictor is off.
    known: FxHashMap<(Utf8PathBuf, bool), usize>,
    /// The owners in each unit.
    within: Vec<Vec<usize>>,
    candidates: Vec<Candidate>,
    by_identity: FxHashMap<Identity, usize>,
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
        by_identity: FxHashMap::default(),
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
    while next < rounds.candidates.len() {
        next = rounds.round(next);
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
        let next = self.candidates.len();
        let index = *self.by_identity.entry(identity(object)).or_insert(next);
        if index == next {
            let object = object.clone();
            self.candidates.push(Candidate { kind, object, deliveries: Vec::new(), made: Vec::new() });
        }
        Some(index)
    }

    /// Expands the candidates from `start` on; returns where the next round starts.
    fn round(&mut self, start: usize) -> usize {
        let context = self.context;
        let expansions: Vec<Expansion> = self.candidates[start..]
            .par_iter()
            .map(|candidate| {
                let view = ObjectView::rendered(context.map, context.repository, &candidate.object);
                match candidate.kind {
                    OwnerKind::Application => argo::application(context, &view),
                    OwnerKind::Kustomization => flux::kustomization(context, &view),
                    OwnerKind::ApplicationSet
                    | OwnerKind::HelmRelease
                    | OwnerKind::ResourceSet
                    | OwnerKind::FluxInstance => Expansion::default(),
                }
            })
            .collect();
        let end = self.candidates.len();
        for (index, expansion) in (start..).zip(expansions) {
            let mut deliveries = Vec::new();
            for mut planned in expansion.deliveries {
                let content = std::mem::replace(&mut planned.content, Content::Nothing);
                let unit = self.content(content);
                deliveries.push((planned, unit));
            }
            let made = expansion.made.iter().filter_map(|object| self.candidate(object)).collect();
            self.candidates[index].deliveries = deliveries;
            self.candidates[index].made = made;
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
        let delivered: FxHashSet<usize> = self
            .candidates
            .iter()
            .flat_map(|candidate| &candidate.deliveries)
            .filter_map(|(_, unit)| *unit)
            .collect();
        let shadowed: FxHashSet<&Utf8Path> =
            delivered.iter().map(|&unit| self.built[unit].unit.directory.as_path()).collect();
        // Files that some owner applies in another way are not applied as they stand.
        let covered: FxHashSet<SourceId> =
            delivered.iter().flat_map(|&unit| self.built[unit].sources()).collect();
        let is_entry = |unit: usize| {
            unit < roots
                && !delivered.contains(&unit)
                && !shadowed.contains(self.built[unit].unit.directory.as_path())
        };

        let mut walk = Walk {
            rounds: &self,
            instances: Vec::new(),
            clusters: BTreeSet::new(),
            seen: FxHashSet::default(),
        };
        let entries =
            (0..roots).filter(|&unit| is_entry(unit)).flat_map(|unit| self.within[unit].iter().copied());
        let plain =
            self.plain.iter().filter(|(_, source)| !covered.contains(source)).map(|(index, _)| *index);
        for candidate in entries.chain(plain) {
            walk.root(candidate);
        }
        // What only applies itself, as Flux's own Kustomization does, is a root as well; outer ones first.
        let itself = |index: usize| {
            let candidate: &Candidate = &self.candidates[index];
            candidate
                .deliveries
                .iter()
                .any(|(_, unit)| unit.is_some_and(|unit| self.within[unit].contains(&index)))
        };
        for index in (0..self.candidates.len()).filter(|&index| itself(index)) {
            walk.root(index);
        }
        for index in 0..self.candidates.len() {
            let is_dropped =
                !self.is_within(index, &delivered) && !self.plain.iter().any(|(plain, _)| *plain == index);
            if !is_dropped {
                walk.root(index);
            }
        }
        let (instances, names) = (walk.instances, walk.clusters);
        self.number(instances, names, roots, &delivered)
    }

    fn is_within(&self, candidate: usize, units: &FxHashSet<usize>) -> bool {
        units.iter().any(|&unit| self.within[unit].contains(&candidate))
            || self.candidates.iter().any(|other| other.made.contains(&candidate))
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
            reached.iter().map(|&unit| built[unit].unit.directory.clone()).collect();
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
            });
            let view = ObjectView::rendered(context.map, context.repository, &candidate.object);
            let owner = Owner {
                kind: candidate.kind,
                key: key(&view, own, instance.namespace.as_deref()),
                object: candidate.object.clone(),
                parent: None,
                deliveries: deliveries.collect(),
                environment: None,
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
        set_environments(context, &clusters, &mut owners);
        let unit_environments = unit_environments(context, &rendering, &owners);
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
        paths.iter().flatten().find_map(|path| cluster_of(path)).unwrap_or_default()
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
    parts.by_ref().find(|part| matches!(*part, "clusters" | "cluster"))?;
    parts.next().map(str::to_owned)
}

fn key(object: &ObjectView<'_>, cluster: ClusterId, namespace: Option<&str>) -> ObjectKey {
    let (group, kind) = (object.group().into_owned(), object.kind().into_owned());
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

fn set_environments(context: &Context<'_>, clusters: &[Cluster], owners: &mut [Owner]) {
    let cluster = |id: ClusterId| clusters.get(id.0 as usize).map_or("", |cluster| cluster.name.as_str());
    for owner in owners.iter_mut() {
        let view = ObjectView::rendered(context.map, context.repository, &owner.object);
        owner.environment = context.environments.of_owner(owner, &view, |delivery| cluster(delivery.cluster));
    }
    // From the roots down: who says nothing belongs to where it is applied from.
    for _ in 0..DEPTH {
        let known: Vec<Option<Environment>> = owners.iter().map(|owner| owner.environment.clone()).collect();
        for owner in owners.iter_mut().filter(|owner| owner.environment.is_none()) {
            owner.environment =
                owner.parent.and_then(|parent| known.get(parent.0 as usize).cloned().flatten());
        }
    }
}

/// The environment of each unit: as its directory says, or its owners where they agree.
fn unit_environments(
    context: &Context<'_>,
    rendering: &Rendering,
    owners: &[Owner],
) -> Vec<Option<Environment>> {
    let mut applied: Vec<Vec<&Environment>> = vec![Vec::new(); rendering.units.len()];
    for owner in owners {
        for unit in owner.deliveries.iter().filter_map(|delivery| delivery.unit) {
            applied[unit].extend(&owner.environment);
        }
    }
    let units = rendering.units.iter().zip(applied).map(|(unit, owners)| {
        let is_one = owners.iter().all(|environment| environment.name == owners[0].name);
        let owner = owners.first().filter(|_| is_one).map(|environment| (*environment).clone());
        strongest(context.environments.of_path(&unit.directory).into_iter().chain(owner))
    });
    let mut found: Vec<Option<Environment>> = units.collect();
    // A word in some directory is as good as any other evidence where a sibling has another one in its place.
    let mut siblings: FxHashMap<String, BTreeSet<String>> = FxHashMap::default();
    let weak = |environment: &Environment| environment.evidence == Evidence::Segment;
    for (unit, environment) in rendering.units.iter().zip(&found) {
        if let Some(environment) = environment.as_ref().filter(|environment| weak(environment)) {
            let key = without_environment(unit.directory.as_str());
            siblings.entry(key).or_default().insert(environment.name.clone());
        }
    }
    for (unit, environment) in rendering.units.iter().zip(&mut found) {
        let names = siblings.get(&without_environment(unit.directory.as_str()));
        if let Some(environment) = environment.as_mut().filter(|environment| weak(environment))
            && names.is_some_and(|names| names.len() > 1)
        {
            environment.evidence = Evidence::Directory;
        }
    }
    found
}
