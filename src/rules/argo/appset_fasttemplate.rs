//! `appset-fasttemplate`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::applicationset::KINDS;

rule! {
    /// An ApplicationSet in the old template language.
    ///
    /// ## Why
    ///
    /// Without `goTemplate: true`, a parameter that is not there stays in the text as `{{name}}`, and nobody is told.
    /// There are no defaults, no conditions and no functions, and Argo CD documents that Go templates replace it.
    ///
    /// ## What passes
    ///
    /// - an ApplicationSet without any parameter in its template
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: ApplicationSet
    /// metadata:
    ///   name: shop
    /// spec:
    ///   generators:
    ///     - list:
    ///         elements:
    ///           - env: prod
    ///   template:
    ///     metadata:
    ///       name: "shop-{{env}}"
    ///     spec:
    ///       project: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: ApplicationSet
    /// metadata:
    ///   name: shop
    /// spec:
    ///   goTemplate: true
    ///   goTemplateOptions: ["missingkey=error"]
    ///   generators:
    ///     - list:
    ///         elements:
    ///           - env: prod
    ///   template:
    ///     metadata:
    ///       name: "shop-{{ .env }}"
    ///     spec:
    ///       project: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/GoTemplate/#motivation>
    pub static RULE = "appset-fasttemplate" {
        level: Note,
        precision: VeryHigh,
        tags: ["argo-cd", "maintenance"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = object.root.get("spec") else { return };
    let go = spec.get("goTemplate");
    let is_go =
        go.is_some_and(|go| go.bool() == Some(true) || go.text().is_some_and(|text| text.contains("{{")));
    let has_parameters = |value: Cursor<'_>| {
        value.scalars().any(|scalar| scalar.text().is_some_and(|text| text.contains("{{")))
    };
    if is_go || !spec.get("template").is_some_and(has_parameters) {
        return;
    }
    let at = go.map_or_else(|| At::missing(object, &["spec", "goTemplate"]), At::value);
    cx.report(
        at,
        Report {
            message: format!("ApplicationSet `{}` uses the old template language", object.name()),
            why: "a parameter that is not there stays in the text as `{{name}}`, without an error".into(),
            help: "set `goTemplate: true` and `goTemplateOptions: [\"missingkey=error\"]`, and write `{{ .name }}`".into(),
        },
    );
}
