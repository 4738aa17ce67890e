//! What owners, overlays and objects are called, the same in every view.

use std::borrow::Cow;
use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::graph::{Cluster, Delivery, GraphView, OwnerKind, OwnerView, Status, Tool};
use crate::model::{Object, ObjectView};
use crate::render::{Unit, shown};
use crate::report::summary::plural;
use crate::source::SourceMap;
use crate::yaml::Cursor;

/// Kinds of objects are named up to this many.
const KINDS: usize = 6;

/// `Application argocd/shop`
pub(in crate::report) fn owner_name(owner: OwnerView<'_>) -> String {
    let key = &owner.owner.key;
    let flux = if owner.owner.kind == OwnerKind::Kustomization { "Flux " } else { "" };
    format!("{flux}{} {}/{}", owner.owner.kind.name(), key.namespace, key.name)
}

/// The file and line of an owner's name, as a person would edit it.
pub(in crate::report) fn owner_place<'w>(owner: OwnerView<'w>) -> Option<(&'w Utf8Path, u32)> {
    in_file(owner.view.map, &owner.owner.object)
}

/// The file and line of an object's name.
pub(super) fn in_file<'w>(map: &'w SourceMap, object: &'w Object) -> Option<(&'w Utf8Path, u32)> {
    let root = Cursor::new(map, &object.tree);
    let name = root.path(&["metadata", "name"]).unwrap_or(root);
    let span = map.editable(name.span(), name.node().step).or_else(|| map.in_file(root.span()))?;
    let source = map.source(span.source);
    Some((source.path(), source.position(span.start).line))
}

/// A cluster, also one without a name.
pub(in crate::report) fn cluster_name(cluster: &Cluster) -> String {
    let name = if cluster.name.is_empty() { "in-cluster" } else { &cluster.name };
    if cluster.is_opaque { format!("{} (known when it runs)", shown(name)) } else { shown(name) }
}

/// Where a delivery reads: `apps/web/overlays/dev`, or what the owner says instead of a directory.
pub(in crate::report) fn source_words(view: GraphView<'_>, delivery: &Delivery) -> String {
    if let Some(directory) = &delivery.directory {
        return directory_name(directory).to_owned();
    }
    let text = view.map.in_file(delivery.at).map(|span| view.map.slice(span)).unwrap_or_default();
    let is_short = !text.is_empty() && text.len() <= 100 && !text.contains('\n');
    match delivery.tool {
        Tool::Helm if is_short => format!("chart {}", shown(text)),
        Tool::Generator if is_short => format!("reads {}", shown(text)),
        _ if is_short => shown(text),
        Tool::Directory => "objects of its own".to_owned(),
        _ => "its source".to_owned(),
    }
}

/// A directory; the root has a name, too.
pub(in crate::report) fn directory_name(directory: &Utf8Path) -> &str {
    if directory.as_str().is_empty() { "." } else { directory.as_str() }
}

/// What of a delivery a reader must know who does not see its objects; `None` when it was followed to the end.
pub(in crate::report) fn status_words(delivery: &Delivery, unit: Option<&Unit>) -> Option<Cow<'static, str>> {
    if let Status::Missing(what) = &delivery.status {
        return Some(format!("missing: {}", shown(what)).into());
    }
    match delivery.gap() {
        Some(why) if matches!(delivery.status, Status::Unverifiable(_)) => {
            Some(format!("not followed: {}", shown(why)).into())
        }
        Some(why) => Some(shown(why).into()),
        None => unit.and_then(unit_words).map(Into::into),
    }
}

/// As [`status_words`], of an overlay alone.
pub(in crate::report) fn unit_words(unit: &Unit) -> Option<String> {
    let gaps = unit.events.iter().filter(|event| event.kind.is_gap()).count();
    match (unit.failed, gaps) {
        (true, _) => Some("does not build".to_owned()),
        (false, 0) => None,
        (false, gaps) => Some(format!("{} not rendered", plural(gaps, "part"))),
    }
}

/// The number of objects of each kind, sorted by kind.
pub(in crate::report) fn kinds<'w>(
    objects: impl Iterator<Item = ObjectView<'w>>,
) -> BTreeMap<&'w str, usize> {
    let mut kinds = BTreeMap::new();
    objects.for_each(|object| *kinds.entry(object.kind()).or_default() += 1);
    kinds
}

/// `Deployment, 2 Services and 3 more kinds`
pub(in crate::report) fn kinds_words(kinds: &BTreeMap<&str, usize>) -> String {
    let one = |(kind, count): (&&str, &usize)| match count {
        1 => kind.to_string(),
        count => format!("{count} × {kind}"),
    };
    let shown: Vec<String> = kinds.iter().take(KINDS).map(one).collect();
    match kinds.len() - shown.len() {
        _ if shown.is_empty() => "no objects".to_owned(),
        0 => shown.join(", "),
        more => format!("{} and {}", shown.join(", "), plural(more, "more kind")),
    }
}

/// `Deployment shop/web`, the way an owner places it.
pub(super) fn object_words(object: &ObjectView<'_>, namespace: Option<&str>) -> String {
    let is_cluster_scoped = crate::render::is_cluster_scoped(object.group(), object.kind());
    let namespace = match object.namespace() {
        _ if is_cluster_scoped => None,
        Some(own) => Some(own),
        None => namespace.map(Cow::Borrowed),
    };
    match namespace {
        Some(namespace) => format!("{} {namespace}/{}", object.kind(), object.written_name()),
        None => format!("{} {}", object.kind(), object.written_name()),
    }
}
