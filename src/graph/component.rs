//! What runs in each environment: images and charts of one component, environment by environment.
//!
//! Owns what counts as the same component and the same container in two environments. Must not know which differences
//! matter.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::config::Tier;
use crate::finding::ObjectName;
use crate::model::{ImageReference, ObjectView};
use crate::source::{Span, StepId};

use super::charts::Charts;
use super::environment::{name_without_environment, without_environment};
use super::loose::loose;
use super::version::compare;
use super::{Environment, GraphView, OwnerId, release};

/// Something that is deployed to several environments.
#[derive(Clone, Debug)]
pub struct Component {
    /// What its directories have in common, with `*` for the environment (`apps/web/overlays/*`); for a chart the kind
    /// and name of the release without the environment.
    pub key: String,
    /// What runs in each environment, sorted by tier and name.
    pub cells: Vec<Cell>,
}

/// A component in one environment.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The environment.
    pub environment: Environment,
    /// The units that deploy it: indices into the rendering's.
    pub units: Vec<usize>,
    /// The owners of releases in it. Owners of units are the graph's to tell.
    pub owners: Vec<OwnerId>,
    /// What it runs, sorted by slot.
    pub artifacts: Vec<Artifact>,
}

/// What is versioned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ArtifactKind {
    /// A container image.
    Image,
    /// A Helm chart.
    Chart,
}

/// One image of one container, or the chart of one release.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Artifact {
    /// Where it runs, the same in all environments: `Deployment/web web`, `HelmRelease/podinfo`.
    pub slot: String,
    /// What it is.
    pub kind: ArtifactKind,
    /// The image without tag and digest, or the name of the chart.
    pub name: String,
    /// The tag, or the version of the chart.
    pub version: Option<String>,
    /// The digest of an image.
    pub digest: Option<String>,
    /// The place where a person would edit the version, or the whole where there is none.
    pub at: Span,
    /// The object it is in.
    pub object: ObjectName,
}

/// A version that runs in production before it runs in the environment before it.
#[derive(Clone, Copy, Debug)]
pub struct Inversion<'c> {
    /// The environment that is ahead.
    pub cell: &'c Cell,
    /// What is ahead there.
    pub artifact: &'c Artifact,
    /// The environment before it, and the newest version there.
    pub before: (&'c Cell, &'c Artifact),
}

impl Component {
    /// Versions that are in production, but not yet in the next lower tier that has the same image or chart. Environments
    /// of one tier are not compared with each other: regions are rolled out one by one. Nor are those before production:
    /// what is tried there comes and goes.
    pub fn inversions(&self) -> Vec<Inversion<'_>> {
        let mut found = Vec::new();
        let production = self.cells.iter().filter(|cell| cell.environment.tier == Some(Tier::Production));
        for cell in production {
            for artifact in &cell.artifacts {
                let lower = self.cells.iter().rev().filter(|other| {
                    other.environment.tier.is_some() && other.environment.tier < cell.environment.tier
                });
                let twins = lower.flat_map(|other| other.artifacts.iter().map(move |twin| (other, twin)));
                let twins: Vec<_> = twins
                    .filter(|(_, twin)| {
                        (&twin.slot, twin.kind, &twin.name) == (&artifact.slot, artifact.kind, &artifact.name)
                    })
                    .collect();
                let Some(tier) = twins.first().map(|(other, _)| other.environment.tier) else { continue };
                let next = twins.into_iter().filter(|(other, _)| other.environment.tier == tier);
                found.extend(ahead(artifact, next).map(|before| Inversion { cell, artifact, before }));
            }
        }
        found
    }
}

/// The newest of the others, if it is older. When one of them does not compare, nobody can tell.
fn ahead<'c>(
    artifact: &Artifact,
    others: impl Iterator<Item = (&'c Cell, &'c Artifact)>,
) -> Option<(&'c Cell, &'c Artifact)> {
    let version = artifact.version.as_deref()?;
    let mut newest: Option<(&Cell, &Artifact)> = None;
    for (cell, other) in others {
        let known = other.version.as_deref()?;
        if compare(version, known)? != Ordering::Greater {
            return None;
        }
        let is_newer = newest
            .and_then(|(_, newest)| newest.version.as_deref())
            .is_none_or(|newest| compare(known, newest) == Some(Ordering::Greater));
        if is_newer {
            newest = Some((cell, other));
        }
    }
    newest
}

/// All components that run in an environment, sorted by key. Of what is not rendered nothing is known.
pub fn components(view: &GraphView<'_>) -> Vec<Component> {
    let mut found: BTreeMap<String, BTreeMap<Place, Cell>> = BTreeMap::new();
    for (index, unit) in view.rendering.units.iter().enumerate() {
        let Some(environment) = view.graph.unit_environments.get(index).and_then(Option::as_ref) else {
            continue;
        };
        let cell = cell(&mut found, without_environment(unit.directory.as_str()), environment);
        cell.units.push(index);
        for object in &unit.objects {
            let object = ObjectView::rendered(view.map, view.repository, object);
            images(&object, &mut cell.artifacts);
        }
    }
    for (key, environment, file) in loose(view) {
        let cell = cell(&mut found, key, &environment);
        for object in &file.objects {
            images(&ObjectView::new(view.map, Some(file), object), &mut cell.artifacts);
        }
    }
    let charts = Charts::new(*view);
    for owner in view.owners() {
        let Some(environment) = &owner.owner.environment else { continue };
        let charts = charts.of(&owner);
        let images = release::images(&owner);
        if !charts.is_empty() || !images.is_empty() {
            let cell = cell(&mut found, slot(&owner.object), environment);
            cell.owners.push(owner.id);
            cell.artifacts.extend(charts.into_iter().chain(images));
        }
    }
    found.values_mut().for_each(name_images);
    let components = found.into_iter().map(|(key, cells)| {
        let cells = cells.into_values().map(|mut cell| {
            cell.artifacts.sort();
            cell.artifacts.dedup();
            cell
        });
        Component { key, cells: cells.collect() }
    });
    components.collect()
}

/// Gives images whose name some values leave to the chart the name that those of another environment say, or else that
/// of the value.
fn name_images(cells: &mut BTreeMap<Place, Cell>) {
    let all = cells.values().flat_map(|cell| &cell.artifacts).filter(|artifact| !artifact.name.is_empty());
    let names: BTreeMap<String, String> =
        all.map(|artifact| (artifact.slot.clone(), artifact.name.clone())).collect();
    let nameless = cells.values_mut().flat_map(|cell| &mut cell.artifacts);
    for artifact in nameless.filter(|artifact| artifact.name.is_empty()) {
        let value = || artifact.slot.split_once(' ').map_or("", |(_, value)| value).to_owned();
        artifact.name = names.get(&artifact.slot).cloned().unwrap_or_else(value);
    }
}

/// By tier, those without one last, then by name.
type Place = (bool, Option<Tier>, String);

fn cell<'f>(
    found: &'f mut BTreeMap<String, BTreeMap<Place, Cell>>,
    key: String,
    environment: &Environment,
) -> &'f mut Cell {
    let place = (environment.tier.is_none(), environment.tier, environment.name.clone());
    let new = || Cell {
        environment: environment.clone(),
        units: Vec::new(),
        owners: Vec::new(),
        artifacts: Vec::new(),
    };
    found.entry(key).or_default().entry(place).or_insert_with(new)
}

/// Kind and name of an object, the same in all environments.
pub(super) fn slot(object: &ObjectView<'_>) -> String {
    format!("{}/{}", object.kind(), name_without_environment(&object.name()))
}

fn images(object: &ObjectView<'_>, artifacts: &mut Vec<Artifact>) {
    for container in object.pod_specs().iter().flat_map(|pod| pod.containers()) {
        let Some(value) = container.image() else { continue };
        let Some(text) = value.text() else { continue };
        let Ok(image) = ImageReference::parse(&text) else { continue };
        let part = image.tag.clone().or_else(|| image.digest.clone()).unwrap_or(0..text.len());
        artifacts.push(Artifact {
            slot: format!("{} {}", slot(object), container.name()),
            kind: ArtifactKind::Image,
            name: image.name().to_owned(),
            version: image.tag().map(str::to_owned),
            digest: image.digest.clone().and_then(|digest| text.get(digest)).map(str::to_owned),
            at: editable(object, value.part(part.start, part.end), value.step()),
            object: object.object_name(),
        });
    }
}

/// The place where a person would edit a value of an object.
pub(super) fn editable(object: &ObjectView<'_>, span: Span, step: StepId) -> Span {
    object.map.editable(span, step).unwrap_or(span)
}
