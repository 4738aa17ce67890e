//! Charts of releases: which version, and which line says so.
//!
//! Owns where the version of a chart stands: in the release, in the source it names, in the chart itself. Must not know
//! what any chart makes.

use camino::Utf8Path;

use crate::model::{ObjectView, Repository};
use crate::render::Unit;
use crate::source::SourceMap;
use crate::yaml::Cursor;

use super::component::{Artifact, ArtifactKind, editable, slot};
use super::{GraphView, ObjectKey, OwnerKind, OwnerView, Tool, argo};

/// What Flux's controllers take charts from.
const SOURCES: &str = "source.toolkit.fluxcd.io";

/// Looks up charts.
pub struct Charts<'w> {
    view: GraphView<'w>,
    /// Sources as they stand in files.
    written: Vec<ObjectView<'w>>,
}

impl<'w> Charts<'w> {
    /// Those of a repository.
    pub fn new(view: GraphView<'w>) -> Self {
        let files = view.repository.files.iter();
        let objects = files.flat_map(|file| file.objects.iter().map(move |object| (file, object)));
        let views = objects.map(|(file, object)| ObjectView::new(view.map, Some(file), object));
        Self { view, written: views.filter(is_source).collect() }
    }

    /// The chart of a HelmRelease, or those of an Application's sources. One that lies elsewhere, and says its version
    /// there, is not among them.
    pub fn of(&self, owner: &OwnerView<'w>) -> Vec<Artifact> {
        let Some(spec) = owner.spec() else { return Vec::new() };
        match owner.owner.kind {
            OwnerKind::HelmRelease => match spec.get("chartRef") {
                Some(reference) => self.referenced(owner, reference).into_iter().collect(),
                None => self.release(owner, spec).into_iter().collect(),
            },
            OwnerKind::Application => {
                let sources = argo::sources(spec).into_iter().zip(&owner.owner.deliveries);
                let charts = sources.filter_map(|(source, delivery)| match source.get("chart") {
                    Some(_) => chart(owner, &owner.object, source, "targetRevision"),
                    None if delivery.tool == Tool::Helm => self.local(owner, delivery.directory.as_deref()?),
                    None => None,
                });
                charts.collect()
            }
            _ => Vec::new(),
        }
    }

    fn release(&self, owner: &OwnerView<'w>, spec: Cursor<'w>) -> Option<Artifact> {
        let source = spec.path(&["chart", "spec"])?;
        let kind = source.path(&["sourceRef", "kind"]).and_then(|kind| kind.text()).unwrap_or_default();
        // Of a chart in a repository the release's `version` means nothing.
        if matches!(&*kind, "GitRepository" | "Bucket") {
            let directory = owner.owner.deliveries.first()?.directory.as_deref()?;
            return self.local(owner, directory);
        }
        chart(owner, &owner.object, source, "version")
    }

    /// A chart in this repository.
    fn local(&self, owner: &OwnerView<'w>, directory: &Utf8Path) -> Option<Artifact> {
        let root = chart_file(self.view.map, self.view.repository, directory)?;
        let version = root.get("version")?;
        Some(Artifact {
            slot: slot(&owner.object),
            kind: ArtifactKind::Chart,
            name: root.get("name")?.text()?.into_owned(),
            version: Some(version.text()?.into_owned()),
            digest: None,
            at: version.span(),
            object: owner.object.object_name(),
        })
    }

    /// The chart that a `chartRef` names.
    fn referenced(&self, owner: &OwnerView<'w>, reference: Cursor<'w>) -> Option<Artifact> {
        let text = |name: &str| reference.get(name).and_then(|value| value.text());
        let (kind, name) = (text("kind")?.into_owned(), text("name")?.into_owned());
        let namespace = text("namespace").map_or_else(|| owner.owner.key.namespace.clone(), Into::into);
        let source = self.source(owner, &kind, &namespace, &name)?;
        let spec = source.root.get("spec")?;
        if kind == "HelmChart" {
            return chart(owner, &source, spec, "version");
        }
        let url = spec.get("url")?;
        let part = |name: &str| {
            spec.path(&["ref", name]).filter(|value| value.text().is_some_and(|text| !text.is_empty()))
        };
        // `semver` wins over `tag`, and a digest over both.
        let (version, digest) = (part("semver").or_else(|| part("tag")), part("digest"));
        let at = version.or(digest).unwrap_or(url);
        let text =
            |value: Option<Cursor<'_>>| value.and_then(|value| value.text()).map(|text| text.into_owned());
        Some(Artifact {
            slot: slot(&owner.object),
            kind: ArtifactKind::Chart,
            name: url.text()?.trim_end_matches('/').rsplit('/').next()?.to_owned(),
            version: text(version),
            digest: text(digest),
            at: editable(&source, at.span(), at.step()),
            object: owner.object.object_name(),
        })
    }

    /// The source of a name: in the owner's cluster, beside the owner where a kustomization has both, or else in the
    /// file that lies nearest and in no other environment.
    fn source(
        &self,
        owner: &OwnerView<'w>,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Option<ObjectView<'w>> {
        let view = self.view;
        let key = ObjectKey {
            cluster: owner.owner.key.cluster,
            group: SOURCES.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        if let Some(placed) = view.graph.placed(&key).first() {
            return Some(view.placed(placed));
        }
        let is_it = |object: &ObjectView<'_>| {
            object.group() == SOURCES
                && object.kind() == kind
                && object.name() == name
                && object.namespace().is_none_or(|own| own == namespace)
        };
        let own = &owner.owner.object.tree;
        let has_owner = |unit: &&Unit| {
            let mut trees = unit.objects.iter().map(|object| &object.tree);
            trees.any(|tree| std::ptr::eq(&**tree.arena(), &**own.arena()) && tree.root() == own.root())
        };
        let beside = view.rendering.units.iter().filter(has_owner).flat_map(|unit| &unit.objects);
        let mut beside = beside.map(|object| ObjectView::rendered(view.map, view.repository, object));
        if let Some(found) = beside.find(is_it) {
            return Some(found);
        }
        let path = |object: &ObjectView<'w>| view.map.source(object.object.source).path();
        let here = path(&owner.object);
        let environment = owner.owner.environment.as_ref().map(|environment| &environment.name);
        let fits = |object: &&ObjectView<'w>| {
            let there = view.graph.environments.of_path(path(object));
            is_it(object) && there.is_none_or(|there| Some(&there.name) == environment)
        };
        let shared = |object: &&ObjectView<'w>| {
            path(object).components().zip(here.components()).take_while(|(a, b)| a == b).count()
        };
        self.written.iter().filter(fits).max_by_key(shared).copied()
    }
}

fn is_source(object: &ObjectView<'_>) -> bool {
    matches!(object.kind(), "OCIRepository" | "HelmChart") && object.group() == SOURCES
}

/// The chart that `chart` and a field for its version name, as an object says it.
fn chart(
    owner: &OwnerView<'_>,
    said: &ObjectView<'_>,
    source: Cursor<'_>,
    version: &str,
) -> Option<Artifact> {
    let name = source.get("chart")?;
    let version = source.get(version);
    let at = version.unwrap_or(name);
    Some(Artifact {
        slot: slot(&owner.object),
        kind: ArtifactKind::Chart,
        name: name.text()?.into_owned(),
        version: version.and_then(|version| version.text()).map(|version| version.into_owned()),
        digest: None,
        at: editable(said, at.span(), at.step()),
        object: owner.object.object_name(),
    })
}

/// `Chart.yaml` in a directory.
pub fn chart_file<'w>(
    map: &'w SourceMap,
    repository: &'w Repository,
    directory: &Utf8Path,
) -> Option<Cursor<'w>> {
    let document = repository.file(&directory.join("Chart.yaml"))?.documents.first()?;
    Some(Cursor::new(map, &document.tree))
}
