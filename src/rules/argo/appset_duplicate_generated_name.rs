//! `appset-duplicate-generated-name`

use crate::engine::{Check, Cx, Report, rule};
use crate::graph::{OwnerKind, OwnerView, RemarkKind};

use super::applicationset::report;

rule! {
    /// An ApplicationSet that makes several Applications of the same name.
    ///
    /// ## Why
    ///
    /// Argo CD refuses them, with an error in the status of the ApplicationSet, and the elements behind them are
    /// never deployed.
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
    ///           - {app: cart, env: dev}
    ///           - {app: cart, env: prod}
    ///   template:
    ///     metadata:
    ///       name: "{{ .app }}"
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
    ///           - {app: cart, env: dev}
    ///           - {app: cart, env: prod}
    ///   template:
    ///     metadata:
    ///       name: "{{ .app }}-{{ .env }}"
    ///     spec:
    ///       project: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Template/>
    pub static RULE = "appset-duplicate-generated-name" {
        level: Error,
        precision: VeryHigh,
        tags: ["argo-cd", "correctness"],
        aliases: [],
        checks: [Check::Owner(&[OwnerKind::ApplicationSet], check)],
    }
}

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let name = owner.object.name();
    let twice = |names: &str| Report {
        message: format!("ApplicationSet `{name}` makes several Applications named {names}"),
        why: "Argo CD refuses Applications of the same name, and what is behind them is not deployed".into(),
        help: "put every parameter that tells elements apart into the name".into(),
    };
    report(owner, RemarkKind::DuplicateName, cx, twice, |_| {});
}
