//! `analysis-template-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::model::{KindName, ObjectView};
use crate::rules::support::nearest;
use crate::rules::support::together::{Group, groups};
use crate::yaml::Cursor;

use super::strategy::{ROLLOUT, steps};

rule! {
    /// A rollout that refers to an analysis template or a workload that is not there.
    ///
    /// ## Why
    ///
    /// A Rollout with an unknown AnalysisTemplate, or a `workloadRef` that leads nowhere, is degraded from the
    /// start: the controller refuses to roll out any version.
    ///
    /// ## What passes
    ///
    /// - templates that the repository declares anywhere: the name may belong to another unit
    /// - a repository that declares no template at all: they come from elsewhere
    /// - units of which a part is not rendered
    /// - names that a template fills in
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: rollout.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Rollout
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   strategy:
    ///     canary:
    ///       analysis:
    ///         templates:
    ///           - templateName: sucess-rate
    /// # file: template.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: AnalysisTemplate
    /// metadata:
    ///   name: success-rate
    ///   namespace: shop
    /// spec:
    ///   metrics: []
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: rollout.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Rollout
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   selector:
    ///     matchLabels:
    ///       app: web
    ///   strategy:
    ///     canary:
    ///       analysis:
    ///         templates:
    ///           - templateName: success-rate
    /// # file: template.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: AnalysisTemplate
    /// metadata:
    ///   name: success-rate
    ///   namespace: shop
    /// spec:
    ///   metrics: []
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-rollouts.readthedocs.io/en/stable/features/analysis/>
    /// - <https://argo-rollouts.readthedocs.io/en/stable/migrating/#reference-deployment-from-rollout>
    pub static RULE = "analysis-template-missing" {
        level: Error,
        precision: High,
        tags: ["progressive-delivery", "reference"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

const TEMPLATES: [KindName; 2] = [
    KindName { group: "argoproj.io", kind: "AnalysisTemplate" },
    KindName { group: "argoproj.io", kind: "ClusterAnalysisTemplate" },
];

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let groups = groups(view);
    let mut known: Vec<String> = Vec::new();
    for object in groups.iter().flat_map(|group| &group.objects) {
        if TEMPLATES.iter().any(|template| object.is(*template)) {
            known.push(object.name().into_owned());
        }
    }
    for group in groups.iter().filter(|group| !group.is_partial) {
        for rollout in group.objects.iter().filter(|object| object.is(ROLLOUT)) {
            workload(group, rollout, cx);
            if !known.is_empty() {
                templates(rollout, &known, cx);
            }
        }
    }
}

fn templates(rollout: &ObjectView<'_>, known: &[String], cx: &mut Cx<'_>) {
    for name in names(rollout) {
        let text = name.text().unwrap_or_default();
        if text.is_empty() || text.contains(['$', '{']) || known.iter().any(|known| *known == text) {
            continue;
        }
        let near = nearest(&text, known.iter().map(String::as_str));
        report(rollout, name, format!("the AnalysisTemplate `{text}`"), near, cx);
    }
}

/// The names of templates in all places where a Rollout may have them.
fn names<'w>(rollout: &ObjectView<'w>) -> Vec<Cursor<'w>> {
    let Some(strategy) = rollout.root.path(&["spec", "strategy"]) else { return Vec::new() };
    let canary = strategy.get("canary");
    let mut analyses: Vec<Cursor<'_>> =
        canary.and_then(|canary| canary.get("analysis")).into_iter().collect();
    analyses.extend(canary.into_iter().flat_map(steps).filter_map(|step| step.get("analysis")));
    for field in ["prePromotionAnalysis", "postPromotionAnalysis"] {
        analyses.extend(strategy.path(&["blueGreen", field]));
    }
    let templates = analyses.into_iter().filter_map(|analysis| analysis.get("templates"));
    templates.flat_map(|list| list.items()).filter_map(|template| template.get("templateName")).collect()
}

fn workload(group: &Group<'_>, rollout: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(reference) = rollout.root.path(&["spec", "workloadRef"]) else { return };
    let text = |field: &str| reference.get(field).and_then(|value| value.text()).unwrap_or_default();
    let (kind, name) = (text("kind"), text("name"));
    let is_it = |object: &&ObjectView<'_>| object.kind() == kind && object.name() == name;
    if name.contains(['$', '{']) || group.objects.iter().any(|object| is_it(&object)) {
        return;
    }
    let names: Vec<String> = group
        .objects
        .iter()
        .filter(|object| object.kind() == kind)
        .map(|object| object.name().into_owned())
        .collect();
    // What this unit does not have, another may.
    let Some(near) = nearest(&name, names.iter().map(String::as_str)) else { return };
    let Some(at) = reference.get("name") else { return };
    report(rollout, at, format!("the {kind} `{name}`"), Some(near), cx);
}

fn report(rollout: &ObjectView<'_>, at: Cursor<'_>, what: String, near: Option<&str>, cx: &mut Cx<'_>) {
    let finding = cx.report(
        At::value(at),
        Report {
            message: format!("{what} of Rollout `{}` does not exist", rollout.name()),
            why: "the controller refuses to roll out any version".into(),
            help: near.map_or("declare it, or correct the name".into(), |near| {
                format!("did you mean `{near}`?").into()
            }),
        },
    );
    finding.object = Some(rollout.object_name());
}
