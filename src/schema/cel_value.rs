//! The value that rules in CEL call `self`: with the types and the defaults that its schema says, as the API server has
//! it when it evaluates them.

use std::sync::Arc;

use cel::objects::{Key, Map};

use crate::yaml::{Cursor, Schema, Typed};

use super::crd::flag;
use super::scalar::{Json, is_filled_in};

/// Deeper values are not looked into.
const DEPTH: u32 = 64;

/// Larger values are not handed to rules.
const VALUES: usize = 20_000;

/// A text counts as one value for each so many bytes.
const LETTERS: usize = 64;

/// A value with what has to be known about it.
pub struct Itself {
    /// The value.
    pub value: cel::Value,
    /// How many values are in it, where a long text counts as several.
    pub size: usize,
    /// The fields that are sets or maps written as lists, whose order does not count for the API server.
    pub unordered: Vec<String>,
}

/// `self` of the rules of a schema; nothing where it is not known what the API server makes of the value.
pub fn itself(value: Cursor<'_>, schema: Cursor<'_>, is_object: bool) -> Option<Itself> {
    let mut maker = Maker { size: 0, unordered: Vec::new(), is_object };
    let value = maker.value(value, schema, "self", DEPTH)?;
    Some(Itself { value, size: maker.size.max(2), unordered: maker.unordered })
}

struct Maker {
    size: usize,
    unordered: Vec<String>,
    /// Whether the value is an object of Kubernetes, whose status is not taken from a file.
    is_object: bool,
}

impl Maker {
    fn value(&mut self, value: Cursor<'_>, schema: Cursor<'_>, name: &str, depth: u32) -> Option<cel::Value> {
        let depth = depth.checked_sub(1)?;
        self.size += 1;
        if self.size > VALUES {
            return None;
        }
        if flag(schema, "x-kubernetes-int-or-string") {
            return self.scalar(value, "");
        }
        let kind = schema.get("type")?.text()?;
        match (&*kind, Json::of(value, Schema::GoYamlV2)) {
            ("object", Json::Object) => self.object(value, schema, depth),
            ("array", Json::List) => {
                let items = schema.get("items")?;
                if schema
                    .get("x-kubernetes-list-type")
                    .is_some_and(|kind| kind.text().as_deref() != Some("atomic"))
                {
                    self.unordered.push(name.to_owned());
                }
                let items: Option<Vec<cel::Value>> =
                    value.items().map(|item| self.value(item, items, "", depth)).collect();
                Some(cel::Value::List(Arc::new(items?)))
            }
            ("string", Json::Text) => {
                // These are no text in CEL.
                let format = schema.get("format").and_then(|format| format.text());
                let is_other =
                    |format: &str| ["date", "date-time", "duration", "byte", "binary"].contains(&format);
                if format.as_deref().is_some_and(is_other) { None } else { self.scalar(value, "string") }
            }
            ("integer" | "number" | "boolean", _) => self.scalar(value, &kind),
            _ => None,
        }
    }

    fn scalar(&mut self, value: Cursor<'_>, kind: &str) -> Option<cel::Value> {
        value.typed_as(Schema::GoYamlV2, |typed| {
            Some(match (typed, kind) {
                (Typed::Str(text), "" | "string") if !is_filled_in(text) => {
                    self.size += text.len() / LETTERS;
                    cel::Value::String(Arc::new(text.to_owned()))
                }
                (Typed::Bool(value), "boolean") => cel::Value::Bool(value),
                (Typed::Int(value), "" | "integer") => cel::Value::Int(value),
                (Typed::Int(value), "number") => cel::Value::Float(value as f64),
                (Typed::Float(value), "number") => cel::Value::Float(value),
                _ => return None,
            })
        })?
    }

    fn object(&mut self, value: Cursor<'_>, schema: Cursor<'_>, depth: u32) -> Option<cel::Value> {
        let mut fields = Vec::new();
        let properties = schema.get("properties").filter(|properties| properties.is_map());
        let Some(properties) = properties else {
            // Of what a schema does not describe rules see nothing.
            let values = schema.get("additionalProperties").filter(|values| values.is_map());
            let Some(values) = values else { return Some(map(fields)) };
            for entry in value.entries() {
                let key = entry.key.text().filter(|key| !is_filled_in(key))?.into_owned();
                fields.push((key, self.value(entry.value, values, "", depth)?));
            }
            return Some(map(fields));
        };
        let is_object = std::mem::take(&mut self.is_object);
        for property in properties.entries() {
            let name = property.key.text()?;
            match &*name {
                "status" if is_object => continue,
                "metadata" if is_object || flag(schema, "x-kubernetes-embedded-resource") => {
                    fields.push(("metadata".to_owned(), metadata(value)?));
                    continue;
                }
                _ => {}
            }
            if property.value.get("type").is_none() && !flag(property.value, "x-kubernetes-int-or-string") {
                continue;
            }
            let set = value.get(&name).filter(|set| !set.is_null());
            let Some(from) = set.or_else(|| property.value.get("default")) else {
                // Kept by some definitions, and dropped by others.
                if value.get(&name).is_some() && flag(property.value, "nullable") {
                    return None;
                }
                continue;
            };
            let key = escaped(&name);
            fields.push((key.clone(), self.value(from, property.value, &key, depth)?));
        }
        // What a template makes of a key is not known.
        let is_template = |key: &str| key == "<<" || is_filled_in(key);
        let mut has_template = false;
        value.for_each_entry(|entry| has_template |= entry.key.text().is_some_and(|key| is_template(&key)));
        (!has_template).then(|| map(fields))
    }
}

/// What rules see of the metadata of an object.
fn metadata(object: Cursor<'_>) -> Option<cel::Value> {
    let mut fields = Vec::new();
    for name in ["name", "generateName"] {
        let Some(value) = object.path(&["metadata", name]) else { continue };
        let text = value.text().filter(|text| !is_filled_in(text))?;
        fields.push((name.to_owned(), cel::Value::String(Arc::new(text.into_owned()))));
    }
    Some(map(fields))
}

#[expect(clippy::disallowed_types, reason = "what the crate takes; nobody asks for its order")]
fn map(fields: Vec<(String, cel::Value)>) -> cel::Value {
    let fields = fields.into_iter().map(|(name, value)| (Key::String(Arc::new(name)), value));
    cel::Value::Map(Map { map: Arc::new(fields.collect::<std::collections::HashMap<_, _>>()) })
}

/// A field as rules have to write it.
fn escaped(name: &str) -> String {
    const RESERVED: [&str; 17] = [
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
    ];
    if RESERVED.contains(&name) || ["return", "var", "void", "while"].contains(&name) {
        return format!("__{name}__");
    }
    if !name.contains("__") && !name.contains(['.', '-', '/']) {
        return name.to_owned();
    }
    name.replace("__", "__underscores__")
        .replace('.', "__dot__")
        .replace('-', "__dash__")
        .replace('/', "__slash__")
}
