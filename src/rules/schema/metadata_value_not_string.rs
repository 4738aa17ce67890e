//! `metadata-value-not-string`

use rustc_hash::FxHashSet;

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Level;
use crate::graph::OwnerKind;
use crate::model::{Object, ObjectView};
use crate::schema::ProblemKind;
use crate::yaml::Place;

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
    /// - labels of what only Kustomizations of Flux apply are a warning: Flux drops all labels of the object then
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
        let is_flux = is_label && is_of_kustomizations(object.object, cx.world());
        let finding = cx.report(At::value(value), report);
        if is_flux {
            finding.level = finding.level.min(Level::Warning);
            finding.why =
                "Flux cannot read the labels then, and applies the object without any of them".into();
        }
    });
}

/// The objects that Kustomizations of Flux apply, and nobody else does.
struct OfKustomizations(FxHashSet<Place>);

/// Whether the kustomize-controller applies an object. It sets labels of its own, and for that takes labels that are no text
/// for none. Helm refuses such an object. Source: `SetOwnerLabels` of <https://github.com/fluxcd/pkg/tree/main/ssa>.
fn is_of_kustomizations(object: &Object, world: &World) -> bool {
    let known = world.memo.get(|| {
        let of = |is_wanted: fn(OwnerKind) -> bool| -> FxHashSet<Place> {
            let owners = world.graph().owners().filter(|owner| is_wanted(owner.owner.kind));
            owners.flat_map(|owner| owner.objects()).map(|object| object.object.tree.place()).collect()
        };
        let mut objects = of(is_kustomizer);
        let others = of(|kind| !is_kustomizer(kind));
        objects.retain(|object| !others.contains(object));
        OfKustomizations(objects)
    });
    known.0.contains(&object.tree.place())
}

/// Whether the kustomize-controller does the work of an owner.
fn is_kustomizer(kind: OwnerKind) -> bool {
    matches!(kind, OwnerKind::Kustomization | OwnerKind::FluxInstance)
}
