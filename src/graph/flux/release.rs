//! The values, the name and the namespace that a HelmRelease gives its chart.
//!
//! Source: <https://fluxcd.io/flux/components/helm/helmreleases/#values>.

use std::borrow::Cow;

use camino::Utf8Path;

use crate::graph::argo::ValueFile;
use crate::graph::{Context, Status};
use crate::model::ObjectView;
use crate::model::secret::{base64, sops};
use crate::render::helm::{Field, SetKind, ValuesLayer};
use crate::render::{Built, Event, EventKind, Gap};
use crate::source::Span;
use crate::yaml::Cursor;

use super::index::{Index, path};

/// The unit of the chart in a directory of this repository. `files` are what `valuesFiles` names.
pub fn build(
    context: &Context<'_>,
    index: &Index,
    release: &ObjectView<'_>,
    spec: Cursor<'_>,
    files: &[ValueFile],
    directory: &Utf8Path,
) -> Built {
    let renderer = context.renderer;
    let field = |value: Cursor<'_>| Field {
        text: value.text().unwrap_or_default().into_owned(),
        span: context.map.editable(value.span(), value.step()),
    };
    let own = release.root.path(&["metadata", "namespace"]);
    let target = spec.get("targetNamespace");
    let namespace = target.or(own).map(field).unwrap_or(Field { text: "default".to_owned(), span: None });
    let name = spec.get("releaseName").or_else(|| release.root.path(&["metadata", "name"]));
    let mut name = name.map(field).unwrap_or_default();
    // Without a name of its own the release is called after both.
    if let (None, Some(target)) = (spec.get("releaseName"), target) {
        name.text = format!("{}-{}", target.text().unwrap_or_default(), name.text);
    }
    let mut options = renderer.release_options(name, namespace);
    let policy = spec.path(&["install", "crds"]).and_then(|policy| policy.text());
    options.includes_crds = policy.is_none_or(|policy| policy != "Skip");
    let is = |path: &[&str]| spec.path(path).and_then(|value| value.bool()).unwrap_or(false);
    options.checks_schema = !is(&["install", "disableSchemaValidation"]);
    let mut open = Vec::new();
    let mut layers = Vec::new();
    // The source-controller packs the chart anew, with these files merged into its `values.yaml`.
    let mut defaults = Vec::new();
    for file in files {
        match (&file.status, file.paths.first()) {
            (Status::Resolved | Status::Missing(_), Some(path)) => defaults.push(ValuesLayer::File {
                path: path.clone(),
                at: Some(file.at),
                is_optional: file.is_optional,
            }),
            _ => open.push(elsewhere(file.at, &file.written)),
        }
    }
    options.defaults = (!files.is_empty()).then_some(defaults);
    for from in spec.get("valuesFrom").into_iter().flat_map(|list| list.items()) {
        let name = from.get("name").and_then(|name| name.text()).unwrap_or_default();
        let at = context.map.editable(from.span(), from.step()).unwrap_or(from.span());
        match referenced(context, index, release, from, at) {
            Some(layer) => {
                if matches!(layer, ValuesLayer::Secret { .. }) {
                    let message = format!("what the Secret `{name}` holds is not given to the chart");
                    open.push(Event::new(EventKind::NotRendered(Gap::HelmSecretValues), at, message));
                }
                layers.push(layer);
            }
            None => open.push(elsewhere(at, &name)),
        }
    }
    layers.extend(spec.get("values").map(|values| ValuesLayer::Inline(values.tree())));
    let mut changes = Vec::new();
    for entry in spec.get("postRenderers").into_iter().flat_map(|list| list.items()) {
        changes.extend(entry.get("kustomize"));
        for other in
            entry.entries().iter().filter(|field| field.key.text().is_none_or(|it| it != "kustomize"))
        {
            let name = other.key.text().unwrap_or_default();
            let message =
                format!("what the post-renderer `{name}` changes in the objects of the chart is not applied");
            open.push(Event::new(EventKind::NotRendered(Gap::HelmPostRenderer), other.key.span(), message));
        }
    }
    let mut built = renderer.chart_changed(directory, &layers, &options, &changes);
    built.note(context.map, open);
    built
}

fn elsewhere(at: Span, what: &str) -> Event {
    let message = format!("the values of `{what}` are not known here");
    Event::new(EventKind::NotRendered(Gap::HelmValues), at, message)
}

/// An entry of `valuesFrom`; `None` when what it names cannot be read here, or is one of several.
fn referenced(
    context: &Context<'_>,
    index: &Index,
    release: &ObjectView<'_>,
    from: Cursor<'_>,
    at: Span,
) -> Option<ValuesLayer> {
    let text = |name: &str| from.get(name).and_then(|value| value.text());
    let kind = match &*text("kind")? {
        "ConfigMap" => "ConfigMap",
        "Secret" => "Secret",
        _ => return None,
    };
    let namespace = release.namespace().unwrap_or_default();
    let found = index.find(context, kind, &namespace, &text("name")?, path(context.map, release));
    let [object] = found.as_slice() else { return None };
    if sops::is_sops(object.root) {
        return None;
    }
    let key = text("valuesKey").unwrap_or(Cow::Borrowed("values.yaml"));
    let of = |field: &str| object.root.get(field)?.get(&key);
    if kind == "Secret" {
        let plain = of("stringData").and_then(|value| value.text()).map(Cow::into_owned);
        let encoded = || match base64::decode(&of("data")?.text()?)? {
            base64::Decoded::Text(text) => Some(text),
            base64::Decoded::Binary => None,
        };
        let content = plain.or_else(encoded).filter(|content| !sops::is_encrypted(content))?;
        let target = text("targetPath").map(Cow::into_owned);
        return Some(ValuesLayer::Secret { text: content, target, at });
    }
    let value = of("data")?;
    let content = value.text()?;
    if sops::is_encrypted(&content) {
        return None;
    }
    Some(match text("targetPath") {
        Some(target) => {
            let is_literal = from.get("literal").and_then(|literal| literal.bool()).unwrap_or(false);
            let (kind, content) = match unquoted(&content) {
                _ if is_literal => (SetKind::Literal, &*content),
                Some(inner) => (SetKind::Text, inner),
                None => (SetKind::Typed, &*content),
            };
            ValuesLayer::Set {
                kind,
                text: format!("{target}={content}"),
                at: context.map.editable(value.span(), value.step()),
            }
        }
        None => ValuesLayer::Embedded(value.tree()),
    })
}

/// What stands between quotes, which say that it is a text. Source: `ReplacePathValue` of
/// <https://github.com/fluxcd/pkg/blob/main/chartutil/values.go>.
fn unquoted(value: &str) -> Option<&str> {
    let is_in = |sign: char| value.starts_with(sign) && value.ends_with(sign);
    (is_in('\'') || is_in('"')).then(|| value.trim_matches(['\'', '"']))
}
