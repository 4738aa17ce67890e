//! Values as JSON, and JSON as values.

use serde_json::Value as Json;

use crate::template::{Data, Map, Origin, Text, Value};

use super::maps::DEPTH;

/// JSON as a value, as Go reads it: every number is a float. All of it stands at one place.
pub(super) fn value(json: &Json, origin: Option<Origin>) -> Value {
    let data = match json {
        Json::Null => Data::Nil,
        Json::Bool(value) => Data::Bool(*value),
        Json::Number(number) => Data::Float(number.as_f64().unwrap_or_default()),
        Json::String(text) => {
            let mut made = Text::default();
            made.push_from(text, origin);
            Data::Text(made)
        }
        Json::Array(items) => {
            Value::from(items.iter().map(|item| value(item, origin)).collect::<Vec<_>>()).data
        }
        Json::Object(entries) => {
            let map = Map::default();
            entries.iter().for_each(|(key, json)| map.set(key.as_str(), value(json, origin)));
            Data::Map(map)
        }
    };
    Value { data, origin }
}

/// A value as JSON.
pub(super) fn of(value: &Value) -> Json {
    of_within(value, DEPTH)
}

fn of_within(value: &Value, depth: u32) -> Json {
    let Some(depth) = depth.checked_sub(1) else { return Json::Null };
    match &value.data {
        Data::Bool(value) => Json::Bool(*value),
        Data::Int(value) | Data::Int64(value) => Json::from(*value),
        // Whole numbers are integers to schemas, however they are written.
        Data::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => Json::from(*value as i64),
        Data::Float(value) => Json::from(*value),
        Data::Text(text) => Json::from(text.as_str()),
        Data::List(items) => items.iter().map(|item| of_within(item, depth)).collect(),
        Data::Map(map) => {
            map.entries().iter().map(|(key, value)| (key.to_string(), of_within(value, depth))).collect()
        }
        _ => Json::Null,
    }
}
