//! To which environment owners and units belong, once everything is rendered and numbered.
//!
//! Owns weighing what owners say of the units that they apply, and what siblings say of each other. Must not know how
//! evidence is found.

use std::collections::BTreeSet;

use camino::Utf8Path;
use rustc_hash::FxHashMap;

use crate::model::ObjectView;
use crate::render::Rendering;

use super::environment::{Evidence, strongest, without_environment};
use super::{Cluster, ClusterId, Context, Environment, Owner};

/// The environment of each owner. Owners apply owners at most `depth` deep.
pub(super) fn owners(context: &Context<'_>, clusters: &[Cluster], owners: &mut [Owner], depth: usize) {
    let cluster = |id: ClusterId| clusters.get(id.0 as usize).map_or("", |cluster| cluster.name.as_str());
    for owner in owners.iter_mut() {
        let view = ObjectView::rendered(context.map, context.repository, &owner.object);
        owner.environment = context.environments.of_owner(owner, &view, |delivery| cluster(delivery.cluster));
    }
    // From the roots down: who says nothing belongs to where it is applied from.
    for _ in 0..depth {
        let known: Vec<Option<Environment>> = owners.iter().map(|owner| owner.environment.clone()).collect();
        for owner in owners.iter_mut().filter(|owner| owner.environment.is_none()) {
            owner.environment =
                owner.parent.and_then(|parent| known.get(parent.0 as usize).cloned().flatten());
        }
    }
}

/// The environment of each unit: as its directory says, or its owners where they agree.
pub(super) fn units(
    context: &Context<'_>,
    rendering: &Rendering,
    owners: &[Owner],
) -> Vec<Option<Environment>> {
    let mut applied: Vec<Vec<&Environment>> = vec![Vec::new(); rendering.units.len()];
    for owner in owners {
        for unit in owner.deliveries.iter().filter_map(|delivery| delivery.unit) {
            applied[unit].extend(&owner.environment);
        }
    }
    let units = rendering.units.iter().zip(applied).map(|(unit, owners)| {
        let is_one = owners.iter().all(|environment| environment.name == owners[0].name);
        let owner = owners.first().filter(|_| is_one).map(|environment| (*environment).clone());
        strongest(context.environments.of_path(&unit.directory).into_iter().chain(owner))
    });
    let mut found: Vec<Option<Environment>> = units.collect();
    // A word in some directory is as good as any other evidence where a sibling has another one in its place.
    let mut siblings: FxHashMap<String, BTreeSet<String>> = FxHashMap::default();
    let weak = |environment: &Environment| environment.evidence == Evidence::Segment;
    let directories: BTreeSet<&Utf8Path> =
        context.map.files().filter_map(|file| file.path().parent()).collect();
    for directory in directories {
        if let Some(environment) = context.environments.of_path(directory).filter(weak) {
            let key = without_environment(directory.as_str());
            siblings.entry(key).or_default().insert(environment.name);
        }
    }
    for (unit, environment) in rendering.units.iter().zip(&mut found) {
        let names = siblings.get(&without_environment(unit.directory.as_str()));
        if let Some(environment) = environment.as_mut().filter(|environment| weak(environment))
            && names.is_some_and(|names| names.len() > 1)
        {
            environment.evidence = Evidence::Directory;
        }
    }
    found
}
