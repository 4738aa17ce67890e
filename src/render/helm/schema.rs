//! `values.schema.json`: whether values are what a chart takes.
//!
//! Owns finding the line of a value that is not. A schema that refers to others which are not in it is not looked up
//! anywhere.

use crate::render::{Event, EventKind, Gap};
use crate::source::{SourceMap, Span};
use crate::template::{Data, Map, Value};

use super::compiled::{Compiled, CompiledSchema};
use super::json;
use super::part::Part;
use super::schema_cost::is_bounded;

/// Problems of one chart that are named.
const MOST: usize = 50;

/// Checks the values of a chart and of those in it.
pub(super) fn check(
    map: &SourceMap,
    compiled: &Compiled,
    part: &Part,
    values: &Map,
    events: &mut Vec<Event>,
) {
    own(map, compiled, part, values, events);
    for inner in &part.parts {
        match values.get(&inner.name).map(|own| own.data) {
            Some(Data::Map(own)) => check(map, compiled, inner, &own, events),
            _ => continue,
        }
    }
}

fn own(map: &SourceMap, compiled: &Compiled, part: &Part, values: &Map, events: &mut Vec<Event>) {
    let Some(source) = part.chart.schema else { return };
    let text = map.source(source).text();
    let at = Span::new(source, 0, 0);
    let compile = || {
        let schema: serde_json::Value =
            serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
                let message = format!("values.schema.json of {} is no JSON: {error}", part.name);
                Event::new(EventKind::SchemaViolation, at, message)
            })?;
        let validator = jsonschema::validator_for(&schema).map_err(|error| {
            let is_elsewhere = matches!(error.kind(), jsonschema::error::ValidationErrorKind::Referencing(_));
            let kind = match is_elsewhere {
                true => EventKind::NotRendered(Gap::HelmSchema),
                false => EventKind::SchemaViolation,
            };
            let message = format!("values.schema.json of {} cannot be used: {error}", part.name);
            Event::new(kind, at, message)
        })?;
        Ok(CompiledSchema { schema, validator })
    };
    let schema = match compiled.schema(source, compile) {
        Ok(schema) => schema,
        Err(event) => {
            events.push(event);
            return;
        }
    };
    let instance = json::of(&values.clone().into());
    if !is_bounded(&schema.schema, &instance) {
        let message = format!(
            "values.schema.json of {} takes too many steps, or refers to itself without an end: values were not compared \
             with it",
            part.name
        );
        events.push(Event::new(EventKind::ChartLimit, at, message));
        return;
    }
    // What Flux fills in has another form until then.
    let is_filled_in = |value: &serde_json::Value| value.as_str().is_some_and(|text| text.contains("${"));
    let errors = schema.validator.iter_errors(&instance).filter(|error| !is_filled_in(error.instance()));
    for error in errors.take(MOST) {
        let path = error.instance_path().to_string();
        let place = place(values, &path).and_then(|span| map.editable(span.0, span.1));
        let fallback = part.chart.values_source.map_or(at, |source| Span::new(source, 0, 0));
        let where_ = if path.is_empty() { String::new() } else { format!("`{}`: ", dotted(&path)) };
        let message = format!("{where_}{error} (values.schema.json of {})", part.name);
        events.push(Event::new(EventKind::SchemaViolation, place.unwrap_or(fallback), message));
    }
}

fn dotted(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~")
}

/// Where the value that a JSON pointer leads to is written, or the nearest one around it that is.
fn place(values: &Map, pointer: &str) -> Option<(Span, crate::source::StepId)> {
    let mut at: Value = values.clone().into();
    let mut found = None;
    for name in pointer.split('/').skip(1) {
        let name = name.replace("~1", "/").replace("~0", "~");
        let next = match &at.data {
            Data::Map(map) => map.get(&name),
            Data::List(items) => name.parse::<usize>().ok().and_then(|index| items.get(index)).cloned(),
            _ => None,
        };
        let Some(next) = next else { break };
        let origin = next.text().and_then(|text| text.origin()).or(next.origin);
        found = origin.map(|origin| (origin.span, origin.step)).or(found);
        at = next;
    }
    found
}
