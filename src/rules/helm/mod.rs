//! Rules about charts of Helm.

pub mod helm_required_value_missing;
pub mod helm_schema_violation;
pub mod helm_template_error;

use crate::engine::{At, Cx, Report};
use crate::render::Event;

/// Reports what a chart or its values fail with, in its own words, with the charts it happens in.
fn report(event: &Event, why: &'static str, help: &'static str, cx: &mut Cx<'_>) {
    // Whoever installs the chart may give it what is missing.
    if event.unverifiable {
        return;
    }
    let world = cx.world();
    let happened = |unit: &&crate::render::Unit| unit.events.contains(event);
    let units = world.rendering.units.iter().filter(happened).map(|unit| unit.directory.clone()).collect();
    let report = Report { message: event.message.clone(), why: why.into(), help: help.into() };
    cx.report(At::span(event.span), report).units = units;
}
