//! What is deployed together, by what can be referred to: the one index that all rules about references share.
//!
//! A reference is resolved in its own unit first, then in whatever else goes to the same cluster and namespace. What
//! could not be rendered, and operators that make objects of their own, keep the world open: then nothing is missing.
//! Must not report anything by itself.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use crate::engine::{At, Cx, Report, World};
use crate::finding::Finding;
use crate::graph::ClusterId;
use crate::model::{ObjectView, Usage};

use super::selector::Selector;
use super::{makers, near};

/// The number of an object in the index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Id(u32);

/// Everything that is deployed.
pub struct Deployed {
    scopes: Vec<Scope>,
    entries: Vec<Entry>,
    by_kind: FxHashMap<Box<str>, Vec<Id>>,
    /// By kind and name; what another object makes is here, too, under its maker.
    by_name: FxHashMap<u64, Vec<Id>>,
    /// Kinds and the namespaces that have them.
    by_namespace: FxHashSet<u64>,
    workloads: Vec<(Id, Labels)>,
    /// Places in `workloads`, by one of their labels.
    by_label: FxHashMap<u64, Vec<u32>>,
    /// Namespaces where something may be that nobody sees here.
    open: FxHashSet<Box<str>>,
}

/// Kinds that are kept in the unit of what uses them.
const KEPT_BESIDE: [&str; 3] = ["ConfigMap", "PersistentVolumeClaim", "Secret"];

/// Labels, decoded.
pub type Labels = Vec<(Box<str>, Box<str>)>;

/// Objects that are applied together: a unit, or the manifests of a directory.
struct Scope {
    /// An index into the rendering's units.
    unit: Option<usize>,
    directory: Utf8PathBuf,
    entries: Range<u32>,
    /// Where it goes, as far as anybody says.
    clusters: Vec<ClusterId>,
    is_open: bool,
}

struct Entry {
    scope: u32,
    file: u32,
    index: u32,
    namespace: Option<Box<str>>,
}

impl Deployed {
    /// The index of a world, made once.
    pub fn of(world: &World) -> Arc<Self> {
        world.memo.get(|| Self::build(world))
    }

    /// All objects of a kind.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = Id> + '_ {
        self.by_kind.get(kind).into_iter().flatten().copied()
    }

    /// An object.
    pub fn object<'w>(&self, world: &'w World, id: Id) -> ObjectView<'w> {
        let entry = self.entry(id);
        let object = match self.scope(id).unit {
            Some(unit) => &world.rendering.units[unit].objects[entry.index as usize],
            None => &world.repository.files[entry.file as usize].objects[entry.index as usize],
        };
        ObjectView::rendered(&world.map, &world.repository, object)
    }

    /// The namespace of an object: its own, or else the one that its owner sets.
    pub fn namespace(&self, id: Id) -> Option<&str> {
        self.entry(id).namespace.as_deref()
    }

    /// The object of this kind and name that a reference from `from` into a namespace leads to, or what makes it:
    /// one of the same unit first.
    pub fn find(&self, from: Id, kind: &str, name: &str, namespace: Option<&str>) -> Option<Id> {
        let known = self.by_name.get(&hash(kind, name))?;
        let fits = |id: &&Id| self.shares_namespace(**id, namespace);
        let here = known.iter().filter(fits).find(|id| self.entry(**id).scope == self.entry(from).scope);
        here.or_else(|| known.iter().filter(fits).find(|id| self.may_meet(from, **id))).copied()
    }

    /// Whether there is something of the kind and name anywhere, whatever its namespace.
    pub fn exists(&self, kind: &str, name: &str) -> bool {
        self.by_name.contains_key(&hash(kind, name))
    }

    /// Whether a namespace has an object of a kind, or may have one: the object, or the question, names no namespace.
    pub fn has_in_namespace(&self, kind: &str, namespace: Option<&str>) -> bool {
        let is_there = |namespace: &str| self.by_namespace.contains(&hash(kind, namespace));
        namespace.map_or_else(|| self.by_kind.contains_key(kind), is_there) || is_there("")
    }

    /// Whether the unit of an object has another object of a kind: who keeps some there would keep all there.
    pub fn has_kind_beside(&self, from: Id, kind: &str) -> bool {
        let ids = self.by_kind.get(kind).map_or(&[][..], Vec::as_slice);
        let entries = &self.scope(from).entries;
        ids.get(ids.partition_point(|id| id.0 < entries.start)).is_some_and(|id| entries.contains(&id.0))
    }

    /// The first object of a kind in the unit of an object whose name is a slip of the fingers away.
    pub fn near<'w>(&self, world: &'w World, from: Id, kind: &str, name: &str) -> Option<Cow<'w, str>> {
        let ids = self.by_kind.get(kind).map_or(&[][..], Vec::as_slice);
        let entries = &self.scope(from).entries;
        let start = ids.partition_point(|id| id.0 < entries.start);
        let beside = ids[start..].iter().take_while(|id| entries.contains(&id.0));
        beside.map(|id| self.object(world, *id).name()).find(|known| near::is_slip(name, known))
    }

    /// Whether what an object refers to may exist although nobody sees it here: a part of its unit is not rendered, a
    /// chart or an operator puts objects into its namespace, or the unit keeps none of the kind. ConfigMaps and claims
    /// are kept beside what uses them, so for these a unit need not have any.
    pub fn is_open(&self, from: Id, kind: &str) -> bool {
        let is_kept_beside = self.scope(from).unit.is_some() && KEPT_BESIDE.contains(&kind);
        self.is_partial(from) || !is_kept_beside && !self.has_kind_beside(from, kind)
    }

    /// Whether a part of the unit of an object is not rendered, or a chart or an operator puts objects into its
    /// namespace.
    pub fn is_partial(&self, from: Id) -> bool {
        let is_open_namespace = self.namespace(from).is_some_and(|namespace| self.open.contains(namespace));
        self.scope(from).is_open || is_open_namespace
    }

    /// The same for pods that a selector looks for: some must be beside it.
    pub fn is_open_for_pods(&self, from: Id) -> bool {
        let entries = &self.scope(from).entries;
        let start = self.workloads.partition_point(|(id, _)| id.0 < entries.start);
        let has_pods = self.workloads.get(start).is_some_and(|(id, _)| entries.contains(&id.0));
        self.is_partial(from) || !has_pods
    }

    /// Whether anything at all is not seen here: a chart may make objects for the whole cluster.
    pub fn has_open_parts(&self) -> bool {
        !self.open.is_empty() || self.scopes.iter().any(|scope| scope.is_open)
    }

    /// The workloads whose pods a selector of `from` finds in a namespace.
    pub fn selected<'a>(
        &'a self,
        from: Id,
        selector: &'a Selector<'_>,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = (Id, &'a Labels)> + 'a {
        let lists = selector
            .labels()
            .map(|(key, value)| self.by_label.get(&hash(key, value)).map_or(&[][..], Vec::as_slice));
        let fewest = lists.min_by_key(|list| list.len());
        let some = fewest.into_iter().flatten().filter_map(|index| self.workloads.get(*index as usize));
        let all = fewest.is_none().then_some(&self.workloads).into_iter().flatten();
        some.chain(all)
            .filter(move |(id, labels)| {
                self.shares_namespace(*id, namespace) && self.may_meet(from, *id) && selector.matches(labels)
            })
            .map(|(id, labels)| (*id, labels))
    }

    /// Whether a selector of `from` finds pods, or nobody can tell: it selects everything, a template fills it in, or
    /// there may be pods that are not seen here.
    pub fn selects_something(&self, from: Id, selector: &Selector<'_>) -> bool {
        selector.is_empty()
            || selector.is_unknown()
            || self.is_open_for_pods(from)
            || self.selected(from, selector, self.namespace(from)).next().is_some()
    }

    /// The labels of the pods of a workload.
    pub fn pod_labels(&self, id: Id) -> Option<&Labels> {
        let index = self.workloads.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        self.workloads.get(index).map(|(_, labels)| labels)
    }

    /// The workloads, in the order of the index.
    pub fn workloads(&self) -> impl Iterator<Item = Id> + '_ {
        self.workloads.iter().map(|(id, _)| *id)
    }

    /// Whether two objects are applied together.
    pub fn are_together(&self, one: Id, other: Id) -> bool {
        self.entry(one).scope == self.entry(other).scope
    }

    /// Whether two objects certainly are in one cluster.
    pub fn are_in_one_cluster(&self, one: Id, other: Id) -> bool {
        let are_known = !self.scope(one).clusters.is_empty() && !self.scope(other).clusters.is_empty();
        self.are_together(one, other) || are_known && self.may_meet(one, other)
    }

    /// Reports something of an object of the index.
    pub fn report<'c>(&self, cx: &'c mut Cx<'_>, id: Id, at: At, report: Report) -> &'c mut Finding {
        let object = self.object(cx.world(), id).object_name();
        let scope = self.scope(id);
        let finding = cx.report(at, report);
        finding.object = Some(object);
        finding.units = scope.unit.map(|_| scope.directory.clone()).into_iter().collect();
        finding
    }

    fn entry(&self, id: Id) -> &Entry {
        &self.entries[id.0 as usize]
    }

    fn scope(&self, id: Id) -> &Scope {
        &self.scopes[self.entry(id).scope as usize]
    }

    /// Whether an object can be in a namespace; one that names none is wherever it is needed.
    fn shares_namespace(&self, id: Id, namespace: Option<&str>) -> bool {
        match (self.entry(id).namespace.as_deref(), namespace) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
    }

    /// Whether an object belongs to a unit, not to a directory of manifests that nothing applies.
    pub fn is_of_unit(&self, id: Id) -> bool {
        self.scope(id).unit.is_some()
    }

    /// Whether two objects can be in one cluster.
    pub fn may_meet(&self, one: Id, other: Id) -> bool {
        let (known, others) = (&self.scope(one).clusters, &self.scope(other).clusters);
        self.are_together(one, other)
            || known.is_empty()
            || others.is_empty()
            || known.iter().any(|cluster| others.contains(cluster))
    }

    fn build(world: &World) -> Self {
        let mut deployed = Self {
            scopes: Vec::new(),
            entries: Vec::new(),
            by_kind: FxHashMap::default(),
            by_name: FxHashMap::default(),
            by_namespace: FxHashSet::default(),
            workloads: Vec::new(),
            by_label: FxHashMap::default(),
            open: FxHashSet::default(),
        };
        let deliveries = Deliveries::of(world, &mut deployed.open);
        for (index, unit) in world.rendering.units.iter().enumerate().filter(|(_, unit)| !unit.failed) {
            deployed.begin(Some(index), unit.directory.clone());
            let (clusters, namespace) = deliveries.by_unit.get(&index).cloned().unwrap_or_default();
            if let Some(scope) = deployed.scopes.last_mut() {
                (scope.clusters, scope.is_open) = (clusters, unit.partial);
            }
            for (place, object) in unit.objects.iter().enumerate() {
                let view = ObjectView::rendered(&world.map, &world.repository, object);
                deployed.add(&view, 0, place, namespace.as_deref());
            }
        }
        for (index, file) in world.repository.files.iter().enumerate() {
            let is_applied = file.usage == Usage::Deployed && !file.objects.is_empty();
            if !is_applied || world.rendering.rendered.contains(&file.source) {
                continue;
            }
            let path = world.map.source(file.source).path();
            let directory = path.parent().unwrap_or(Utf8Path::new(""));
            let is_same = |scope: &Scope| scope.unit.is_none() && scope.directory == directory;
            if !deployed.scopes.last().is_some_and(is_same) {
                deployed.begin(None, directory.to_owned());
            }
            for (place, object) in file.objects.iter().enumerate() {
                let view = ObjectView::new(&world.map, Some(file), object);
                deployed.add(&view, index, place, None);
            }
        }
        deployed
    }

    fn begin(&mut self, unit: Option<usize>, directory: Utf8PathBuf) {
        let start = self.entries.len() as u32;
        let (clusters, is_open) = (Vec::new(), false);
        self.scopes.push(Scope { unit, directory, entries: start..start, clusters, is_open });
    }

    fn add(&mut self, object: &ObjectView<'_>, file: usize, index: usize, namespace: Option<&str>) {
        let id = Id(self.entries.len() as u32);
        let scope_index = self.scopes.len().saturating_sub(1) as u32;
        let own = object.namespace().filter(|own| !own.is_empty());
        let namespace = own.as_deref().or(namespace).map(Box::from);
        let (kind, name) = (object.kind(), object.name());
        if makers::may_make_anything(object) {
            if let Some(scope) = self.scopes.last_mut() {
                scope.is_open = true;
            }
            self.open.extend(makers::namespaces(object, namespace.as_deref()));
        }
        for (kind, name) in makers::made(object) {
            self.by_name.entry(hash(kind, &name)).or_default().push(id);
        }
        if let Some(labels) = makers::pod_labels(object) {
            for (key, value) in &labels {
                let places = self.by_label.entry(hash(key, value)).or_default();
                places.push(self.workloads.len() as u32);
            }
            self.workloads.push((id, labels));
        }
        self.by_name.entry(hash(kind, &name)).or_default().push(id);
        self.by_namespace.insert(hash(kind, namespace.as_deref().unwrap_or_default()));
        match self.by_kind.get_mut(kind) {
            Some(ids) => ids.push(id),
            None => drop(self.by_kind.insert(kind.into(), vec![id])),
        }
        self.entries.push(Entry { scope: scope_index, file: file as u32, index: index as u32, namespace });
        if let Some(scope) = self.scopes.last_mut() {
            scope.entries.end = self.entries.len() as u32;
        }
    }
}

/// What owners say of units.
struct Deliveries {
    by_unit: FxHashMap<usize, (Vec<ClusterId>, Option<String>)>,
}

impl Deliveries {
    /// Reads them, and adds the namespaces of those that could not be followed to `open`.
    fn of(world: &World, open: &mut FxHashSet<Box<str>>) -> Self {
        let mut by_unit: FxHashMap<usize, (Vec<ClusterId>, Option<String>)> = FxHashMap::default();
        for delivery in world.graph.owners.iter().flat_map(|owner| &owner.deliveries) {
            let Some(unit) = delivery.unit else {
                open.extend(delivery.namespace.as_deref().map(Box::from));
                continue;
            };
            let first = !by_unit.contains_key(&unit);
            let (clusters, namespace) = by_unit.entry(unit).or_default();
            clusters.push(delivery.cluster);
            if first {
                *namespace = delivery.namespace.clone();
            } else if *namespace != delivery.namespace {
                *namespace = None;
            }
        }
        for (clusters, _) in by_unit.values_mut() {
            // What goes to clusters that are known only later may meet anything.
            if clusters.iter().any(|cluster| world.graph.cluster(*cluster).is_opaque) {
                clusters.clear();
            }
        }
        Self { by_unit }
    }
}

fn hash(one: &str, other: &str) -> u64 {
    let mut hasher = FxHasher::default();
    (one, other).hash(&mut hasher);
    hasher.finish()
}
