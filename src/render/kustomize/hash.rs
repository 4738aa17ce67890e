//! Content hashes in the names of generated objects.
//!
//! Owns what is hashed (Kustomize's `api/hasher`): JSON as Go writes it. One byte of difference makes another name.

use sha2::{Digest, Sha256};

use crate::render::{Event, EventKind, Gap};
use crate::source::{Input, SourceMap, StepId, StepKind};
use crate::yaml::{Cursor, Draft, Flags, Schema, Style, Timestamp, Typed};

use super::error::Result;
use super::go;
use super::resource::Resource;
use super::stage::Stage;

/// Appends the hash to the names of the objects that want one.
pub(in crate::render) fn add_hashes(stage: &mut Stage<'_>, resources: &mut [Resource]) -> Result<()> {
    let map = stage.map;
    for resource in resources.iter_mut().filter(|resource| resource.needs_hash) {
        let root = resource.root(map);
        let Some(content) = Content::of(&resource.id.gvk.kind) else {
            stage.events.push(unknown(resource));
            continue;
        };
        let Some(name) = root.path(&["metadata", "name"]) else { continue };
        let suffix = format!("-{}", hash(&content.json(root)));
        let step = stage.step(StepKind::Hash, resource.origin, &inputs(map, resource, name), name.step());
        let text = name.text().unwrap_or_default();
        let text = map.compose(&[(&text, Some((name.span(), name.step()))), (&suffix, None)]);
        resource.remember_id();
        resource.change(map, |draft| {
            if let Some(name) = draft.path_mut(map, &["metadata", "name"]) {
                *name = Draft::text(text, step);
            }
        });
    }
    Ok(())
}

/// Of a generated object whose kind a patch has changed Kustomize hashes its parser's nodes, line numbers and all.
fn unknown(resource: &Resource) -> Event {
    let message = format!("the content hash in the name of {} is not known", resource.id);
    Event::new(EventKind::NotRendered(Gap::ContentHash), resource.origin, message)
}

/// What decides about the hash: everything that is hashed, and what was taken away.
fn inputs(map: &SourceMap, resource: &Resource, name: Cursor<'_>) -> Vec<Input> {
    let root = resource.root(map);
    let mut inputs =
        vec![Input::value(name.span(), name.step()), Input::control(resource.origin, StepId::PARSED)];
    let control = |at: Cursor<'_>| Input::control(at.span(), at.step());
    for field in ["data", "binaryData", "stringData", "type"].into_iter().filter_map(|field| root.get(field))
    {
        inputs.push(control(field));
        inputs
            .extend(field.entries().into_iter().flat_map(|entry| [control(entry.key), control(entry.value)]));
        // Values of data are scalars, if all is well.
        let deeper = field.entries().into_iter().filter(|entry| entry.value.text().is_none());
        inputs.extend(deeper.flat_map(|entry| entry.value.scalars().map(control)));
    }
    for removal in &resource.removed {
        inputs.extend(map.step(removal.step).map(|step| Input::control(step.entry, removal.step)));
    }
    inputs
}

/// The fields of a kind that are hashed, in the order of JSON.
struct Content {
    kind: &'static str,
    /// Each with whether it counts only when it is no scalar.
    fields: &'static [(&'static str, bool)],
}

/// Stands for the name. Kustomize asks for it under the single key `metadata/name`, finds none, and hashes an empty
/// one.
const NAME: &str = "metadata/name";

impl Content {
    fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "ConfigMap" => Self {
                kind: "ConfigMap",
                fields: &[("binaryData", true), ("data", false), ("kind", false), (NAME, false)],
            },
            "Secret" => Self {
                kind: "Secret",
                fields: &[
                    ("data", false),
                    ("kind", false),
                    (NAME, false),
                    ("stringData", true),
                    ("type", false),
                ],
            },
            _ => return None,
        })
    }

    fn json(&self, root: Cursor<'_>) -> String {
        let mut json = String::from("{");
        for &(field, only_collection) in self.fields {
            let value = root.get(field);
            if only_collection && value.is_none_or(|value| value.text().is_some()) {
                continue;
            }
            if json.len() > 1 {
                json.push(',');
            }
            json.push_str(&go::json_string(if field == NAME { "name" } else { field }));
            json.push(':');
            match value {
                _ if field == "kind" => json.push_str(&go::json_string(self.kind)),
                None => json.push_str("\"\""),
                // Only the text of a scalar counts, not its type; only a mapping is decoded from anything else.
                Some(value) if value.is_map() => push_value(&mut json, value),
                Some(value) if value.is_seq() => json.push_str("null"),
                // Only a JSON patch leaves a null, and writes it this way.
                Some(value) if value.is_null() => json.push_str("\"null\""),
                Some(value) => json.push_str(&go::json_string(&value.text().unwrap_or_default())),
            }
        }
        json.push('}');
        json
    }
}

fn push_value(json: &mut String, value: Cursor<'_>) {
    if value.is_map() {
        let mut entries: Vec<_> = value.entries().into_iter().map(|it| (it.key.text(), it.value)).collect();
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (index, (key, value)) in entries.into_iter().enumerate() {
            json.push(if index == 0 { '{' } else { ',' });
            json.push_str(&go::json_string(&key.unwrap_or_default()));
            json.push(':');
            push_value(json, value);
        }
        json.push_str(if value.node().aux == 0 { "{}" } else { "}" });
    } else if value.is_seq() {
        for (index, item) in value.items().enumerate() {
            json.push(if index == 0 { '[' } else { ',' });
            push_value(json, item);
        }
        json.push_str(if value.node().aux == 0 { "[]" } else { "]" });
    } else {
        json.push_str(&scalar(value));
    }
}

/// A scalar, which has gone through YAML and JSON once. All numbers are floating point by then.
fn scalar(value: Cursor<'_>) -> String {
    let typed = value.typed_as(Schema::GoYamlV3, |typed| match typed {
        Typed::Null => "null".to_owned(),
        Typed::Bool(value) => value.to_string(),
        Typed::Int(value) => go::json(value as f64),
        Typed::Uint(value) => go::json(value as f64),
        Typed::Float(value) => go::json(value),
        Typed::Str(text) => {
            let is_plain = value.node().style == Style::Plain && !value.node().flags.has(Flags::TEXT);
            let time = Timestamp::parse(text).filter(|_| is_plain && value.tag().is_none());
            go::json_string(time.and_then(|time| time.json()).as_deref().unwrap_or(text))
        }
    });
    typed.unwrap_or_default()
}

/// The first ten hexadecimal digits, without those that could make a word.
fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]).take(10);
    digits.map(|digit| char::from(b"gh2k456789mbcdtf"[usize::from(digit)])).collect()
}
