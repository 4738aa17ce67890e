//! Where a component is tried before production, and where production is.
//!
//! Must not report anything.

use crate::config::Tier;
use crate::graph::{Cell, Component};

/// The cells of a component that surely are of production.
pub fn production(component: &Component) -> Vec<&Cell> {
    of_tier(component, |tier| tier == Tier::Production)
}

/// The cells of the tier before production that the component has.
pub fn before_production(component: &Component) -> Vec<&Cell> {
    let lower = of_tier(component, |tier| tier < Tier::Production);
    let tier = lower.iter().map(|cell| cell.environment.tier).max();
    lower.into_iter().filter(|cell| Some(cell.environment.tier) == tier).collect()
}

/// The cells that surely are of certain tiers.
fn of_tier(component: &Component, is_wanted: fn(Tier) -> bool) -> Vec<&Cell> {
    let is_of =
        |cell: &&Cell| cell.environment.evidence.is_strong() && cell.environment.tier.is_some_and(is_wanted);
    component.cells.iter().filter(is_of).collect()
}
