//! Content hashes in the names of generated objects.
//!
//! Owns the hash of Kustomize's `api/hasher`: SHA-256 over JSON as Go writes it. One byte of difference makes another
//! name, so the JSON is written here and not by a library.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::source::{Input, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Schema, Typed};

use super::error::Result;
use super::resource::Resource;
use super::stage::Stage;

/// Appends the hash to the names of the objects that want one.
pub(in crate::render) fn add_hashes(stage: &Stage<'_>, resources: &mut [Resource]) -> Result<()> {
    for resource in resources.iter_mut().filter(|resource| resource.needs_hash) {
        let map = stage.map;
        let root = resource.root(map);
        let Some(text) = content(root) else { continue };
        let Some(name) = root.path(&["metadata", "name"]) else { continue };
        let (span, step) = (name.span(), name.step());
        let old = name.text().unwrap_or_default().into_owned();
        let suffix = format!("-{}", hash(&text));
        let mut inputs = vec![Input::value(span, step), Input::control(resource.origin, StepId::PARSED)];
        let data = ["data", "binaryData", "stringData", "type"].into_iter().filter_map(|field| root.get(field));
        let parts = data.flat_map(|data| {
            let values = data.entries().into_iter().flat_map(|entry| [entry.key, entry.value]);
            values.chain(std::iter::once(data))
        });
        inputs.extend(parts.map(|part| Input::control(part.span(), part.step())));
        let step = stage.step(StepKind::Hash, resource.origin, &inputs, step);
        let text = map.compose(&[(&old, Some((span, name.step()))), (&suffix, None)]);
        resource.remember_id();
        resource.change(map, |draft| {
            let name = draft.path_mut(map, &["metadata", "name"])?;
            *name = Draft::text(text, step);
            Some(())
        });
    }
    Ok(())
}

/// Kustomize asks for the name under the single key `metadata/name`, finds none, and hashes an empty one.
const NAME: &[&str] = &["metadata/name"];

/// What is hashed: the JSON of some fields, keys sorted. `None` for kinds that no generator makes.
fn content(root: Cursor<'_>) -> Option<String> {
    let kind = root.get("kind")?.text()?;
    let fields: &[(&str, &[&str], bool)] = match &*kind {
        "ConfigMap" => &[
            ("binaryData", &["binaryData"], true),
            ("data", &["data"], false),
            ("kind", &["kind"], false),
            ("name", NAME, false),
        ],
        "Secret" => &[
            ("data", &["data"], false),
            ("kind", &["kind"], false),
            ("name", NAME, false),
            ("stringData", &["stringData"], true),
            ("type", &["type"], false),
        ],
        _ => return None,
    };
    let mut json = String::from("{");
    for (name, path, only_maps) in fields {
        let value = root.path(path);
        if *only_maps && value.is_none_or(|value| !value.is_map()) {
            continue;
        }
        if json.len() > 1 {
            json.push(',');
        }
        push_string(&mut json, name);
        json.push(':');
        match value {
            None => json.push_str("\"\""),
            Some(value) => match value.text() {
                Some(text) => push_string(&mut json, &text),
                None => push_value(&mut json, value),
            },
        }
    }
    json.push('}');
    Some(json)
}

fn push_value(json: &mut String, value: Cursor<'_>) {
    if value.is_map() {
        let mut entries = value.entries();
        entries.sort_by_key(|entry| entry.key.text().map(|key| key.into_owned()));
        json.push('{');
        for (index, entry) in entries.iter().enumerate() {
            if index > 0 {
                json.push(',');
            }
            push_string(json, &entry.key.text().unwrap_or_default());
            json.push(':');
            push_value(json, entry.value);
        }
        json.push('}');
        return;
    }
    if value.is_seq() {
        json.push('[');
        for (index, item) in value.items().enumerate() {
            if index > 0 {
                json.push(',');
            }
            push_value(json, item);
        }
        json.push(']');
        return;
    }
    value.typed_as(Schema::GoYamlV3, |typed| match typed {
        Typed::Null => json.push_str("null"),
        Typed::Bool(value) => json.push_str(if value { "true" } else { "false" }),
        Typed::Int(value) => push_float(json, value as f64),
        Typed::Uint(value) => push_float(json, value as f64),
        Typed::Float(value) => push_float(json, value),
        Typed::Str(text) => push_string(json, text),
    });
}

/// A number after it went through `float64`, as Go prints it.
fn push_float(json: &mut String, value: f64) {
    let size = value.abs();
    let plain = size == 0.0 || (1e-6..1e21).contains(&size);
    let _ = if plain { write!(json, "{value}") } else { write!(json, "{value:e}") };
}

/// A string as Go's `encoding/json` writes it, HTML's special characters escaped.
fn push_string(json: &mut String, text: &str) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(json, "\\u{:04x}", character as u32);
            }
            other => json.push(other),
        }
    }
    json.push('"');
}

/// The first ten hexadecimal digits, without those that could make a word.
fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]).take(10);
    digits.map(|digit| char::from(b"gh2k456789mbcdtf"[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_written_as_go_does() {
        let mut json = String::new();
        push_string(&mut json, "a<b>&\"\\\n\u{1}\u{2028}ü");
        assert_eq!(json, r#""a\u003cb\u003e\u0026\"\\\n\u0001\u2028ü""#);
    }
}
