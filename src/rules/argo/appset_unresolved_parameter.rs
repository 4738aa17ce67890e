//! `appset-unresolved-parameter`

use crate::engine::{Check, Cx, Report, rule};
use crate::graph::{OwnerKind, OwnerView, RemarkKind};

use super::applicationset::report;

rule! {
    /// A template of an ApplicationSet that names a parameter which no generator provides, or that Go cannot render.
    ///
    /// ## Why
    ///
    /// In the old template language the text stays as it is, `{{name}}` included; Go templates print `<no value>`, or
    /// with `missingkey=error` fail, and then Argo CD changes no Application of the whole set. The Applications are
    /// made as Argo CD would make them, for every element, and every parameter is looked up.
    ///
    /// ## What passes
    ///
    /// - parameters that only a cluster, a service or another repository knows
    /// - in the old language, braces in values that are handed on, such as those of a chart
    ///
    /// ## Bad
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
    ///       name: "shop-{{ .environment }}"
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
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators/>
    /// - <https://github.com/argoproj/applicationset/issues/122>
    pub static RULE = "appset-unresolved-parameter" {
        level: Error,
        precision: High,
        tags: ["argo-cd", "correctness"],
        aliases: [],
        checks: [Check::Owner(&[OwnerKind::ApplicationSet], check)],
    }
}

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let name = owner.object.name();
    let unresolved = |message: &str| Report {
        message: format!("in ApplicationSet `{name}`, {message}"),
        why: "Argo CD makes a wrong Application of it, or with `missingkey=error` changes none of the set"
            .into(),
        help: "name a parameter of the generators, or add it to every element".into(),
    };
    report(owner, RemarkKind::UnresolvedParameter, cx, unresolved, |_| {});
    let invalid = |message: &str| Report {
        message: format!("a template of ApplicationSet `{name}` cannot be rendered: {message}"),
        why: "Argo CD stops with the same error and changes no Application of the set".into(),
        help: "correct the template".into(),
    };
    report(owner, RemarkKind::InvalidTemplate, cx, invalid, |_| {});
}
