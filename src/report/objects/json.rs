//! Objects and the origins of their values as JSON, for programs.
//!
//! Within a version keys are added but never removed, renamed or given another meaning.

use serde::Serialize;
use serde_json::{Map, Number, Value};

use crate::model::Object;
use crate::render::{Event, EventKind};
use crate::report::json;
use crate::source::SourceMap;
use crate::yaml::{Cursor, Kind, Style};

use super::Rendered;
use super::origins::{Link, Place, chain};
use super::scalar::Scalar;
use super::yaml::sorted;

/// The version of the format.
const VERSION: u32 = 1;

/// What `plimsoll render --format json` prints.
#[derive(Serialize)]
struct Output<'w> {
    /// Version of this format. Keys may be added within a version; nothing else changes.
    version: u32,
    /// Directory of the kustomization, relative to the root of the repository; empty for the root.
    directory: &'w str,
    /// Something could not be rendered: there is a `not-rendered` event.
    partial: bool,
    /// The build failed, and there are no objects.
    failed: bool,
    /// What was noticed.
    events: Vec<EventItem<'w>>,
    /// The objects in the order in which Kustomize prints them.
    objects: Vec<ObjectItem<'w>>,
}

/// Something that rendering met.
#[derive(Serialize)]
struct EventItem<'w> {
    kind: &'static str,
    /// One sentence without a full stop.
    message: String,
    #[serde(flatten)]
    place: Option<Place<'w>>,
    /// Something that was not rendered could supply what is missing.
    unverifiable: bool,
}

/// An object.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ObjectItem<'w> {
    api_version: String,
    kind: String,
    /// The namespace, when it is written.
    namespace: Option<String>,
    name: String,
    /// The object's own file: where it was read from, or the kustomization that generates it.
    file: &'w str,
    /// The object itself.
    object: Value,
    /// One for every leaf: a scalar, an empty mapping or an empty list.
    origins: Vec<Origin<'w>>,
}

/// Where a value comes from.
#[derive(Serialize)]
struct Origin<'w> {
    /// JSON pointer to the value in the object.
    path: String,
    value: Value,
    /// The place where a person edits the value.
    #[serde(flatten)]
    place: Option<Place<'w>>,
    /// The steps it went through, the last one first; empty for a value that stands there as it was read.
    chain: Vec<Link<'w>>,
}

/// The unit as JSON text.
pub(super) fn print(rendered: &Rendered<'_>) -> String {
    let Rendered { map, unit, .. } = *rendered;
    json::print(&Output {
        version: VERSION,
        directory: unit.directory.as_str(),
        partial: unit.partial,
        failed: rendered.failed(),
        events: rendered.events.iter().map(|event| event_item(rendered, event)).collect(),
        objects: rendered.objects().iter().map(|object| object_item(rendered, map, object)).collect(),
    })
}

fn event_item<'w>(rendered: &Rendered<'w>, event: &Event) -> EventItem<'w> {
    EventItem {
        kind: kind(event.kind),
        message: json::visible(&rendered.message(event)),
        place: rendered.map.in_file(event.span).map(|span| Place::of(rendered.map, span)),
        unverifiable: event.unverifiable,
    }
}

const fn kind(kind: EventKind) -> &'static str {
    match kind {
        EventKind::BuildError => "build-error",
        EventKind::EmptyKustomization => "empty-kustomization",
        EventKind::MissingFile => "missing-file",
        EventKind::Restricted => "restricted",
        EventKind::NotRendered(_) => "not-rendered",
        EventKind::PatchNoMatch => "patch-no-match",
        EventKind::EmptyPatch => "empty-patch",
        EventKind::ImageNoMatch => "image-no-match",
        EventKind::ReplacementNoMatch => "replacement-no-match",
        EventKind::DuplicateKey => "duplicate-key",
        EventKind::UndefinedVariable => "undefined-variable",
        EventKind::BadSubstitution => "bad-substitution",
        EventKind::ChartError => "chart-error",
        EventKind::TemplateError => "template-error",
        EventKind::ChartLimit => "chart-limit",
        EventKind::ValueRequired => "value-required",
        EventKind::SchemaViolation => "schema-violation",
        EventKind::MissingValuesFile => "missing-values-file",
        EventKind::ChartLock => "chart-lock",
        EventKind::ClusterScopedNamespace => "cluster-scoped-namespace",
    }
}

fn object_item<'w>(rendered: &Rendered<'w>, map: &'w SourceMap, object: &'w Object) -> ObjectItem<'w> {
    let root = Cursor::new(map, &object.tree);
    let text = |path: &[&str]| {
        let value = root.path(path).filter(|value| value.text().is_some())?;
        match rendered.leaf(value, false) {
            // A secret may have been copied here.
            Scalar::Text(text) => Some(text.into_owned()),
            _ => value.text().map(|text| text.into_owned()),
        }
    };
    let mut reader = Reader { rendered, path: String::new(), origins: Vec::new() };
    let value = reader.value(root, false);
    ObjectItem {
        api_version: text(&["apiVersion"]).unwrap_or_default(),
        kind: text(&["kind"]).unwrap_or_default(),
        namespace: text(&["metadata", "namespace"]),
        name: text(&["metadata", "name"]).unwrap_or_default(),
        file: map.source(object.source).path().as_str(),
        object: value,
        origins: reader.origins,
    }
}

/// Turns a tree into JSON and notes the origin of every leaf on the way.
struct Reader<'r, 'w> {
    rendered: &'r Rendered<'w>,
    /// The way from the root as a JSON pointer.
    path: String,
    origins: Vec<Origin<'w>>,
}

impl<'w> Reader<'_, 'w> {
    fn value(&mut self, value: Cursor<'w>, in_flow: bool) -> Value {
        let node = value.node();
        let inside = in_flow || node.style == Style::Flow;
        let json = match node.kind {
            Kind::Map => {
                let entries = sorted(value).into_iter();
                let entries = entries.map(|(key, value)| {
                    let key = self.rendered.key(key);
                    let json = self.below(&key.replace('~', "~0").replace('/', "~1"), value, inside);
                    (key.into_owned(), json)
                });
                Value::Object(entries.collect::<Map<_, _>>())
            }
            Kind::Seq => {
                let items = value.items().enumerate();
                Value::Array(
                    items.map(|(index, item)| self.below(&index.to_string(), item, inside)).collect(),
                )
            }
            Kind::Scalar | Kind::Alias => json_of(self.rendered.leaf(value, in_flow)),
        };
        if node.aux == 0 || matches!(node.kind, Kind::Scalar | Kind::Alias) {
            self.origins.push(Origin {
                path: self.path.clone(),
                value: json.clone(),
                place: Place::editable(self.rendered.map, value.span(), value.step()),
                chain: chain(self.rendered.map, value.step()),
            });
        }
        json
    }

    fn below(&mut self, segment: &str, value: Cursor<'w>, in_flow: bool) -> Value {
        let length = self.path.len();
        self.path.push('/');
        self.path.push_str(segment);
        let json = self.value(value, in_flow);
        self.path.truncate(length);
        json
    }
}

fn json_of(value: Scalar<'_>) -> Value {
    match value {
        Scalar::Null => Value::Null,
        Scalar::Bool(bool) => Value::Bool(bool),
        Scalar::Int(int) => int.into(),
        Scalar::Uint(int) => int.into(),
        Scalar::Float(float) => Number::from_f64(float).map_or(Value::Null, Value::Number),
        Scalar::Text(text) => text.into(),
    }
}
