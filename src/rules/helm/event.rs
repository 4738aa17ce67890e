//! What the rules about charts that fail share: an event as a finding.
//!
//! Must not know what happened: each kind of event has a rule of its own.

use crate::engine::{At, Cx, Report};
use crate::finding::Finding;
use crate::render::{Event, Unit};

/// Reports an event in its own words, with the charts it happens in.
pub fn report<'c>(
    event: &Event,
    why: &'static str,
    help: &'static str,
    cx: &'c mut Cx<'_>,
) -> Option<&'c mut Finding> {
    // Whoever installs the chart may give it what is missing.
    if event.unverifiable {
        return None;
    }
    let happened = |unit: &&Unit| unit.events.contains(event);
    let units = cx.world().rendering.units.iter().filter(happened);
    let units = units.map(|unit| unit.directory.clone()).collect();
    let report = Report { message: event.message.clone(), why: why.into(), help: help.into() };
    let finding = cx.report(At::span(event.span), report);
    finding.units = units;
    Some(finding)
}
