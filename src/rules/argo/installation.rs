//! What the repository says about the installation of Argo CD itself.

use crate::engine::World;
use crate::model::ObjectView;
use crate::yaml::Cursor;

use crate::rules::support::mentions;

use super::projects::applied;

/// The ConfigMaps of a name that configure Argo CD, each with its `data`.
pub fn settings<'w>(world: &'w World, name: &str) -> Vec<(ObjectView<'w>, Cursor<'w>)> {
    let maps = applied(world).filter(|object| object.kind() == "ConfigMap" && object.name() == name);
    maps.filter_map(|object| Some((object, object.root.get("data")?))).collect()
}

/// Words of which one stands in every repository that installs or configures Argo CD.
const SIGNS: [&str; 6] = [
    "argocd-cm",
    "kind: ArgoCD",
    "argoproj/argo-cd",
    "chart: argo-cd",
    "name: argo-cd",
    "argoproj.github.io/argo-helm",
];

/// Whether something in the repository installs or configures Argo CD, by whatever means.
pub fn is_here(world: &World) -> bool {
    mentions(&world.map, &SIGNS)
}
