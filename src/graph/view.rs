//! What rules about owners and the whole graph hold in their hands.

use crate::model::{Object, ObjectView, Repository};
use crate::render::{Rendering, Unit};
use crate::source::SourceMap;
use crate::yaml::Cursor;

use super::{Delivery, Graph, Owner, OwnerId, Placed};

/// The graph with everything it is made of.
#[derive(Clone, Copy)]
pub struct GraphView<'w> {
    /// The sources.
    pub map: &'w SourceMap,
    /// The files.
    pub repository: &'w Repository,
    /// The units.
    pub rendering: &'w Rendering,
    /// The graph.
    pub graph: &'w Graph,
}

impl<'w> GraphView<'w> {
    /// All owners.
    pub fn owners(self) -> impl Iterator<Item = OwnerView<'w>> {
        (0..self.graph.owners.len() as u32).map(move |id| self.owner(OwnerId(id)))
    }

    /// The owner with an id of the graph.
    pub fn owner(self, id: OwnerId) -> OwnerView<'w> {
        let owner = self.graph.owner(id);
        OwnerView { view: self, id, owner, object: self.object(&owner.object) }
    }

    /// An object that an owner applies.
    pub fn placed(self, placed: &Placed) -> ObjectView<'w> {
        self.object(&self.rendering.units[placed.unit].objects[placed.index])
    }

    fn object(self, object: &'w Object) -> ObjectView<'w> {
        ObjectView::rendered(self.map, self.repository, object)
    }
}

/// An owner with what it delivers.
#[derive(Clone, Copy)]
pub struct OwnerView<'w> {
    /// Everything else.
    pub view: GraphView<'w>,
    /// Its id.
    pub id: OwnerId,
    /// The owner.
    pub owner: &'w Owner,
    /// Its object.
    pub object: ObjectView<'w>,
}

impl<'w> OwnerView<'w> {
    /// Who applies it.
    pub fn parent(self) -> Option<OwnerView<'w>> {
        self.owner.parent.map(|id| self.view.owner(id))
    }

    /// Its `spec`.
    pub fn spec(self) -> Option<Cursor<'w>> {
        self.object.root.get("spec")
    }

    /// Its deliveries, each with the unit it applies where there is one.
    pub fn deliveries(self) -> impl Iterator<Item = (&'w Delivery, Option<&'w Unit>)> {
        let units = &self.view.rendering.units;
        self.owner
            .deliveries
            .iter()
            .map(move |delivery| (delivery, delivery.unit.and_then(|unit| units.get(unit))))
    }

    /// The objects it applies.
    pub fn objects(self) -> impl Iterator<Item = ObjectView<'w>> {
        self.deliveries()
            .filter_map(|(_, unit)| unit)
            .flat_map(|unit| &unit.objects)
            .map(move |object| self.view.object(object))
    }

    /// Whether another owner makes it from a template, as an ApplicationSet does.
    pub fn is_made(self) -> bool {
        use super::OwnerKind::{ApplicationSet, ResourceSet};
        self.parent().is_some_and(|parent| matches!(parent.owner.kind, ApplicationSet | ResourceSet))
    }

    /// How a report names it: "Application `argocd/shop`".
    pub fn display(self) -> String {
        let key = &self.owner.key;
        let flux = if self.owner.kind == super::OwnerKind::Kustomization { "Flux " } else { "" };
        // The namespace that the controller's context fills in is not `default`, whatever stands for it here.
        let is_stated = key.namespace != "default" || self.object.namespace().is_some();
        let namespace = if is_stated { format!("{}/", key.namespace) } else { String::new() };
        format!("{flux}{} `{namespace}{}`", self.owner.kind.name(), key.name)
    }
}
