//! `helm-chart-version-floating`

use crate::config::Tier;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::{Environment, OwnerKind, OwnerView, sources};
use crate::model::{KindName, ObjectView};
use crate::rules::support::bases;
use crate::rules::support::versions::{Breadth, breadth};
use crate::yaml::Cursor;

rule! {
    /// A chart whose version is a range, or is not named at all.
    ///
    /// ## Why
    ///
    /// Whoever publishes the chart changes the cluster, without a commit or a review here: the next release is installed
    /// when the controller looks again. What runs cannot be read from the repository, and a revert brings nothing back.
    ///
    /// | version | level |
    /// |---|---|
    /// | absent, `*`, `>=0.0.0` | error |
    /// | without an end, as `>=1.0.0` | warning in production, note elsewhere |
    /// | with an end, as `1.x`, `~1.2`, `^1.2.3`, `>=1 <2` | note |
    ///
    /// Looked at are Applications with `chart`, HelmReleases and OCIRepositories with `ref.semver`, as the controller gets
    /// them: an overlay may set what the base leaves open.
    ///
    /// ## What passes
    ///
    /// - no version at all in a base that no overlay has taken up yet: overlays give it one
    /// - one version, a digest, and what a template fills in
    /// - charts from a GitRepository or a Bucket, whose version is not looked at
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: ingress
    /// spec:
    ///   source:
    ///     repoURL: https://charts.example.com
    ///     chart: ingress
    ///     targetRevision: '*'
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: ingress
    /// spec:
    ///   source:
    ///     repoURL: https://charts.example.com
    ///     chart: ingress
    ///     targetRevision: 4.11.2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/tracking_strategies/#helm>
    /// - <https://fluxcd.io/flux/components/helm/helmreleases/#chart-template>
    pub static RULE = "helm-chart-version-floating" {
        level: Error,
        precision: High,
        tags: ["helm", "argo-cd", "flux", "supply-chain"],
        aliases: [],
        checks: [
            Check::Owner(&[OwnerKind::Application, OwnerKind::HelmRelease], owner),
            Check::Around(&Check::Object(KINDS, artifact)),
        ],
    }
}

const KINDS: &[KindName] = &[KindName { group: "source.toolkit.fluxcd.io", kind: "OCIRepository" }];

/// A chart, and where its version is or should be.
struct Chart<'w> {
    /// The mapping that names it.
    source: Cursor<'w>,
    field: &'static str,
    /// "Application `argocd/shop`".
    owner: String,
}

fn owner(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = owner.spec() else { return };
    let is_open = bases::is_unused(owner.object.object.source, cx.world());
    let is_production =
        owner.owner.environment.as_ref().and_then(|environment| environment.tier) == Some(Tier::Production);
    let charts: Vec<(Cursor<'_>, &'static str)> = match owner.owner.kind {
        OwnerKind::Application => {
            sources(spec).into_iter().map(|source| (source, "targetRevision")).collect()
        }
        _ => spec.path(&["chart", "spec"]).into_iter().map(|source| (source, "version")).collect(),
    };
    for (source, field) in charts {
        let from = source.path(&["sourceRef", "kind"]).and_then(|kind| kind.text());
        let is_versioned = from.is_none_or(|kind| kind == "HelmRepository");
        let chart = source.get("chart").and_then(|chart| chart.text());
        if !is_versioned || chart.is_none_or(|chart| chart.is_empty() || is_templated(&chart)) {
            continue;
        }
        if is_open && source.get(field).is_none() {
            continue;
        }
        let chart = Chart { source, field, owner: owner.display() };
        report(&owner.object, &chart, is_production, cx);
    }
}

/// Whether a tool fills it in. Ranges have signs of their own.
fn is_templated(text: &str) -> bool {
    text.contains("{{") || text.contains('$')
}

fn artifact(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(reference) = object.root.path(&["spec", "ref"]) else { return };
    // The digest counts, and without a range there is none to judge.
    if reference.get("digest").is_some() || reference.get("semver").is_none() {
        return;
    }
    let environments = &cx.world().graph.environments;
    let path = cx.map().source(object.object.source).path();
    let environment = environments.of_path(path).filter(|environment| environment.evidence.is_strong());
    let is_production =
        environment.and_then(|environment: Environment| environment.tier) == Some(Tier::Production);
    let owner = format!("OCIRepository `{}`", object.name());
    report(object, &Chart { source: reference, field: "semver", owner }, is_production, cx);
}

fn report(object: &ObjectView<'_>, chart: &Chart<'_>, is_production: bool, cx: &mut Cx<'_>) {
    let version = chart.source.get(chart.field);
    let text = version.and_then(|version| version.text()).unwrap_or_default();
    if is_templated(&text) {
        return;
    }
    let Some(breadth) = breadth(&text) else { return };
    let (level, takes) = match breadth {
        Breadth::Everything if text.is_empty() => (Level::Error, "any version that is published".to_owned()),
        Breadth::Everything => (Level::Error, format!("any version that is published: `{text}`")),
        Breadth::Open if is_production => (Level::Warning, format!("any later version: `{text}`")),
        Breadth::Open => (Level::Note, format!("any later version: `{text}`")),
        Breadth::Bounded => (Level::Note, format!("the newest version of `{text}`")),
    };
    let help = match breadth {
        Breadth::Bounded => "pin the version, and let a bot propose the next one".to_owned(),
        _ => format!("pin the version in `{}`, or give the range an end, as in `1.x`", chart.field),
    };
    let at = match version {
        Some(version) => At::value(version),
        None => At::missing_below(object, chart.source, &[chart.field]),
    };
    let report = Report {
        message: format!("{} takes {takes}", chart.owner),
        why: "the next release of the chart is in the cluster without a commit or a review here".into(),
        help: help.into(),
    };
    let finding = cx.report(at, report);
    finding.level = finding.level.min(level);
}
