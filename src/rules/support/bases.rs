//! Bases that overlays complete, and that no overlay has taken up yet.
//!
//! A base need not be whole: versions and intervals are often what its overlays add. Must not report anything.

use camino::Utf8Path;
use rustc_hash::FxHashSet;

use crate::engine::World;
use crate::source::SourceId;

/// Whose objects are applied, or are in an overlay, as they are.
struct Used {
    sources: FxHashSet<SourceId>,
    /// Whether anything here is applied by a controller: then what is not, waits for somebody.
    is_applied: bool,
}

/// Whether a file of objects lies in a base that nothing but other bases builds on, in a repository from which a controller
/// applies other things.
pub fn is_unused(source: SourceId, world: &World) -> bool {
    let used = world.memo.get(|| Used::of(world));
    used.is_applied && is_base(world.map.source(source).path()) && !used.sources.contains(&source)
}

impl Used {
    fn of(world: &World) -> Self {
        let graph = world.graph();
        let applied: FxHashSet<&Utf8Path> = graph
            .owners()
            .flat_map(|owner| owner.deliveries().filter_map(|(_, unit)| unit))
            .map(|unit| unit.directory.as_path())
            .collect();
        let units = world.rendering.units.iter();
        let counts =
            units.filter(|unit| !is_base(&unit.directory) || applied.contains(unit.directory.as_path()));
        let sources = counts.flat_map(|unit| unit.objects.iter().map(|object| object.source)).collect();
        Self { sources, is_applied: !applied.is_empty() }
    }
}

fn is_base(path: &Utf8Path) -> bool {
    path.components().any(|part| matches!(part.as_str(), "base" | "bases"))
}
