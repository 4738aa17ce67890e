//! One file in the graph: what deploys it, and what it changes.

use camino::{Utf8Path, Utf8PathBuf};

use crate::graph::{Delivery, GraphView, OwnerView, Tool};
use crate::model::Object;
use crate::render::Layer;
use crate::source::SourceMap;

use super::words::in_file;

/// A file or directory with the overlays that use it.
pub(in crate::report) struct Focus<'w> {
    view: GraphView<'w>,
    /// Relative to the root.
    pub path: Utf8PathBuf,
    uses: Vec<Use<'w>>,
}

/// An overlay that uses the file.
pub(in crate::report) struct Use<'w> {
    /// Index into the rendering's units.
    pub unit: usize,
    /// The ways from the overlay to the kustomizations that read it.
    pub ways: Vec<Vec<&'w Layer>>,
    /// The objects it changes, as indices into the unit's.
    pub objects: Vec<usize>,
}

impl<'w> Focus<'w> {
    /// Finds what uses a path.
    pub fn new(view: GraphView<'w>, path: &Utf8Path) -> Self {
        let uses = view.rendering.units.iter().enumerate().filter_map(|(index, unit)| {
            let mut ways = unit.layer.ways_to(view.map, path);
            // Of what does not build, nobody knows what else would have been read.
            let is_inside = path.starts_with(&unit.directory) && !unit.directory.as_str().is_empty();
            if unit.failed && ways.is_empty() && is_inside {
                ways.push(vec![&*unit.layer]);
            }
            let objects = unit.objects.iter().enumerate();
            let changed = objects.filter(|(_, object)| comes_from(view.map, object, path));
            (!ways.is_empty()).then(|| Use {
                unit: index,
                ways,
                objects: changed.map(|(index, _)| index).collect(),
            })
        });
        Self { view, path: path.to_owned(), uses: uses.collect() }
    }

    /// How an overlay uses it.
    pub fn of(&self, unit: usize) -> Option<&Use<'w>> {
        self.uses.iter().find(|used| used.unit == unit)
    }

    /// The overlays that use it.
    pub fn units(&self) -> impl Iterator<Item = usize> {
        self.uses.iter().map(|used| used.unit)
    }

    /// Whether a path is the file, or lies in the directory.
    pub fn contains(&self, path: &Utf8Path) -> bool {
        path.starts_with(&self.path)
    }

    /// Whether a delivery applies something that the file has a part in.
    pub fn concerns(&self, delivery: &Delivery) -> bool {
        delivery.unit.is_some_and(|unit| self.of(unit).is_some())
            || self.is_of_chart(delivery)
            || self.is_value_file(delivery)
    }

    /// Whether the file belongs to a chart that a delivery applies, of which nobody knows what becomes.
    pub fn is_of_chart(&self, delivery: &Delivery) -> bool {
        let is_inside =
            |directory: &Utf8PathBuf| self.path.starts_with(directory) || directory.starts_with(&self.path);
        delivery.tool == Tool::Helm && delivery.directory.as_ref().is_some_and(is_inside)
    }

    /// Whether a chart is filled in from the file.
    pub fn is_value_file(&self, delivery: &Delivery) -> bool {
        let mut paths = delivery.values.iter().flat_map(|file| &file.paths);
        paths.any(|path| self.contains(path))
    }

    /// Whether an owner is written in the file.
    pub fn declares(&self, owner: OwnerView<'_>) -> bool {
        in_file(self.view.map, &owner.owner.object).is_some_and(|(path, _)| self.contains(path))
    }
}

/// Whether a value of an object was written below a path.
fn comes_from(map: &SourceMap, object: &Object, path: &Utf8Path) -> bool {
    let is_there = |span: crate::source::Span| map.source(span.source).path().starts_with(path);
    object.tree.nodes().iter().any(|node| {
        map.in_file(node.span).is_some_and(is_there)
            || map.editable(node.span, node.step).is_some_and(is_there)
    })
}
