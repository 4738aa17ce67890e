//! `object-missing-identity`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{DocumentKind, DocumentView, ObjectView, Usage};
use crate::schema::Lookup;
use crate::source::StepKind;

use super::checked;

rule! {
    /// An object without a name, a `kind` or an `apiVersion`.
    ///
    /// ## Why
    ///
    /// These three say which object is meant. The API server and `kubectl` refuse one that lacks any of them; Kustomize
    /// builds an object without `apiVersion` all the same.
    ///
    /// ## What passes
    ///
    /// - `metadata.generateName`: hooks and Jobs that are created anew each time
    /// - objects that nothing of the repository applies, where it has kustomizations: they may be patches for others
    /// - kinds that nothing is known about
    /// - documents without `metadata.name` that lack `kind` or `apiVersion`: most are configuration of something else
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
        checks: [Check::Around(&Check::Object(&[], check)), Check::Around(&Check::Document(check_document))],
    }
}

/// Looks at what is no object, since it lacks what makes a document one.
fn check_document(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    let (root, world) = (document.root, cx.world());
    let is_applied = document.file.usage == Usage::Deployed && world.rendering.units.is_empty();
    if document.kind() != DocumentKind::Unknown || !is_applied {
        return;
    }
    let text = |path: &[&str]| root.path(path).and_then(|value| value.text()).filter(|text| !text.is_empty());
    let Some(name) = text(&["metadata", "name"]) else { return };
    let key = |field: &str| root.get(field).map_or(At::value(root), At::key);
    match (text(&["apiVersion"]), text(&["kind"])) {
        (None, Some(kind)) if checked::Schemas::of(world).catalog.knows(&kind) => {
            cx.report(key("kind"), lacks(&format!("{kind} `{name}`"), "apiVersion"));
        }
        (Some(version), None) if is_api_version(&version) => {
            cx.report(key("apiVersion"), lacks(&format!("object `{name}` of `{version}`"), "kind"));
        }
        _ => {}
    }
}

/// `v1`, `apps/v1`, `gateway.networking.k8s.io/v1beta1`, as the API conventions write versions.
fn is_api_version(text: &str) -> bool {
    let version = text.rsplit_once('/').map_or(text, |(_, version)| version);
    version.strip_prefix('v').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-'))
}

fn lacks(what: &str, field: &str) -> Report {
    Report {
        message: format!("{what} has no `{field}`"),
        why: "the API server refuses it: nobody can tell which object is meant".into(),
        help: format!("set `{field}`").into(),
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let (version, kind, name) = (object.api_version(), object.kind(), object.name());
    let key = |field: &str| object.root.get(field).map_or(At::value(object.root), At::key);
    if version.is_empty() && checked::Schemas::of(cx.world()).catalog.knows(kind) {
        cx.report(key("kind"), lacks(&format!("{kind} `{name}`"), "apiVersion"));
        return;
    }
    if kind.is_empty()
        && is_api_version(version)
        && !name.is_empty()
        && !checked::is_loose(object, cx.world())
    {
        cx.report(key("kind"), lacks(&format!("object `{name}` of `{version}`"), "kind"));
        return;
    }
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
