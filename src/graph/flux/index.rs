//! Objects that Flux's controllers look up by name: sources, and where variables and values come from.
//!
//! Owns the lookup while it is not known yet which cluster an owner lives in. Must not know what is looked up for what.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::graph::Context;
use crate::model::{Object, ObjectView};
use crate::render::Built;
use crate::source::{SourceId, SourceMap};

/// The kinds that are looked up.
const KINDS: [&str; 12] = [
    "GitRepository",
    "OCIRepository",
    "Bucket",
    "HelmRepository",
    "HelmChart",
    "ExternalArtifact",
    "ArtifactGenerator",
    "FluxInstance",
    "ConfigMap",
    "Secret",
    "SealedSecret",
    "ExternalSecret",
];

/// Objects by kind and name.
#[derive(Default)]
pub struct Index {
    objects: FxHashMap<(&'static str, String), Vec<Object>>,
    /// The directories of clusters whose kustomizations take in an object, by its file: `clusters/prod` may include
    /// `clusters/base`.
    takers: FxHashMap<SourceId, BTreeSet<Utf8PathBuf>>,
    /// How many directories of clusters there are in a directory.
    clusters: FxHashMap<Utf8PathBuf, usize>,
}

impl Index {
    /// What files hold, and what units were rendered to so far.
    pub fn new(context: &Context<'_>, built: &[Built]) -> Self {
        let mut index = Self::default();
        let clusters = context.map.files().filter_map(|source| cluster(source.path()));
        for directory in clusters.collect::<FxHashSet<&Utf8Path>>() {
            *index.clusters.entry(above(directory).to_owned()).or_default() += 1;
        }
        for Built { unit, .. } in built {
            let taker = cluster(context.map.source(unit.source).path());
            for object in &unit.objects {
                if let (true, Some(taker)) = (index.add(context, object), taker) {
                    index.takers.entry(object.source).or_default().insert(taker.to_owned());
                }
            }
        }
        for object in context.repository.files.iter().flat_map(|file| &file.objects) {
            index.add(context, object);
        }
        index
    }

    /// Adds an object, if it is of a kind that is looked up.
    fn add(&mut self, context: &Context<'_>, object: &Object) -> bool {
        let view = ObjectView::rendered(context.map, context.repository, object);
        let kind = view.kind();
        let Some(&kind) = KINDS.iter().find(|known| **known == kind) else { return false };
        self.objects.entry((kind, view.name().into_owned())).or_default().push(object.clone());
        true
    }

    /// The objects of a kind with a name that may be meant in a namespace. Of several clusters' objects those that lie
    /// nearest to `near` count: `clusters/staging/vars.yaml` is for what lies in `clusters/staging`. An empty
    /// namespace is one that somebody else sets.
    pub fn find<'i>(
        &'i self,
        context: &'i Context<'_>,
        kind: &'static str,
        namespace: &str,
        name: &str,
        near: &Utf8Path,
    ) -> Vec<ObjectView<'i>> {
        let known = self.objects.get(&(kind, name.to_owned())).into_iter().flatten();
        let views = known.map(|object| ObjectView::rendered(context.map, context.repository, object));
        let of_namespace = views.filter(|view| {
            let own = view.namespace().unwrap_or_default();
            namespace.is_empty() || own.is_empty() || own == namespace
        });
        let mut found: Vec<(usize, ObjectView<'i>)> =
            of_namespace.map(|view| (shared(path(context.map, &view), near), view)).collect();
        let nearest = found.iter().map(|(shared, _)| *shared).max();
        found.retain(|(shared, _)| Some(*shared) == nearest);
        found.into_iter().map(|(_, view)| view).collect()
    }

    /// Whether objects of one name are for the cluster of an owner, as far as their directories say: `clusters/kind`
    /// says nothing of what lies in `clusters/prod`, unless that takes it in, nor of what several clusters share while
    /// some have no such object.
    pub fn is_for(&self, context: &Context<'_>, found: &[ObjectView<'_>], near: &Utf8Path) -> bool {
        // What many units take in is one object of each.
        let sources: FxHashSet<SourceId> = found.iter().map(|object| object.object.source).collect();
        let own = sources.iter().filter_map(|source| cluster(context.map.source(*source).path()));
        let mut clusters: BTreeSet<&Utf8Path> = own.collect();
        if clusters.is_empty() {
            return true;
        }
        let takers = sources.iter().filter_map(|source| self.takers.get(source));
        clusters.extend(takers.flatten().map(Utf8PathBuf::as_path));
        if clusters.iter().any(|cluster| near.starts_with(cluster)) {
            return true;
        }
        let mut known: FxHashMap<&Utf8Path, usize> = FxHashMap::default();
        clusters.iter().for_each(|cluster| *known.entry(above(cluster)).or_default() += 1);
        cluster(near).is_none()
            && known.iter().all(|(parent, count)| self.clusters.get(*parent) == Some(count))
    }

    /// All objects of a kind.
    pub fn all<'i>(
        &'i self,
        context: &'i Context<'_>,
        kind: &'static str,
    ) -> impl Iterator<Item = ObjectView<'i>> {
        let of_kind = self.objects.iter().filter(move |((known, _), _)| *known == kind);
        let objects = of_kind.flat_map(|(_, objects)| objects);
        objects.map(|object| ObjectView::rendered(context.map, context.repository, object))
    }
}

/// The file of record of an object.
pub fn path<'m>(map: &'m SourceMap, object: &ObjectView<'_>) -> &'m Utf8Path {
    map.source(object.object.source).path()
}

/// The directory of one cluster that a path leads through.
fn cluster(path: &Utf8Path) -> Option<&Utf8Path> {
    let above: Vec<&Utf8Path> = path.ancestors().skip(1).collect();
    let is_of_clusters = |directory: &&Utf8Path| {
        matches!(
            directory.parent().and_then(Utf8Path::file_name),
            Some("cluster" | "clusters" | "environments" | "envs")
        )
    };
    above.into_iter().rev().find(is_of_clusters)
}

/// The directory that a path is in.
fn above(path: &Utf8Path) -> &Utf8Path {
    path.parent().unwrap_or(Utf8Path::new(""))
}

/// How many directories two paths have in common, from the root on.
fn shared(a: &Utf8Path, b: &Utf8Path) -> usize {
    above(a).components().zip(above(b).components()).take_while(|(a, b)| a == b).count()
}
