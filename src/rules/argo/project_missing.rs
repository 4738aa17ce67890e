//! `project-missing`

use crate::discover::FileKind;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::{GraphView, OwnerKind, OwnerView};

use super::application::is_templated;
use super::projects;
use crate::rules::support::mentions;

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
    /// A name that is almost that of a declared project is an error. Any other may be declared elsewhere, and is a
    /// warning.
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
    for owner in graph.owners().filter(|owner| owner.owner.kind == OwnerKind::Application) {
        one(&owner, &declared, cx);
    }
}

fn one(owner: &OwnerView<'_>, declared: &[String], cx: &mut Cx<'_>) {
    let Some(value) = owner.spec().and_then(|spec| spec.get("project")) else { return };
    let name = value.text().unwrap_or_default();
    if matches!(&*name, "" | "default") || is_templated(&name) || declared.iter().any(|known| *known == name)
    {
        return;
    }
    let scored = declared.iter().map(|known| (strsim::normalized_damerau_levenshtein(known, &name), known));
    let best =
        scored.filter(|(score, _)| *score >= ALIKE).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)));
    let help = match best {
        Some((_, known)) => format!("write `{known}`, or declare `{name}`"),
        None => format!("declare an AppProject `{name}` beside the others"),
    };
    let report = Report {
        message: format!(
            "{} is in the project `{name}`, which this repository does not declare",
            owner.display()
        ),
        why: "Argo CD refuses an Application whose project does not exist".into(),
        help: help.into(),
    };
    let finding = projects::report_on(owner, cx, At::value(value), report);
    if best.is_none() {
        finding.level = finding.level.min(Level::Warning);
    }
}
