//! Branches that hold what a machine rendered: they are written by the source hydrator of Argo CD or promoted by GitOps
//! Promoter, and nobody merges them by hand.

use std::collections::BTreeSet;

use crate::engine::World;
use crate::model::ObjectView;

/// The names of such branches, as Applications and PromotionStrategies have them.
pub fn branches(world: &World) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let rendered = world.rendering.units.iter().flat_map(|unit| &unit.objects);
    let objects = world.repository.files.iter().flat_map(|file| &file.objects).chain(rendered);
    let owned = world.graph.owners.iter().map(|owner| &owner.object);
    for object in objects.chain(owned) {
        let view = ObjectView::rendered(&world.map, &world.repository, object);
        let spec = match view.kind() {
            "Application" => view.root.get("spec"),
            "ApplicationSet" => view.root.path(&["spec", "template", "spec"]),
            "PromotionStrategy" => {
                let environments = view.root.path(&["spec", "environments"]);
                let items = environments.into_iter().flat_map(|list| list.items());
                let names = items.filter_map(|item| item.get("branch")?.text());
                names.for_each(|name| add(&mut found, &name));
                continue;
            }
            _ => continue,
        };
        let Some(hydrator) = spec.and_then(|spec| spec.get("sourceHydrator")) else { continue };
        for source in ["syncSource", "hydrateTo"] {
            let branch = hydrator.path(&[source, "targetBranch"]).and_then(|branch| branch.text());
            branch.into_iter().for_each(|branch| add(&mut found, &branch));
        }
    }
    found
}

/// A branch, and the one from which GitOps Promoter proposes to it.
fn add(found: &mut BTreeSet<String>, branch: &str) {
    let branch = branch.strip_suffix("-next").unwrap_or(branch);
    found.insert(branch.to_owned());
    found.insert(format!("{branch}-next"));
}
