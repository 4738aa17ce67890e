//! Layers of values with everything that is made of them.
//!
//! Owns which releases take a layer, so that a rule can ask what holds in all of them. Must not know what is asked.

use std::collections::BTreeMap;

use camino::Utf8Path;
use rustc_hash::FxHashSet;

use crate::graph::{GraphView, Tool};
use crate::render::Unit;
use crate::render::helm::LayerNotes;
use crate::source::{SourceId, Span};

/// A release that takes a layer.
pub struct Use<'w> {
    /// What the release is part of.
    pub unit: &'w Unit,
    /// `Chart.yaml` of its chart.
    pub chart: SourceId,
    /// What the layer does there.
    pub notes: &'w LayerNotes,
}

/// A layer of values.
pub struct Layer<'w> {
    /// Where it stands.
    pub at: Span,
    /// All releases that take it, at least one.
    pub uses: Vec<Use<'w>>,
}

/// All layers in the order of their places. A file that something takes which is not rendered here is not among them:
/// nobody can tell what it does there.
pub fn layers<'w>(view: &GraphView<'w>) -> Vec<Layer<'w>> {
    let mut layers: BTreeMap<(SourceId, u32, u32), Vec<Use<'w>>> = BTreeMap::new();
    for unit in &view.rendering.units {
        for chart in &unit.charts {
            for notes in &chart.layers {
                let key = (notes.at.source, notes.at.start, notes.at.len);
                layers.entry(key).or_default().push(Use { unit, chart: chart.chart, notes });
            }
        }
    }
    if layers.is_empty() {
        return Vec::new();
    }
    let deliveries = view.graph.owners.iter().flat_map(|owner| &owner.deliveries);
    let elsewhere: FxHashSet<&Utf8Path> = deliveries
        .filter(|delivery| delivery.tool != Tool::Helm || delivery.unit.is_none())
        .flat_map(|delivery| delivery.values.iter().flat_map(|file| &file.paths))
        .map(|path| path.as_path())
        .collect();
    let layers = layers
        .into_iter()
        .map(|((source, start, len), uses)| Layer { at: Span { source, start, len }, uses });
    layers.filter(|layer| !elsewhere.contains(view.map.source(layer.at.source).path())).collect()
}
