//! What happened in what only owners apply that nobody applies.
//!
//! Must not report anything.

use crate::engine::World;
use crate::graph::Idle;
use crate::render::Event;

/// Whether an event happened only in what such owners would apply.
pub fn is_waiting(event: &Event, world: &World) -> bool {
    let idle = world.memo.get(|| Idle::of(world.graph()));
    let units = world.rendering.units.iter().enumerate();
    let happened = units.filter(|(_, unit)| unit.events.contains(event)).map(|(index, _)| index);
    let mut owners = happened.flat_map(|unit| world.graph.owners_of(unit)).peekable();
    owners.peek().is_some() && owners.all(|owner| idle.has_owner(world.graph().owner(owner)))
}
