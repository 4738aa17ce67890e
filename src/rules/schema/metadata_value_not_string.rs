//! `metadata-value-not-string`

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Level;
use crate::graph::OwnerKind;
use crate::model::ObjectView;
use crate::schema::ProblemKind;

use super::checked;

rule! {
    /// A label, an annotation or an environment variable that is a number or a boolean.
    ///
    /// ## Why
    ///
    /// These are text. `"true"` and `"8080"` need quotes, and `yes`, `no`, `on` and `off` too: YAML takes them for
    /// something else without, and the API server refuses the object.
    ///
    /// ## What passes
    ///
    /// - values in quotes, and values of other fields: those are for `schema-violation`
    /// - values that something fills in first: `${NAME}`, `{{ … }}`
    /// - `yes`, `no`, `on` and `off` in what Kustomize builds: it reads them as text, and writes them in quotes
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     example.com/enabled: true
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     example.com/enabled: "true"
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/>
    pub static RULE = "metadata-value-not-string" {
        level: Error,
        precision: VeryHigh,
        tags: ["schema", "validity"],
        aliases: [],
        checks: [Check::Around(&Check::Object(&[], check))],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    checked::problems(object, cx, |problem, value, cx| {
        let ProblemKind::Unquoted { found } = problem.kind else { return };
        let key = value.key().and_then(|key| key.text()).unwrap_or_default();
        let report = Report {
            message: format!("`{key}` in {} is {found}, and must be text", checked::place(object, value)),
            why: "the API server refuses the object: it reads the value as what YAML makes of it".into(),
            help: "write the value in quotes".into(),
        };
        let is_label = checked::place(object, value).starts_with("`metadata.labels`");
        let is_flux = is_label && has_only_flux(cx.world());
        let finding = cx.report(At::value(value), report);
        if is_flux {
            finding.level = finding.level.min(Level::Warning);
            finding.why =
                "Flux cannot read the labels then, and applies the object without any of them".into();
        }
    });
}

/// Whether Flux applies what is here, and nobody else does. It sets labels of its own, and for that takes labels that are no
/// text for none. Source: `SetOwnerLabels` of <https://github.com/fluxcd/pkg/tree/main/ssa>.
fn has_only_flux(world: &World) -> bool {
    let mut owners = world.graph().owners().map(|owner| owner.owner.kind).peekable();
    owners.peek().is_some() && owners.all(OwnerKind::is_flux)
}
