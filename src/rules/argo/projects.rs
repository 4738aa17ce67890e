//! The AppProjects of the repository, rendered or as they stand.

use crate::engine::{At, Cx, Report, World};
use crate::finding::Finding;
use crate::graph::{OwnerView, Project};
use crate::model::{ObjectView, Usage};

/// All AppProjects that are applied. One that two overlays apply comes twice.
pub fn all(world: &World) -> impl Iterator<Item = Project<'_>> {
    applied(world).filter_map(Project::new)
}

/// Every object that is applied, by an overlay, by an owner, or as it stands.
pub fn applied(world: &World) -> impl Iterator<Item = ObjectView<'_>> {
    let units = world.rendering.units.iter().flat_map(|unit| &unit.objects);
    let plain = world
        .repository
        .files
        .iter()
        .filter(|file| file.usage == Usage::Deployed && !world.rendering.rendered.contains(&file.source));
    let plain = plain.flat_map(|file| &file.objects);
    units.chain(plain).map(|object| ObjectView::rendered(&world.map, &world.repository, object))
}

/// Words in the names of projects that administrators use, and which may do everything on purpose.
const ADMINISTRATORS: [&str; 16] = [
    "admin",
    "admins",
    "administration",
    "platform",
    "infra",
    "infrastructure",
    "cluster",
    "bootstrap",
    "root",
    "system",
    "argocd",
    "argo",
    "gitops",
    "ops",
    "sre",
    "operators",
];

/// Whether a project is one for administrators, by its name.
pub fn is_for_administrators(project: &Project<'_>) -> bool {
    let name = project.object.name().to_lowercase();
    name == "app-of-apps" || name.split(['-', '_', '.']).any(|word| ADMINISTRATORS.contains(&word))
}

/// Where projects and Applications of Argo CD live, judging by a project.
pub fn control_namespace(project: &Project<'_>) -> String {
    project
        .object
        .namespace()
        .filter(|namespace| !namespace.is_empty())
        .map_or("argocd".to_owned(), |it| it.into_owned())
}

/// Reports on an owner from a rule about the whole graph. What is wrong in a template is one finding that names all that
/// is made from it.
pub fn report_on<'c>(owner: &OwnerView<'_>, cx: &'c mut Cx<'_>, at: At, report: Report) -> &'c mut Finding {
    let finding = cx.report(at, report);
    finding.object = Some(owner.object.object_name());
    if owner.is_made() {
        finding.units = [owner.owner.key.name.as_str().into()].into();
    }
    finding
}
