//! `object-missing-identity`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::schema::Lookup;
use crate::source::StepKind;

use super::checked;

rule! {
    /// An object without a name.
    ///
    /// ## Why
    ///
    /// The API server refuses an object without a name, and nothing can update or delete it later.
    ///
    /// ## What passes
    ///
    /// - `metadata.generateName`: hooks and Jobs that are created anew each time
    /// - objects that nothing of the repository applies, where it has kustomizations: they may be patches for others
    /// - kinds that nothing is known about
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   labels:
    ///     app: web
    /// data:
    ///   A: b
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    ///   labels:
    ///     app: web
    /// data:
    ///   A: b
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>
    pub static RULE = "object-missing-identity" {
        level: Error,
        precision: VeryHigh,
        tags: ["validity"],
        aliases: [],
        checks: [Check::Around(&Check::Object(&[], check))],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    if !object.name().is_empty() {
        return;
    }
    // A value that a chart leaves to whoever installs it, or to a chart that is not here.
    let name = object.root.path(&["metadata", "name"]);
    let step = name.and_then(|name| object.map.step(name.step()));
    if step.is_some_and(|step| step.what == StepKind::Template) {
        return;
    }
    let (world, kind) = (cx.world(), object.kind());
    if checked::is_loose(object, world) {
        return;
    }
    let schemas = checked::Schemas::of(world);
    let known = schemas.catalog.find(object.map, object.api_version(), kind);
    // What is kept in the cluster has a name; answers to questions have none.
    if !matches!(known, Lookup::Known(_) | Lookup::Opaque) || kind.ends_with("Review") {
        return;
    }
    let report = Report {
        message: format!("{kind} has no name"),
        why: "the API server refuses it, and nothing can update or delete it later".into(),
        help: "set `metadata.name`".into(),
    };
    let metadata = object.root.get("metadata").or(object.root.get("kind"));
    cx.report(metadata.map_or(At::value(object.root), At::key), report);
}
