//! The workloads that disruption budgets protect, and what sizes them.
//!
//! Must not judge them.

use crate::engine::World;
use crate::model::ObjectView;
use crate::rules::support::deployed::{Deployed, Id};
use crate::rules::support::makers;
use crate::rules::support::selector::Selector;

/// So many workloads of a budget are looked at.
const MOST: usize = 32;

/// The workloads that a budget protects; none where nobody can tell.
pub(super) fn workloads(deployed: &Deployed, id: Id, budget: &ObjectView<'_>) -> Vec<Id> {
    let selector = budget.root.path(&["spec", "selector"]).map(Selector::of);
    let Some(selector) = selector.filter(|selector| !selector.is_empty() && !selector.is_unknown()) else {
        return Vec::new();
    };
    let found = deployed.selected(id, &selector, deployed.namespace(id)).map(|(found, _)| found);
    found.filter(|found| deployed.are_together(id, *found)).take(MOST).collect()
}

/// How many pods a budget protects; `None` where something else decides that.
pub(super) fn replicas(deployed: &Deployed, id: Id, budget: &ObjectView<'_>, world: &World) -> Option<i64> {
    let workloads = workloads(deployed, id, budget);
    let of = |id: &Id| {
        let workload = deployed.object(world, *id);
        let is_sized_here =
            matches!(workload.kind(), "Deployment" | "StatefulSet" | "ReplicaSet" | "Rollout");
        if !is_sized_here || scaler(deployed, *id, world).is_some() {
            return None;
        }
        match workload.root.path(&["spec", "replicas"]).filter(|replicas| !replicas.is_null()) {
            Some(replicas) => replicas.int(),
            None => Some(1),
        }
    };
    // Nothing runs where somebody set it to zero for a while.
    let sum = workloads.iter().map(of).sum::<Option<i64>>()?;
    (sum > 0).then_some(sum)
}

/// The autoscaler that sizes a workload.
pub(super) fn scaler(deployed: &Deployed, id: Id, world: &World) -> Option<Id> {
    let workload = deployed.object(world, id);
    deployed.find(id, makers::SCALED, &workload.name(), deployed.namespace(id))
}
