//! `env-missing-resource`

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::{Cell, Component, GraphView};
use crate::model::ObjectView;
use crate::rules::support::components::Components;
use crate::rules::support::{controllers, likeness, promotion};
use crate::yaml::Cursor;

rule! {
    /// Something that runs in production and in no environment before it, or protects staging and not production.
    ///
    /// ## Why
    ///
    /// What is not in staging is tried in production first: a job, a policy or a service that others are tested without.
    /// And a NetworkPolicy or a PodDisruptionBudget that was tried in staging and never promoted protects nobody who
    /// needs it.
    ///
    /// Compared are overlays whose paths differ in the name of an environment alone, object by object, when they are
    /// alike for the most part. Whole components are told when most of their siblings have an environment before
    /// production.
    ///
    /// ## What passes
    ///
    /// - what only production needs: scaling, disruption budgets, certificates, alerts, backups
    /// - Secrets, configuration, access for people, and what has another name in each environment
    /// - overlays of which a part is not rendered, and overlays that have little in common
    /// - environments that nothing but a word in some name shows to be one
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: base/kustomization.yaml
    /// resources: [web.yaml]
    /// # file: base/web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// # file: envs/staging/kustomization.yaml
    /// resources: [../../base]
    /// # file: envs/prod/kustomization.yaml
    /// resources: [../../base, cleanup.yaml]
    /// # file: envs/prod/cleanup.yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata:
    ///   name: cleanup
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: base/kustomization.yaml
    /// resources: [web.yaml, cleanup.yaml]
    /// # file: base/web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    /// # file: base/cleanup.yaml
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata:
    ///   name: cleanup
    /// # file: envs/staging/kustomization.yaml
    /// resources: [../../base]
    /// # file: envs/prod/kustomization.yaml
    /// resources: [../../base]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://12factor.net/dev-prod-parity>
    pub static RULE = "env-missing-resource" {
        level: Note,
        precision: Medium,
        tags: ["environment", "promotion"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

/// What production should be tried with before: these are the same in all environments, or none.
const TRIED: [&str; 12] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "HTTPRoute",
    "Ingress",
    "Job",
    "NetworkPolicy",
    "Rollout",
    "Route",
    "Service",
    "StatefulSet",
    "VirtualService",
];
/// What protects an environment: in staging alone it was not promoted.
const PROTECTING: [&str; 2] = ["NetworkPolicy", "PodDisruptionBudget"];
/// Words in names of what only production needs.
const OWN: [&str; 6] = ["backup", "alert", "monitor", "exporter", "status", "mirror"];

/// Directories that hold one for each environment of what they lie in.
const HOLDERS: [&str; 6] = ["env", "envs", "environments", "overlay", "overlays", "stages"];

/// An object in all environments alike.
type Name = (String, String);

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let components = Components::of(cx);
    for component in components.iter() {
        let production = promotion::production(component);
        let before = promotion::before_production(component);
        if production.is_empty() || before.is_empty() {
            continue;
        }
        compare(view, &production, &before, cx);
    }
    families(view, &components, cx);
}

/// The objects of some environments, each with the names of those that have it.
type Objects<'w> = BTreeMap<Name, (ObjectView<'w>, BTreeSet<String>)>;

/// The objects of cells; `None` when something in one of them is not known.
fn objects<'w>(view: &GraphView<'w>, cells: &[&Cell]) -> Option<Objects<'w>> {
    let mut found = Objects::new();
    for cell in cells {
        for &index in &cell.units {
            let unit = view.rendering.units.get(index).filter(|unit| !unit.partial && !unit.failed)?;
            for object in &unit.objects {
                let object = ObjectView::rendered(view.map, view.repository, object);
                let name = (object.kind().to_owned(), likeness::base_name(&object));
                let (_, environments) = found.entry(name).or_insert_with(|| (object, BTreeSet::new()));
                environments.insert(cell.environment.name.clone());
            }
        }
    }
    Some(found)
}

fn compare(view: &GraphView<'_>, production: &[&Cell], before: &[&Cell], cx: &mut Cx<'_>) {
    let (Some(here), Some(there)) = (objects(view, production), objects(view, before)) else { return };
    let shared = here.keys().filter(|name| there.contains_key(*name)).count();
    // Overlays that have less in common are about different things.
    if shared < 2 || shared * 3 < here.len().max(there.len()) * 2 {
        return;
    }
    let names = |cells: &[&Cell]| {
        cells.iter().map(|cell| cell.environment.name.as_str()).collect::<Vec<_>>().join(" and ")
    };
    let (count, count_before) = (production.len(), before.len());
    let (production, before) = (names(production), names(before));
    // What has another name there, and no counterpart here, may be the same.
    let is_missing = |from: &Objects<'_>, to: &Objects<'_>, wanted: &Name| {
        let (kind, name) = wanted;
        !from.contains_key(wanted)
            && !from.keys().filter(|known| !to.contains_key(*known)).any(|(other, known)| {
                other == kind && (known.contains(name.as_str()) || name.contains(known.as_str()))
            })
    };
    for (name, (object, environments)) in &here {
        let is_own = OWN.iter().any(|word| name.1.contains(word)) || controllers::is_generated(object);
        let is_everywhere = environments.len() == count;
        if !TRIED.contains(&name.0.as_str()) || is_own || !is_everywhere || !is_missing(&there, &here, name) {
            continue;
        }
        let report = Report {
            message: format!("{} `{}` is in {production} and not in {before}", name.0, object.name()),
            why: format!("{before} is tested without it, and {production} is where it is tried first").into(),
            help: format!("add it to {before} too, or to the base that both include").into(),
        };
        tell(object, report, cx);
    }
    for (name, (object, environments)) in &there {
        let is_everywhere = environments.len() == count_before && !controllers::is_generated(object);
        if !PROTECTING.contains(&name.0.as_str()) || !is_everywhere || !is_missing(&here, &there, name) {
            continue;
        }
        let report = Report {
            message: format!("{} `{}` is in {before} and not in {production}", name.0, object.name()),
            why: format!("it was tried and not promoted: {production} runs without what protects {before}")
                .into(),
            help: format!("add it to {production} too, or to the base that both include").into(),
        };
        tell(object, report, cx);
    }
}

fn tell(object: &ObjectView<'_>, report: Report, cx: &mut Cx<'_>) {
    let at = object.root.path(&["metadata", "name"]).unwrap_or(object.root);
    let finding = cx.report(At::value(at), report);
    finding.object = Some(object.object_name());
}

/// Components that lie side by side, by what their paths have in common.
fn families(view: &GraphView<'_>, components: &[Component], cx: &mut Cx<'_>) {
    let mut families: BTreeMap<String, Vec<&Component>> = BTreeMap::new();
    for component in components {
        let family = family(&component.key);
        if let Some(family) = family.filter(|_| !promotion::production(component).is_empty()) {
            families.entry(family).or_default().push(component);
        }
    }
    for members in families.values() {
        let (tried, untried): (Vec<&Component>, Vec<&Component>) =
            members.iter().partition(|component| !promotion::before_production(component).is_empty());
        if tried.len() < 2 || tried.len() < untried.len() {
            continue;
        }
        for component in untried {
            let cells = promotion::production(component);
            // What cannot be told from an environment may be one before production.
            if cells.len() < component.cells.len() {
                continue;
            }
            report_component(view, component, &cells, tried.len(), cx);
        }
    }
}

/// The key of a component with `+` for its own name: `apps/+/envs/*`, `envs/*/+`. Charts have no siblings.
fn family(key: &str) -> Option<String> {
    let mut parts: Vec<&str> = key.split('/').collect();
    let environment = parts.iter().position(|part| *part == "*")?;
    let own = match parts.len() - 1 {
        last if last > environment => last,
        _ => parts[..environment].iter().rposition(|part| !HOLDERS.contains(part))?,
    };
    *parts.get_mut(own)? = "+";
    Some(parts.join("/"))
}

fn report_component(
    view: &GraphView<'_>,
    component: &Component,
    cells: &[&Cell],
    tried: usize,
    cx: &mut Cx<'_>,
) {
    let units = cells.iter().flat_map(|cell| &cell.units).filter_map(|&unit| view.rendering.units.get(unit));
    let Some(unit) = units.into_iter().find(|unit| !unit.failed) else { return };
    let file = view.repository.of(unit.source);
    let Some(document) = file.and_then(|file| file.documents.first()) else { return };
    let names: Vec<&str> = cells.iter().map(|cell| cell.environment.name.as_str()).collect();
    let names = names.join(" and ");
    let root = Cursor::new(view.map, &document.tree);
    let first = root.entries().first().map_or(root, |entry| entry.value);
    let finding = cx.report(
        At::key(first),
        Report {
            message: format!("`{}` is in {names} and in no environment before", component.key),
            why: format!(
                "{names} is where it is tried first; {tried} others like it have an environment before"
            )
            .into(),
            help: "add an overlay for staging, and promote from there".into(),
        },
    );
    finding.units = [unit.directory.clone()].into();
}
