//! The JSON schema of the configuration and its reference page, both from the declaration of the file.

use std::fmt::Write as _;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::finding::RuleRef;

use super::Config;

/// The JSON schema of `plimsoll.yaml`, with the names of these rules for completion in editors.
pub fn schema(rules: &[RuleRef]) -> Value {
    // Draft 7 is what the YAML language server and SchemaStore read.
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Config>();
    let mut schema = schema.to_value();
    schema["title"] = json!("plimsoll configuration");
    let mut names: Vec<&str> = rules.iter().map(|rule| rule.name.as_ref()).collect();
    let mut tags: Vec<String> =
        rules.iter().flat_map(|rule| rule.tags.iter().map(|tag| format!("tag:{tag}"))).collect();
    let mut ids: Vec<&str> =
        rules.iter().flat_map(|rule| rule.aliases.iter().map(|alias| alias.id.as_ref())).collect();
    names.sort_unstable();
    tags.sort_unstable();
    tags.dedup();
    ids.sort_unstable();
    ids.dedup();
    let mut choices = vec![json!({ "description": "A rule.", "enum": names })];
    choices.push(json!({ "description": "Rules by name.", "pattern": r"[*?\[{]" }));
    if !tags.is_empty() {
        choices.push(json!({ "description": "Rules by topic.", "enum": tags }));
    }
    if !ids.is_empty() {
        choices.push(json!({ "description": "Rules by another tool's id.", "enum": ids }));
    }
    schema["definitions"]["Selector"]["anyOf"] = Value::Array(choices);
    schema
}

/// The reference of the configuration in Markdown, made from its schema.
pub fn documentation(schema: &Value) -> String {
    let mut page = "<!-- Made from src/config/file.rs; do not edit. -->\n\n# Configuration\n\n".to_owned();
    page.push_str(description(schema));
    page.push_str("\n\n## Keys\n\n");
    keys(schema, &mut page);
    let definitions = schema["definitions"].as_object();
    for (name, definition) in definitions.into_iter().flatten() {
        let _ = writeln!(page, "\n## {name}\n\n{}\n", description(definition));
        if definition["properties"].is_object() {
            keys(definition, &mut page);
        } else {
            words(definition, &mut page);
        }
    }
    page
}

fn description(schema: &Value) -> &str {
    schema["description"].as_str().unwrap_or_default()
}

/// A table of the keys of a mapping.
fn keys(schema: &Value, page: &mut String) {
    page.push_str("| key | value | default | |\n|---|---|---|---|\n");
    let empty = Map::new();
    let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (key, property) in schema["properties"].as_object().unwrap_or(&empty) {
        let value = kind(property).replace('|', "\\|");
        let default = match &property["default"] {
            _ if required.iter().any(|name| name == key.as_str()) => "required".to_owned(),
            Value::Null => String::new(),
            // Nothing is what every list is when it is not given.
            Value::Array(items) if items.is_empty() => String::new(),
            Value::Object(entries) if entries.is_empty() => String::new(),
            default => format!("`{}`", default.as_str().map_or_else(|| default.to_string(), str::to_owned)),
        };
        let text = description(property).replace('\n', " ");
        let _ = writeln!(page, "| `{key}` | {value} | {default} | {text} |");
    }
}

/// The words of an enumeration with what they mean.
fn words(definition: &Value, page: &mut String) {
    let variants = definition["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    for variant in variants {
        if let Some(word) = variant["const"].as_str() {
            let _ = writeln!(page, "- `{word}`: {}", description(variant));
        }
    }
}

/// What a value is, in words.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    for choice in ["anyOf", "allOf", "oneOf"] {
        if let Some(choices) = schema[choice].as_array() {
            let some = choices.iter().filter(|choice| choice["type"] != "null");
            let kinds: Vec<String> = some.map(kind).collect();
            return kinds.join(" or ");
        }
    }
    let types = match &schema["type"] {
        Value::Array(types) => {
            types.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect()
        }
        Value::String(kind) => vec![kind.as_str()],
        _ => Vec::new(),
    };
    let words = types.into_iter().map(|kind_name| match kind_name {
        "array" => format!("list of {}", kind(&schema["items"])),
        "object" if schema["propertyNames"].is_object() => format!(
            "mapping from {} to {}",
            kind(&schema["propertyNames"]),
            kind(&schema["additionalProperties"])
        ),
        "object" if schema["additionalProperties"].is_object() => "mapping of texts".to_owned(),
        "boolean" => "`true` or `false`".to_owned(),
        "integer" | "number" => "number".to_owned(),
        "string" if schema["format"] == "date" => "date".to_owned(),
        "string" => "text".to_owned(),
        other => other.to_owned(),
    });
    words.collect::<Vec<_>>().join(" or ")
}
