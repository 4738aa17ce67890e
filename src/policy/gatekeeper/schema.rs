//! The schema of a constraint's parameters: their defaults, and what does not fit.
//!
//! Owns what the API server does with a structural schema, as far as templates use it. Must not know constraints.

use std::collections::BTreeMap;

use regex::Regex;

use crate::rego::Value;
use crate::template::go_regex;

use super::value::{get, items, object, text};

/// Schemas and values are followed this deep.
const DEPTH: u32 = 64;
/// Characters of a pattern that somebody reads.
const SHOWN: usize = 200;

/// `openAPIV3Schema` of a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schema {
    root: Value,
    /// Fields that nobody declared stay (`legacySchema`).
    keeps_unknown: bool,
}

/// What does not fit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Misfit {
    /// Names of fields, and indices, from the parameters on.
    pub path: Vec<String>,
    /// One sentence without a full stop.
    pub message: String,
}

impl Schema {
    /// A schema as it is written.
    pub fn new(root: Value, keeps_unknown: bool) -> Self {
        Self { root, keeps_unknown }
    }

    /// The value with the defaults of what it does not set.
    pub fn defaulted(&self, value: Value) -> Value {
        defaulted(value, &self.root, DEPTH)
    }

    /// The value where none is written: the default of the schema itself.
    pub fn defaulted_when_absent(&self) -> Value {
        get(&self.root, "default").map_or_else(|| object([]), |default| self.defaulted(default.clone()))
    }

    /// What of a value does not fit.
    pub fn misfits(&self, value: &Value) -> Vec<Misfit> {
        let mut check = Check { path: Vec::new(), found: Vec::new(), keeps_unknown: self.keeps_unknown };
        check.value(value, &self.root, DEPTH);
        check.found
    }
}

/// As the API server does it: defaults fill in what is absent or null, and what may not be null and has no default is
/// dropped. An object that is absent gets no defaults of its fields.
fn defaulted(value: Value, schema: &Value, depth: u32) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return value };
    if let Ok(fields) = value.as_object() {
        let mut made: BTreeMap<Value, Value> = BTreeMap::new();
        for (name, field) in fields.iter() {
            let schema = property(schema, name);
            let default = schema.and_then(|schema| get(schema, "default"));
            match (field, schema) {
                (Value::Null, Some(schema)) if !is_true(schema, "nullable") => {
                    if let Some(default) = default {
                        made.insert(name.clone(), defaulted(default.clone(), schema, depth));
                    }
                }
                (_, Some(schema)) => drop(made.insert(name.clone(), defaulted(field.clone(), schema, depth))),
                (_, None) => drop(made.insert(name.clone(), field.clone())),
            }
        }
        let properties = get(schema, "properties").and_then(|properties| properties.as_object().ok());
        for (name, schema) in properties.into_iter().flat_map(|properties| properties.iter()) {
            if let (None, Some(default)) = (fields.get(name), get(schema, "default")) {
                made.insert(name.clone(), defaulted(default.clone(), schema, depth));
            }
        }
        return made.into();
    }
    match get(schema, "items") {
        Some(schema) if matches!(value, Value::Array(_)) => {
            items(&value).map(|item| defaulted(item.clone(), schema, depth)).collect::<Vec<_>>().into()
        }
        _ => value,
    }
}

/// The schema of a field.
fn property<'s>(schema: &'s Value, name: &Value) -> Option<&'s Value> {
    let declared = get(schema, "properties").and_then(|properties| properties.as_object().ok()?.get(name));
    declared.or_else(|| get(schema, "additionalProperties").filter(|schema| schema.as_object().is_ok()))
}

fn is_true(schema: &Value, keyword: &str) -> bool {
    get(schema, keyword) == Some(&Value::Bool(true))
}

struct Check {
    path: Vec<String>,
    found: Vec<Misfit>,
    keeps_unknown: bool,
}

impl Check {
    fn value(&mut self, value: &Value, schema: &Value, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        if *value == Value::Null {
            // Dropped before anybody looks; only the API server's `nullable` would keep it.
            return;
        }
        if let Some(expected) = expected(value, schema) {
            return self.report(format!("must be {expected}"));
        }
        if get(schema, "enum").is_some_and(|list| !items(list).any(|item| item == value)) {
            let list: Vec<String> = get(schema, "enum").into_iter().flat_map(items).map(shown).collect();
            self.report(format!("must be one of {}", list.join(", ")));
        }
        self.size(value, schema);
        if let Ok(fields) = value.as_object() {
            let required = get(schema, "required").into_iter().flat_map(items);
            for name in required.filter(|name| fields.get(name).is_none_or(|value| *value == Value::Null)) {
                self.report(format!("must have `{}`", text(name).unwrap_or_default()));
            }
            let keeps = self.keeps_unknown
                || is_true(schema, "x-kubernetes-preserve-unknown-fields")
                || get(schema, "additionalProperties").is_some();
            for (name, field) in fields.iter() {
                self.path.push(text(name).unwrap_or_default().to_owned());
                match property(schema, name) {
                    Some(schema) => self.value(field, schema, depth),
                    None if !keeps => self.report("is no field of the template's schema".to_owned()),
                    None => {}
                }
                self.path.pop();
            }
        }
        if let Some(schema) = get(schema, "items") {
            for (index, item) in items(value).enumerate() {
                self.path.push(index.to_string());
                self.value(item, schema, depth);
                self.path.pop();
            }
        }
        self.combined(value, schema, depth);
    }

    /// Limits on numbers, texts and lists.
    fn size(&mut self, value: &Value, schema: &Value) {
        let limit = |keyword: &str| get(schema, keyword).and_then(|limit| limit.as_f64().ok());
        let size = match value {
            Value::Number(_) => value.as_f64().ok().map(|number| ("minimum", "maximum", number)),
            Value::String(text) => Some(("minLength", "maxLength", text.chars().count() as f64)),
            Value::Array(items) => Some(("minItems", "maxItems", items.len() as f64)),
            Value::Object(fields) => Some(("minProperties", "maxProperties", fields.len() as f64)),
            _ => None,
        };
        if let Some((least, most, size)) = size {
            let is_exclusive = |keyword: &str| matches!(value, Value::Number(_)) && is_true(schema, keyword);
            if let Some(limit) = limit(least)
                && (size < limit || is_exclusive("exclusiveMinimum") && size <= limit)
            {
                self.report(format!("is below its `{least}`, {limit}"));
            }
            if let Some(limit) = limit(most)
                && (size > limit || is_exclusive("exclusiveMaximum") && size >= limit)
            {
                self.report(format!("is above its `{most}`, {limit}"));
            }
        }
        if let (Some(text), Some(pattern)) = (text(value), get(schema, "pattern").and_then(text))
            // What only Go understands is not checked.
            && Regex::new(&go_regex::translate(pattern)).is_ok_and(|regex| !regex.is_match(text))
        {
            let shown: String = pattern.chars().take(SHOWN).collect();
            let more = if shown.len() < pattern.len() { "…" } else { "" };
            self.report(format!("must match `{shown}{more}`"));
        }
    }

    /// `allOf`, `anyOf`, `oneOf`, `not`: of a structural schema they only restrict.
    fn combined(&mut self, value: &Value, schema: &Value, depth: u32) {
        let fits = |schema: &Value| {
            let mut check = Check { path: Vec::new(), found: Vec::new(), keeps_unknown: true };
            check.value(value, schema, depth);
            check.found.is_empty()
        };
        let fitting =
            |keyword: &str| get(schema, keyword).map(|list| items(list).filter(|&one| fits(one)).count());
        for one in get(schema, "allOf").into_iter().flat_map(items) {
            let keeps = std::mem::replace(&mut self.keeps_unknown, true);
            self.value(value, one, depth);
            self.keeps_unknown = keeps;
        }
        if fitting("anyOf") == Some(0) {
            self.report("must fit a schema of `anyOf`".to_owned());
        }
        if fitting("oneOf").is_some_and(|count| count != 1) {
            self.report("must fit exactly one schema of `oneOf`".to_owned());
        }
        if get(schema, "not").is_some_and(fits) {
            self.report("must not fit the schema of `not`".to_owned());
        }
    }

    fn report(&mut self, message: String) {
        self.found.push(Misfit { path: self.path.clone(), message });
    }
}

/// The type a value should have, when it has another one.
fn expected<'s>(value: &Value, schema: &'s Value) -> Option<&'s str> {
    let is_integer = value.as_i64().is_ok() || value.as_u64().is_ok();
    if is_true(schema, "x-kubernetes-int-or-string") {
        return (!is_integer && !matches!(value, Value::String(_))).then_some("an integer or a string");
    }
    let (fits, expected) = match get(schema, "type").and_then(text)? {
        "object" => (value.as_object().is_ok(), "an object"),
        "array" => (matches!(value, Value::Array(_)), "an array"),
        "string" => (matches!(value, Value::String(_)), "a string"),
        "boolean" => (matches!(value, Value::Bool(_)), "a boolean"),
        "integer" => (is_integer, "an integer"),
        "number" => (matches!(value, Value::Number(_)), "a number"),
        _ => return None,
    };
    (!fits).then_some(expected)
}

fn shown(value: &Value) -> String {
    value.to_json_str().unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        Value::from_json_str(text).unwrap()
    }

    #[test]
    fn defaults_are_those_of_the_api_server() {
        let schema = Schema::new(
            value(
                r#"{"properties": {"a": {"default": 1}, "o": {"properties": {"b": {"default": "x"}}},
                "l": {"items": {"properties": {"c": {"default": true}}}}, "n": {"nullable": true, "default": 2},
                "m": {"additionalProperties": {"properties": {"d": {"default": 3}}}}, "p": {"default": {}, "properties": {"e": {"default": 4}}}}}"#,
            ),
            false,
        );
        let cases = [
            ("{}", r#"{"a": 1, "n": 2, "p": {"e": 4}}"#),
            (
                r#"{"o": {}, "a": null, "n": null, "p": {"e": 5}}"#,
                r#"{"a": 1, "n": null, "o": {"b": "x"}, "p": {"e": 5}}"#,
            ),
            (
                r#"{"l": [{}, {"c": false}], "m": {"k": {}}, "n": 0, "o": null, "p": null}"#,
                r#"{"a": 1, "l": [{"c": true}, {"c": false}], "m": {"k": {"d": 3}}, "n": 0, "p": {"e": 4}}"#,
            ),
        ];
        for (given, expected) in cases {
            assert_eq!(schema.defaulted(value(given)), value(expected), "{given}");
        }
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let schema = Schema::new(
            value(
                r#"{"type": "object", "required": ["r"], "properties": {"r": {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "^a"}},
                "e": {"enum": ["x", "y"]}, "i": {"type": "integer", "minimum": 1}, "s": {"x-kubernetes-int-or-string": true},
                "o": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                "y": {"anyOf": [{"type": "string"}, {"required": ["k"]}], "additionalProperties": true}}}"#,
            ),
            false,
        );
        let cases = [
            (r#"{"r": ["a"]}"#, ""),
            (r#"{"r": ["a"], "s": "1", "o": {"any": 1}, "y": {"k": 1}, "e": "y", "i": 1}"#, ""),
            ("{}", ": must have `r`"),
            (r#"{"r": []}"#, "r: is below its `minItems`, 1"),
            (r#"{"r": ["b"]}"#, "r.0: must match `^a`"),
            (r#"{"r": "a"}"#, "r: must be an array"),
            (r#"{"r": ["a"], "e": "z"}"#, "e: must be one of \"x\", \"y\""),
            (r#"{"r": ["a"], "i": 0}"#, "i: is below its `minimum`, 1"),
            (r#"{"r": ["a"], "i": 1.5}"#, "i: must be an integer"),
            (r#"{"r": ["a"], "s": 1.5}"#, "s: must be an integer or a string"),
            (r#"{"r": ["a"], "u": 1}"#, "u: is no field of the template's schema"),
            (r#"{"r": ["a"], "y": {}}"#, "y: must fit a schema of `anyOf`"),
        ];
        for (given, expected) in cases {
            let found: Vec<String> = schema
                .misfits(&value(given))
                .iter()
                .map(|m| format!("{}: {}", m.path.join("."), m.message))
                .collect();
            assert_eq!(found.join("; "), expected, "{given}");
        }
    }
}
