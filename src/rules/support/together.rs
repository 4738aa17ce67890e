//! What is applied together: the objects of a unit, or the manifests of a directory that no kustomization names.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::graph::{GraphView, OwnerView};
use crate::model::{FileView, ObjectView, Usage};

/// Objects that are applied together.
pub struct Group<'w> {
    /// The objects.
    pub objects: Vec<ObjectView<'w>>,
    /// Something that belongs to them is not here.
    pub is_partial: bool,
    /// The unit they are, an index into the rendering's.
    unit: Option<usize>,
    directory: Utf8PathBuf,
}

impl<'w> Group<'w> {
    /// Who applies them.
    pub fn owners(&self, view: &GraphView<'w>) -> impl Iterator<Item = OwnerView<'w>> {
        let view = *view;
        self.unit.into_iter().flat_map(move |unit| view.graph.owners_of(unit)).map(move |id| view.owner(id))
    }

    /// The unit as a finding names it; none for a plain directory.
    pub fn units(&self) -> Arc<[Utf8PathBuf]> {
        self.unit.map(|_| self.directory.clone()).into_iter().collect()
    }
}

/// All groups: the units that build, then the directories of manifests, each sorted by path.
pub fn groups<'w>(view: &GraphView<'w>) -> Vec<Group<'w>> {
    let GraphView { map, repository, rendering, .. } = *view;
    let mut groups = Vec::new();
    for (index, unit) in rendering.units.iter().enumerate().filter(|(_, unit)| !unit.failed) {
        let objects = unit.objects.iter().map(|object| ObjectView::rendered(map, repository, object));
        groups.push(Group {
            objects: objects.collect(),
            is_partial: unit.partial,
            unit: Some(index),
            directory: unit.directory.clone(),
        });
    }
    for file in
        repository.files.iter().filter(|file| file.usage == Usage::Deployed && !file.objects.is_empty())
    {
        if rendering.rendered.contains(&file.source) {
            continue;
        }
        let file = FileView { map, file };
        let directory = file.path().parent().unwrap_or(Utf8Path::new(""));
        match groups.last_mut().filter(|group| group.unit.is_none() && group.directory == directory) {
            Some(group) => group.objects.extend(file.objects()),
            None => groups.push(Group {
                objects: file.objects().collect(),
                is_partial: false,
                unit: None,
                directory: directory.to_owned(),
            }),
        }
    }
    groups
}
