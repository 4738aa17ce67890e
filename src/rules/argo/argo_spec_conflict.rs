//! `argo-spec-conflict`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::{Finding, Level, Related};
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::application::{Application, KINDS, is_templated};

rule! {
    /// Fields of an Argo CD Application that exclude each other.
    ///
    /// ## Why
    ///
    /// Argo CD ignores one of them, as `source` beside `sources`, or refuses the Application, as with a cluster that is
    /// named by `server` and `name`, or with sections for two tools. Whoever edits the wrong one wonders why nothing
    /// changes.
    ///
    /// ## What passes
    ///
    /// - fields of an ApplicationSet that a template or `templatePatch` fills in
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   source:
    ///     repoURL: https://github.com/acme/gitops
    ///     path: shop
    ///   sources:
    ///     - repoURL: https://github.com/acme/gitops
    ///       path: shop-v2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   sources:
    ///     - repoURL: https://github.com/acme/gitops
    ///       path: shop
    ///     - repoURL: https://github.com/acme/gitops
    ///       path: shop-v2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/application-specification/>
    pub static RULE = "argo-spec-conflict" {
        level: Error,
        precision: VeryHigh,
        tags: ["argo-cd"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

/// Sections of a source, one for each tool.
const TOOLS: [&str; 4] = ["kustomize", "helm", "directory", "plugin"];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(application) = Application::new(object) else { return };
    let Some(spec) = application.spec() else { return };
    let name = application.name();
    if let (Some(source), Some(sources)) = (present(spec, "source"), present(spec, "sources")) {
        let why = "`sources` wins, and `source` is ignored";
        conflict(cx, format!("{name} has both `source` and `sources`"), why, source, sources);
    }
    if let Some(destination) = spec.get("destination")
        && let (Some(server), Some(cluster)) = (present(destination, "server"), present(destination, "name"))
    {
        let why = "Argo CD refuses an Application that names its cluster twice";
        conflict(cx, format!("{name} names its cluster by `server` and by `name`"), why, cluster, server);
    }
    for source in application.sources() {
        if let (Some(path), Some(chart)) = (present(source, "path"), present(source, "chart")) {
            let why = "the chart comes from a Helm repository, where there are no paths; `path` is ignored";
            let message = format!("a source of {name} has both `path` and `chart`");
            // What is deployed is what the author sees, and only the file misleads.
            conflict(cx, message, why, path, chart).level = Level::Warning;
        }
        if let (Some(reference), Some(chart)) = (present(source, "ref"), present(source, "chart")) {
            let why = "a chart cannot lend value files to other sources";
            conflict(cx, format!("a source of {name} has both `ref` and `chart`"), why, reference, chart);
        }
        let mut tools: Vec<Cursor<'_>> = TOOLS.iter().filter_map(|tool| present(source, tool)).collect();
        tools.sort_by_key(|tool| tool.index());
        if let [first, second, ..] = tools.as_slice() {
            let key = |value: &Cursor<'_>| {
                value.key().and_then(|key| Some(key.text()?.into_owned())).unwrap_or_default()
            };
            let message = format!(
                "a source of {name} has sections for two tools, `{}` and `{}`",
                key(first),
                key(second)
            );
            conflict(
                cx,
                message,
                "Argo CD builds a source with one tool, and refuses this one",
                *second,
                *first,
            );
        }
    }
}

/// A field with something in it that no template fills in.
fn present<'w>(of: Cursor<'w>, name: &str) -> Option<Cursor<'w>> {
    let value = of.get(name)?;
    let is_empty = value.is_null()
        || value.text().is_some_and(|text| text.is_empty() || is_templated(&text))
        || (value.text().is_none() && value.entries().is_empty() && value.items().next().is_none())
        // What only has zero values is as good as absent.
        || value.is_map() && value.entries().iter().all(|entry| entry.value.bool() == Some(false));
    (!is_empty).then_some(value)
}

fn conflict<'c>(
    cx: &'c mut Cx<'_>,
    message: String,
    why: &'static str,
    at: Cursor<'_>,
    other: Cursor<'_>,
) -> &'c mut Finding {
    let span = other.key().unwrap_or(other).span();
    let other_place = cx.map().editable(span, other.step());
    let report = Report { message, why: why.into(), help: "keep one of them".into() };
    let finding = cx.report(At::key(at), report);
    finding.related.extend(other_place.map(|span| Related { span, message: "the other one".into() }));
    finding
}
