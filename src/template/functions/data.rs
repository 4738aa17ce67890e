//! Documents and codes: YAML, JSON, base64, hashes.
//!
//! Owns the text of values as YAML and JSON, which keeps the origins of scalars. The YAML is what go-yaml writes but for
//! the folding of long lines, which Argo CD and Helm turn off.

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use crate::source::{Source, SourceMap};
use crate::yaml::{self, Cursor, Limits, Schema, Typed};

use super::super::go;
use super::super::text::Text;
use super::super::value::{Data, Value};
use super::{Answer, Arguments, Scope};

/// Maps and lists in each other are written this deep.
const DEPTH: u32 = 64;

pub(super) fn call(scope: &Scope<'_>, name: &str, arguments: Arguments<'_>) -> Option<Answer> {
    Some(match name {
        "toYaml" => arguments.value(0).map(|value| to_yaml(value).into()),
        "fromYaml" | "fromJson" | "fromYamlArray" => arguments.text(0).map(|text| read(scope.map, text)),
        "toJson" => arguments.value(0).map(|value| to_json(value).into()),
        "b64enc" => arguments.text(0).map(|text| text.became(BASE64.encode(text.as_str().as_bytes())).into()),
        "b64dec" => arguments.text(0).map(decode),
        "sha256sum" => arguments.text(0).map(|text| {
            let hash = Sha256::digest(text.as_str().as_bytes());
            text.became(data_encoding::HEXLOWER.encode(&hash)).into()
        }),
        _ => return None,
    })
}

fn decode(text: &Text) -> Value {
    let bytes = BASE64.decode(text.as_str().as_bytes());
    let decoded = bytes
        .map_err(|error| error.to_string())
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| "it is no text".to_owned()));
    match decoded {
        Ok(decoded) => text.became(decoded).into(),
        Err(error) => Value::opaque(&format!("what is decoded: {error}")),
    }
}

/// The first document of a text; its scalars know where they were copied from through the pieces of the text.
fn read(map: &SourceMap, text: &Text) -> Value {
    let id = text.document(map);
    let source: &Source = map.source(id);
    let parsed = yaml::parse(source, id, Limits::default());
    if !parsed.problems.is_empty() {
        return Value::opaque("it is no YAML");
    }
    let Some(tree) = parsed.trees().next() else { return Data::Nil.into() };
    Value::read(Cursor::new(map, &tree))
}

fn to_json(value: &Value) -> Text {
    let mut json = Text::default();
    write_json(value, &mut json, DEPTH);
    json
}

fn write_json(value: &Value, to: &mut Text, depth: u32) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match &value.data {
        Data::Text(text) => to.push(&text.became(go::json_string(text.as_str()))),
        Data::Float(number) => to.push_from(&go::json(*number), value.origin),
        Data::List(items) => {
            to.push_str("[");
            for (index, item) in items.iter().enumerate() {
                to.push_str(if index > 0 { "," } else { "" });
                write_json(item, to, depth);
            }
            to.push_str("]");
        }
        Data::Map(map) => {
            to.push_str("{");
            for (index, (key, value)) in map.entries().iter().enumerate() {
                to.push_str(if index > 0 { "," } else { "" });
                to.push_str(&go::json_string(key));
                to.push_str(":");
                write_json(value, to, depth);
            }
            to.push_str("}");
        }
        _ => to.push(&value.printed("null")),
    }
}

/// A value as YAML, without the final line break.
pub fn to_yaml(value: &Value) -> Text {
    let mut yaml = Text::default();
    write_yaml(value, &mut yaml, 0, DEPTH);
    yaml
}

fn write_yaml(value: &Value, to: &mut Text, indent: usize, depth: u32) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let line = |to: &mut Text, indent: usize| {
        to.push_str("\n");
        to.push_str(&" ".repeat(indent));
    };
    match &value.data {
        Data::Text(text) => write_text(text, to, indent),
        Data::Float(number) => to.push_from(&go::json(*number), value.origin),
        Data::List(items) if items.is_empty() => to.push_str("[]"),
        Data::List(items) => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    line(to, indent);
                }
                to.push_str("- ");
                write_yaml(item, to, indent + 2, depth);
            }
        }
        Data::Map(map) if map.is_empty() => to.push_str("{}"),
        Data::Map(map) => {
            for (index, (key, value)) in map.entries().iter().enumerate() {
                if index > 0 {
                    line(to, indent);
                }
                write_text(&Text::made(key.as_str()), to, indent);
                to.push_str(":");
                match &value.data {
                    Data::Map(map) if !map.is_empty() => {
                        line(to, indent + 2);
                        write_yaml(value, to, indent + 2, depth);
                    }
                    // Items stand at the column of their key.
                    Data::List(items) if !items.is_empty() => {
                        line(to, indent);
                        write_yaml(value, to, indent, depth);
                    }
                    _ => {
                        to.push_str(" ");
                        write_yaml(value, to, indent + 2, depth);
                    }
                }
            }
        }
        _ => to.push(&value.printed("null")),
    }
}

/// Text as it stands where that is read back as the same text; else in single quotes, or with escapes.
fn write_text(text: &Text, to: &mut Text, indent: usize) {
    let string = text.as_str();
    let is_text = matches!(yaml::resolve(string, Schema::GoYamlV2), Typed::Str(_));
    let controls = |sign: char| sign.is_control() && sign != '\n';
    if string.contains(controls) || string.starts_with(['\n', ' ']) && string.contains('\n') || !is_text {
        to.push(&text.became(go::json_string(string)));
    } else if string.contains('\n') {
        let body = string.trim_end_matches('\n');
        to.push_str(match string.len() - body.len() {
            0 => "|-",
            1 => "|",
            _ => "|+",
        });
        let mut start = 0;
        for line in body.split('\n') {
            to.push_str("\n");
            to.push_str(&" ".repeat(if line.is_empty() { 0 } else { indent.max(2) }));
            to.push(&text.slice(start..start + line.len()));
            start += line.len() + 1;
        }
    } else if needs_quotes(string) {
        if string.contains('\'') {
            to.push(&text.became(format!("'{}'", string.replace('\'', "''"))));
        } else {
            to.push_str("'");
            to.push(text);
            to.push_str("'");
        }
    } else {
        to.push(text);
    }
}

fn needs_quotes(string: &str) -> bool {
    let indicator = |sign: char| "-?:".contains(sign);
    let mut signs = string.chars();
    let first = signs.next();
    let starts = match first {
        Some(sign) if indicator(sign) => signs.next().is_none_or(char::is_whitespace),
        Some(sign) => "#,[]{}&*!|>'\"%@`".contains(sign),
        None => true,
    };
    starts
        || string.contains(": ")
        || string.contains(" #")
        || string.ends_with(':')
        || string.starts_with(char::is_whitespace)
        || string.ends_with(char::is_whitespace)
        || string.starts_with("---")
}
