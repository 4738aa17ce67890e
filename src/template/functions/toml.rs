//! TOML: text as values and values as text.

use super::super::go;
use super::super::text::Text;
use super::super::value::{DEPTH, Data, Map, Value};
use super::format::quoted;

/// A map as TOML, as `BurntSushi/toml` writes it: plain keys first, tables after them, indented.
pub(super) fn write(value: &Value) -> Text {
    let mut toml = Text::default();
    if let Data::Map(map) = &value.data {
        write_table(map, &mut toml, "", 0, DEPTH);
    }
    toml
}

fn is_table(value: &Value) -> bool {
    matches!(value.data, Data::Map(_)) || tables(value).is_some()
}

/// The items of a list of maps alone.
fn tables(value: &Value) -> Option<Vec<Map>> {
    let Data::List(items) = &value.data else { return None };
    let map = |item: &Value| match &item.data {
        Data::Map(map) => Some(map.clone()),
        _ => None,
    };
    items.iter().map(map).collect::<Option<Vec<_>>>().filter(|tables| !tables.is_empty())
}

fn key_text(key: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !key.is_empty() && key.bytes().all(bare) { key.to_owned() } else { quoted(key) }
}

fn write_table(map: &Map, to: &mut Text, path: &str, indent: usize, depth: u32) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let pad = "  ".repeat(indent);
    for (key, slot) in map.slots().iter().filter(|(_, slot)| !is_table(&slot.value) && !slot.value.is_nil()) {
        to.push_str(&pad);
        to.push_from(&key_text(key), slot.key);
        to.push_str(" = ");
        write_value(&slot.value, to, depth);
        to.push_str("\n");
    }
    for (key, slot) in map.slots().iter().filter(|(_, slot)| is_table(&slot.value)) {
        let path = if path.is_empty() { key_text(key) } else { format!("{path}.{}", key_text(key)) };
        let (many, open, close) = match &slot.value.data {
            Data::Map(map) => (vec![map.clone()], "[", "]"),
            _ => (tables(&slot.value).unwrap_or_default(), "[[", "]]"),
        };
        for table in many {
            if !to.is_empty() && indent == 0 {
                to.push_str("\n");
            }
            to.push_str(&format!("{pad}{open}"));
            to.push_from(&path, slot.key);
            to.push_str(&format!("{close}\n"));
            write_table(&table, to, &path, indent + 1, depth);
        }
    }
}

fn write_value(value: &Value, to: &mut Text, depth: u32) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match &value.data {
        Data::Text(text) => to.push(&text.became(quoted(text.as_str()))),
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            to.push_from(&format!("{number:.1}"), value.origin);
        }
        Data::Float(number) => to.push_from(&go::print(*number), value.origin),
        Data::List(items) => {
            to.push_str("[");
            for (index, item) in items.iter().enumerate() {
                to.push_str(if index > 0 { ", " } else { "" });
                write_value(item, to, depth);
            }
            to.push_str("]");
        }
        Data::Map(map) => {
            to.push_str("{");
            for (index, (key, slot)) in map.slots().iter().enumerate() {
                to.push_str(if index > 0 { ", " } else { "" });
                to.push_from(&key_text(key), slot.key);
                to.push_str(" = ");
                write_value(&slot.value, to, depth);
            }
            to.push_str("}");
        }
        _ => to.push(&value.printed("")),
    }
}

/// Reads TOML. All of it comes from all of the text.
pub(super) fn read(text: &Text) -> Result<Value, String> {
    let table = text.as_str().parse::<::toml::Table>().map_err(|error| error.message().to_owned())?;
    Ok(value(::toml::Value::Table(table), text, DEPTH))
}

fn value(toml: ::toml::Value, text: &Text, depth: u32) -> Value {
    let origin = text.origin();
    let Some(depth) = depth.checked_sub(1) else { return Data::Nil.into() };
    let data = match toml {
        ::toml::Value::String(string) => Data::Text(text.became(string)),
        ::toml::Value::Integer(number) => Data::Int64(number),
        ::toml::Value::Float(number) => Data::Float(number),
        ::toml::Value::Boolean(value) => Data::Bool(value),
        ::toml::Value::Datetime(moment) => Data::Text(text.became(moment.to_string())),
        ::toml::Value::Array(items) => {
            let items: Vec<Value> = items.into_iter().map(|item| value(item, text, depth)).collect();
            return Value { origin, ..items.into() };
        }
        ::toml::Value::Table(table) => {
            let map = Map::default();
            table.into_iter().for_each(|(key, item)| map.set(key, value(item, text, depth)));
            Data::Map(map)
        }
    };
    Value { data, origin }
}
