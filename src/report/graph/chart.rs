//! What of the graph is shown: owners as trees, what each applies, and what nobody applies.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;

use crate::discover::FileKind;
use crate::graph::{Delivery, GraphView, OwnerId, OwnerKind, OwnerView};
use crate::model::{File, ObjectView, Usage};
use crate::render::Unit;

use super::focus::Focus;
use super::words::in_file;

/// The part of a graph that is shown.
pub(in crate::report) struct Chart<'w> {
    /// All of it.
    pub view: GraphView<'w>,
    /// Owners that are shown.
    shown: FxHashSet<OwnerId>,
    /// The owners that each owner applies, by its id.
    children: Vec<Vec<OwnerId>>,
    /// Overlays that no owner applies, as indices into the rendering's units.
    pub unowned: Vec<usize>,
    /// Files with objects that neither an owner nor an overlay applies.
    pub loose: Vec<&'w File>,
}

impl<'w> Chart<'w> {
    /// The graph of the named paths; of everything if there are none.
    pub fn new(view: GraphView<'w>, named: &[Utf8PathBuf]) -> Self {
        let is_named =
            |path: &Utf8Path| named.is_empty() || named.iter().any(|named| path.starts_with(named));
        let mut chart = Self::empty(view);
        for owner in view.owners() {
            let delivers =
                owner.deliveries().any(|(delivery, _)| delivery.directory.as_deref().is_some_and(is_named));
            if delivers || in_file(view.map, &owner.owner.object).is_none_or(|(path, _)| is_named(path)) {
                chart.show(owner);
            }
        }
        let applied = applied(view);
        let units = view.rendering.units.iter().enumerate();
        chart.unowned = units
            .filter(|(index, unit)| !applied.contains(index) && is_named(&unit.directory))
            .map(|(index, _)| index)
            .collect();
        let files = view.repository.files.iter();
        chart.loose = files
            .filter(|file| is_named(view.map.source(file.source).path()) && is_loose(view, file))
            .collect();
        chart
    }

    /// What uses a file.
    pub fn focused(view: GraphView<'w>, focus: &Focus<'w>) -> Self {
        let mut chart = Self::empty(view);
        for owner in view.owners() {
            let uses = owner.owner.deliveries.iter().any(|delivery| focus.concerns(delivery));
            let is_below = std::iter::successors(Some(owner), |owner| owner.parent())
                .any(|ancestor| focus.declares(ancestor));
            if uses || is_below {
                chart.show(owner);
            }
        }
        let applied = applied(view);
        chart.unowned = focus.units().filter(|unit| !applied.contains(unit)).collect();
        let files = view.repository.files.iter();
        chart.loose = files
            .filter(|file| focus.contains(view.map.source(file.source).path()) && is_loose(view, file))
            .collect();
        chart
    }

    fn empty(view: GraphView<'w>) -> Self {
        let mut children = vec![Vec::new(); view.graph.owners.len()];
        for owner in view.owners() {
            if let Some(of) = owner.owner.parent.and_then(|parent| children.get_mut(parent.0 as usize)) {
                of.push(owner.id);
            }
        }
        Self { view, shown: FxHashSet::default(), children, unowned: Vec::new(), loose: Vec::new() }
    }

    /// Shows an owner and those it comes from.
    fn show(&mut self, owner: OwnerView<'w>) {
        let line = std::iter::successors(Some(owner), |owner| owner.parent());
        self.shown.extend(line.map(|owner| owner.id));
    }

    /// The owners that are shown.
    pub fn owners(&self) -> impl Iterator<Item = OwnerView<'w>> {
        self.view.owners().filter(|owner| self.shown.contains(&owner.id))
    }

    /// Those of them that no other owner applies.
    pub fn roots(&self) -> impl Iterator<Item = OwnerView<'w>> {
        self.owners().filter(|owner| owner.owner.parent.is_none())
    }

    /// Those of them that an owner applies or makes.
    pub fn children(&self, of: OwnerView<'w>) -> impl Iterator<Item = OwnerView<'w>> {
        let children = self.children.get(of.id.0 as usize).into_iter().flatten();
        children.filter(|child| self.shown.contains(child)).map(|&child| self.view.owner(child))
    }

    /// An overlay.
    pub fn unit(&self, index: usize) -> Option<&'w Unit> {
        self.view.rendering.units.get(index)
    }

    /// The objects of a file.
    pub fn objects(&self, file: &'w File) -> impl Iterator<Item = ObjectView<'w>> {
        let view = self.view;
        file.objects.iter().map(move |object| ObjectView::new(view.map, Some(file), object))
    }
}

fn applied(view: GraphView<'_>) -> FxHashSet<usize> {
    let deliveries = view.graph.owners.iter().flat_map(|owner| &owner.deliveries);
    deliveries.filter_map(|delivery: &Delivery| delivery.unit).collect()
}

/// Whether a file has an object that is applied as it stands, though nobody here applies it. Owners that stand in
/// such files are roots, and are shown as that.
fn is_loose(view: GraphView<'_>, file: &File) -> bool {
    let is_manifest = matches!(file.kind, FileKind::Yaml | FileKind::Json);
    is_manifest
        && file.usage == Usage::Deployed
        && !view.rendering.rendered.contains(&file.source)
        && file
            .objects
            .iter()
            .any(|object| OwnerKind::of(&ObjectView::new(view.map, Some(file), object)).is_none())
}
