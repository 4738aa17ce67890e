//! Which objects are in a cluster together, in which namespaces, and each of them once.
//!
//! Must not ask policies.

use std::sync::Arc;

use camino::Utf8PathBuf;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::model::{FileView, ObjectView, Usage};
use crate::policy::gatekeeper::{Inventory, Subject as Admitted};
use crate::rego::Builder;
use crate::yaml::Place;

use super::super::World;
use super::Run;

/// Objects that are in a cluster together.
pub(super) struct Together<'w> {
    /// The unit that they are, an index into the rendering's; none for files that are applied as they stand.
    pub unit: Option<usize>,
    pub objects: Vec<ObjectView<'w>>,
    pub inventory: Inventory,
}

/// The namespaces that owners apply objects to, where all of them say the same; by the place of the object.
pub(super) type Namespaces<'w> = FxHashMap<Place, Option<&'w str>>;

pub(super) fn namespaces(world: &World) -> Namespaces<'_> {
    let mut found = Namespaces::default();
    for placed in &world.graph.objects {
        let unit = world.rendering.units.get(placed.unit);
        let Some(object) = unit.and_then(|unit| unit.objects.get(placed.index)) else { continue };
        let here = placed.key.namespace.as_str();
        let known = found.entry(object.tree.place()).or_insert(Some(here));
        *known = known.filter(|known| *known == here);
    }
    found
}

impl<'w> Run<'w> {
    /// Units that build, and what is applied as it stands.
    pub(super) fn together(&self) -> Vec<Together<'w>> {
        let World { map, repository, rendering, .. } = self.world;
        let units = rendering.units.iter().enumerate().filter(|(_, unit)| !unit.failed);
        let mut all: Vec<Together<'w>> = units
            .map(|(index, unit)| Together {
                unit: Some(index),
                objects: unit.objects.iter().map(|it| ObjectView::rendered(map, repository, it)).collect(),
                inventory: Inventory::default(),
            })
            .collect();
        let files = repository
            .files
            .iter()
            .filter(|file| file.usage == Usage::Deployed && !rendering.rendered.contains(&file.source));
        let objects: Vec<_> = files.flat_map(|file| FileView { map, file }.objects()).collect();
        all.push(Together { unit: None, objects, inventory: Inventory::default() });
        if !self.policies.gatekeeper.rules.is_empty() {
            all.par_iter_mut().for_each_init(Builder::default, |builder, group| {
                for object in &group.objects {
                    let value = builder.value(object.root);
                    group.inventory.add(&self.admitted(object), value);
                }
            });
        }
        all
    }

    /// An object as Gatekeeper gets it: in the namespace that its owner applies it to where it names none.
    pub(super) fn admitted(&self, object: &ObjectView<'_>) -> Admitted {
        let mut admitted = Admitted::read(object.root);
        if admitted.namespace.is_empty() {
            let known = self.namespaces.get(&object.object.tree.place());
            admitted.namespace = known.copied().flatten().unwrap_or_default().to_owned();
        }
        admitted
    }

    /// Each object once, with the directories of its units and the first group it is in.
    pub(super) fn objects(
        &self,
        together: &[Together<'w>],
    ) -> Vec<(ObjectView<'w>, Arc<[Utf8PathBuf]>, usize)> {
        let units = &self.world.rendering.units;
        let mut places: FxHashMap<(usize, u32), usize> = FxHashMap::default();
        let mut objects: Vec<(ObjectView<'w>, Vec<Utf8PathBuf>, usize)> = Vec::new();
        for (at, group) in together.iter().enumerate() {
            let directory = group.unit.and_then(|unit| units.get(unit)).map(|unit| unit.directory.clone());
            for object in &group.objects {
                if self.kinds.about(object.kind()).next().is_none() {
                    continue;
                }
                let index = *places.entry(object.object.tree.place()).or_insert_with(|| {
                    objects.push((*object, Vec::new(), at));
                    objects.len() - 1
                });
                if let Some((_, units, _)) = objects.get_mut(index) {
                    units.extend(directory.clone());
                }
            }
        }
        objects.into_iter().map(|(object, units, group)| (object, units.into(), group)).collect()
    }
}
