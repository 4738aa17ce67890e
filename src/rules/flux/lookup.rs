//! Whether what a Flux object names is there, in its cluster: yes, no, or nobody can tell.
//!
//! Must not report anything. "No" is said only when all that is applied to the cluster is known, and nothing in any file
//! could be what is meant.

use std::cmp::Ordering;

use crate::graph::{
    ClusterId, GraphView, OwnerKind, OwnerView, Placed, Reference, Status, is_without_source,
};
use crate::model::{File, KindName, ObjectView};
use crate::yaml::Cursor;

/// The verdict on a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// It is applied to the cluster.
    Yes,
    /// It may well be there.
    Unknown,
    /// It is not.
    No,
}

/// The reference in `at`, which an owner makes: without `namespace` it means the owner's own.
pub fn reference<'w>(owner: &OwnerView<'w>, at: Cursor<'w>, kind: &'static str) -> Option<Reference<'w>> {
    let mut reference = Reference::new(&owner.object, at, kind)?;
    if reference.namespace.is_empty() {
        reference.namespace = owner.owner.key.namespace.clone().into();
    }
    Some(reference)
}

/// Looks for an object in a cluster.
pub fn find(view: GraphView<'_>, cluster: ClusterId, kind: KindName, namespace: &str, name: &str) -> Found {
    match is_there(view, cluster, kind, namespace, name) {
        Found::No if !is_complete(view, cluster, |_| false) => Found::Unknown,
        Found::No if is_in_a_named_cluster(view, cluster, kind, namespace, name) => Found::Unknown,
        found => found,
    }
}

/// Looks for a source. What lacks its own source applies nothing, so that it does not bring the source either.
pub fn find_source(
    view: GraphView<'_>,
    cluster: ClusterId,
    kind: KindName,
    namespace: &str,
    name: &str,
) -> Found {
    match is_there(view, cluster, kind, namespace, name) {
        Found::No if !is_complete(view, cluster, is_without_source) => Found::Unknown,
        Found::No if is_in_a_named_cluster(view, cluster, kind, namespace, name) => Found::Unknown,
        found => found,
    }
}

/// Whether an object is in a cluster that has a name, seen from one without: what nothing applies may belong there.
fn is_in_a_named_cluster(
    view: GraphView<'_>,
    cluster: ClusterId,
    kind: KindName,
    namespace: &str,
    name: &str,
) -> bool {
    let others = (0..).map(ClusterId).take(view.graph.clusters.len()).filter(|other| *other != cluster);
    view.graph.cluster(cluster).name.is_empty()
        && others.into_iter().any(|other| is_there(view, other, kind, namespace, name) == Found::Yes)
}

fn is_there(view: GraphView<'_>, cluster: ClusterId, kind: KindName, namespace: &str, name: &str) -> Found {
    let is_named = |object: &ObjectView<'_>| object.is(kind) && object.name() == name;
    if placed(view, cluster, kind).any(|(own, object)| own == namespace && is_named(&object)) {
        return Found::Yes;
    }
    let mut owners = view.owners().map(|owner| &owner.owner.key);
    let is_owner = owners.any(|key| {
        key.cluster == cluster
            && (key.kind.as_str(), key.namespace.as_str(), key.name.as_str()) == (kind.kind, namespace, name)
    });
    if is_owner {
        return Found::Yes;
    }
    let is_applied = |file: &File| {
        view.graph.objects.iter().any(|placed| view.placed(placed).object.source == file.source)
    };
    // A file that no owner applies may be applied by hand; a namespace that it does not name may be any.
    let in_files = view.repository.named(name).any(|(file, object)| {
        let object = ObjectView::new(view.map, Some(file), object);
        is_named(&object)
            && object.namespace().is_none_or(|own| own == namespace || own.contains("${"))
            && belongs(view, cluster, view.map.source(file.source).path().as_str())
            && !is_applied(file)
    });
    let is_templated = |name: &str| name.contains("${") || name.contains("<<") || name.contains("{{");
    let is_open = || placed(view, cluster, kind).any(|(_, object)| is_templated(&object.name()));
    if in_files || is_open() { Found::Unknown } else { Found::No }
}

/// The objects of a kind that owners apply to a cluster, with the namespaces they end up in.
pub fn placed<'w>(
    view: GraphView<'w>,
    cluster: ClusterId,
    kind: KindName,
) -> impl Iterator<Item = (&'w str, ObjectView<'w>)> {
    let objects = &view.graph.objects;
    let of_kind = move |placed: &Placed| {
        let key = &placed.key;
        (key.cluster, key.group.as_str(), key.kind.as_str()).cmp(&(cluster, kind.group, kind.kind))
    };
    let start = objects.partition_point(|placed| of_kind(placed) == Ordering::Less);
    objects[start..]
        .iter()
        .take_while(move |placed| of_kind(placed) == Ordering::Equal)
        .map(move |placed| (placed.key.namespace.as_str(), view.placed(placed)))
}

/// Whether everything that is applied to a cluster is known, apart from charts and from deliveries that bring nothing.
fn is_complete(view: GraphView<'_>, cluster: ClusterId, is_nothing: fn(&Status) -> bool) -> bool {
    let mut deliveries = view
        .owners()
        .filter(|owner| owner.owner.kind != OwnerKind::HelmRelease)
        .flat_map(|owner| owner.deliveries().map(move |delivery| (owner, delivery)));
    deliveries.all(|(_, (delivery, unit))| {
        let is_elsewhere = delivery.cluster != cluster && !view.graph.cluster(delivery.cluster).is_opaque;
        is_elsewhere
            || is_nothing(&delivery.status)
            || (delivery.status == Status::Resolved && unit.is_none_or(|unit| !unit.partial && !unit.failed))
    })
}

/// Names of the objects of a kind in a cluster and a namespace, for suggestions.
pub fn names(view: GraphView<'_>, cluster: ClusterId, kind: KindName, namespace: &str) -> Vec<String> {
    let objects = placed(view, cluster, kind).filter(|(own, _)| *own == namespace);
    let owners = view
        .owners()
        .map(|owner| &owner.owner.key)
        .filter(|key| key.cluster == cluster && key.kind == kind.kind && key.namespace == namespace);
    let names = objects.map(|(_, object)| object.name().into_owned());
    names.chain(owners.map(|key| key.name.clone())).collect()
}

/// Whether a file may be about a cluster: it does not lie in the directory of another one.
fn belongs(view: GraphView<'_>, cluster: ClusterId, path: &str) -> bool {
    let name = view.graph.cluster(cluster).name.as_str();
    let mut parts = path.split('/');
    match parts.by_ref().find(|part| *part == "clusters").and_then(|_| parts.next()) {
        Some(own) if !name.is_empty() => own == name,
        _ => true,
    }
}
