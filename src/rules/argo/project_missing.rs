//! `project-missing`

use std::collections::BTreeMap;

use crate::discover::FileKind;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::{Level, Related};
use crate::graph::{GraphView, OwnerKind, OwnerView};
use crate::source::Span;
use crate::yaml::Cursor;

use super::application::is_templated;
use super::projects;
use crate::rules::support::{NAMED, mentions};

rule! {
    /// An Argo CD Application in a project that this repository does not declare, though it declares others.
    ///
    /// ## Why
    ///
    /// Argo CD refuses an Application whose project does not exist.
    ///
    /// ## What passes
    ///
    /// - the built-in project `default`, and names that a template fills in
    /// - a repository without AppProjects, or with charts that make them
    ///
    /// A name that is almost that of a declared project is an error. Any other may be declared elsewhere, and is one
    /// warning for all Applications in it.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: AppProject
    /// metadata:
    ///   name: storefront
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   project: storefrnt
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: AppProject
    /// metadata:
    ///   name: storefront
    /// ---
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   project: storefront
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/projects/>
    pub static RULE = "project-missing" {
        level: Error,
        precision: High,
        tags: ["argo-cd", "reference"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

/// Names at least this much alike are one name with a slip.
const ALIKE: f64 = 0.8;

fn check(graph: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let declared: Vec<String> =
        projects::all(world).map(|project| project.object.name().into_owned()).collect();
    if declared.is_empty() {
        return;
    }
    let is_made = |text: &str| text.contains("kind: AppProject") || text.contains("argocd-apps");
    let mut templates = world.repository.files.iter().filter(|file| file.kind == FileKind::Template);
    if templates.any(|file| is_made(world.map.source(file.source).text()))
        || mentions(&world.map, &["chart: argocd-apps"])
    {
        return;
    }
    let mut missing: BTreeMap<String, Vec<OwnerView<'_>>> = BTreeMap::new();
    for owner in graph.owners().filter(|owner| owner.owner.kind == OwnerKind::Application) {
        let name = project(&owner).and_then(|name| name.text()).unwrap_or_default();
        let is_known = declared.iter().any(|known| *known == name);
        if !is_known && !matches!(&*name, "" | "default") && !is_templated(&name) {
            missing.entry(name.into_owned()).or_default().push(owner);
        }
    }
    for (name, owners) in missing {
        let scored =
            declared.iter().map(|known| (strsim::normalized_damerau_levenshtein(known, &name), known));
        let best =
            scored.filter(|(score, _)| *score >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)));
        match best {
            // Each slip is one to correct.
            Some((_, known)) => owners.iter().for_each(|owner| slip(owner, &name, known, cx)),
            None => undeclared(&owners, &name, cx),
        }
    }
}

const WHY: &str = "Argo CD refuses an Application whose project does not exist";

fn project<'w>(owner: &OwnerView<'w>) -> Option<Cursor<'w>> {
    owner.spec()?.get("project")
}

fn slip(owner: &OwnerView<'_>, name: &str, known: &str, cx: &mut Cx<'_>) {
    let Some(value) = project(owner) else { return };
    let report = Report {
        message: format!(
            "{} is in the project `{name}`, which this repository does not declare",
            owner.display()
        ),
        why: WHY.into(),
        help: format!("write `{known}`, or declare `{name}`").into(),
    };
    projects::report_on(owner, cx, At::value(value), report);
}

/// One project to declare is one finding, at the first of its Applications.
fn undeclared(owners: &[OwnerView<'_>], name: &str, cx: &mut Cx<'_>) {
    let Some((first, others)) = owners.split_first() else { return };
    let Some(value) = project(first) else { return };
    let place = |value: Cursor<'_>| first.view.map.editable(value.span(), value.step());
    let mut places: Vec<Span> = others.iter().filter_map(project).filter_map(place).collect();
    places.sort_unstable();
    places.dedup();
    let who = match others.len() {
        0 => format!("{} is", first.display()),
        1 => format!("{} and another Application are", first.display()),
        more => format!("{} and {more} other Applications are", first.display()),
    };
    let report = Report {
        message: format!("{who} in the project `{name}`, which this repository does not declare"),
        why: WHY.into(),
        help: format!("declare an AppProject `{name}` beside the others").into(),
    };
    let finding = projects::report_on(first, cx, At::value(value), report);
    finding.level = finding.level.min(Level::Warning);
    places.retain(|place| *place != finding.primary);
    let related = |span| Related { span, message: "in the same project".into() };
    finding.related.extend(places.into_iter().take(NAMED).map(related));
}
