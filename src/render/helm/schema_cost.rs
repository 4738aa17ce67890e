//! Whether comparing values with a schema comes to an end, and soon: schemas may refer to themselves, and what refers twice to
//! what refers twice doubles at each step.
//!
//! Owns counting what a validator would do, without doing it. Must not know what a schema demands.

use rustc_hash::FxHashMap;
use serde_json::Value;

/// A validator may look at so many pairs of a schema and a value.
const PAIRS: u64 = 1 << 20;
/// Schemas and values lead so deep into each other, and not deeper.
const DEPTH: u32 = 256;

/// Keywords whose schemas, alone or in a list, are about the same value.
const IN_PLACE: [&str; 7] = ["allOf", "anyOf", "oneOf", "not", "if", "then", "else"];
/// Keywords with schemas by name. Elsewhere what stands by name is a keyword, whatever fields are called.
const NAMED: [&str; 2] = ["dependencies", "dependentSchemas"];
/// Keywords whose schema is about each item or each field, or their names.
const BELOW: [&str; 7] = [
    "additionalItems",
    "additionalProperties",
    "contains",
    "items",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Whether a validator is done with a value after a bounded number of steps. References that are not plain pointers into
/// the schema are none that can be counted.
pub(super) fn is_bounded(schema: &Value, instance: &Value) -> bool {
    let mut counted = Counted { root: schema, id: text(schema, "$id"), known: FxHashMap::default() };
    counted.count(schema, instance, 0).is_some_and(|steps| steps <= PAIRS)
}

fn is_fragment(id: &Value) -> bool {
    id.as_str().is_some_and(|id| id.starts_with('#'))
}

struct Counted<'s> {
    root: &'s Value,
    id: Option<&'s str>,
    /// The steps for a schema and a value by where they lie; `None` while they are counted.
    known: FxHashMap<(usize, usize), Option<u64>>,
}

impl<'s> Counted<'s> {
    /// The steps; `None` when they have no end, or are too many to be counted.
    fn count(&mut self, schema: &'s Value, instance: &'s Value, depth: u32) -> Option<u64> {
        let Value::Object(keywords) = schema else { return Some(1) };
        if depth > DEPTH || self.known.len() as u64 > PAIRS {
            return None;
        }
        let pair = (std::ptr::from_ref(schema).addr(), std::ptr::from_ref(instance).addr());
        if let Some(known) = self.known.get(&pair) {
            // A schema that comes back to itself with the same value never ends.
            return *known;
        }
        self.known.insert(pair, None);
        let mut steps: u64 = 1;
        for (keyword, below) in keywords {
            let more = match keyword.as_str() {
                "$ref" => self.count(self.target(below)?, instance, depth + 1)?,
                "$anchor" | "$dynamicRef" | "$recursiveRef" => return None,
                // A fragment names a place, as generators write it; anything else changes what references mean.
                "$id" if !std::ptr::eq(schema, self.root) && !is_fragment(below) => return None,
                "properties" => self.fields(below, instance, depth)?,
                "prefixItems" => self.each(below, instance, depth)?,
                "patternProperties" => self.each_named(below, instance, depth, Self::children)?,
                name if NAMED.contains(&name) => self.each_named(below, instance, depth, Self::each)?,
                name if IN_PLACE.contains(&name) => self.each(below, instance, depth)?,
                name if BELOW.contains(&name) => self.children(below, instance, depth)?,
                _ => 0,
            };
            steps = steps.saturating_add(more);
        }
        self.known.insert(pair, Some(steps));
        Some(steps)
    }

    /// `properties`: each is about the field of its name.
    fn fields(&mut self, schemas: &'s Value, instance: &'s Value, depth: u32) -> Option<u64> {
        let (Value::Object(schemas), Value::Object(fields)) = (schemas, instance) else { return Some(0) };
        let mut steps: u64 = 0;
        for (name, value) in fields {
            if let Some(schema) = schemas.get(name) {
                steps = steps.saturating_add(self.count(schema, value, depth + 1)?);
            }
        }
        Some(steps)
    }

    /// One schema or several, for each part of a value.
    fn children(&mut self, schemas: &'s Value, instance: &'s Value, depth: u32) -> Option<u64> {
        let mut steps: u64 = 0;
        let mut add = |part: &'s Value| -> Option<()> {
            steps = steps.saturating_add(self.each(schemas, part, depth)?);
            Some(())
        };
        match instance {
            Value::Object(fields) => fields.values().try_for_each(&mut add)?,
            Value::Array(items) => items.iter().try_for_each(&mut add)?,
            _ => {}
        }
        Some(steps)
    }

    /// One schema, or those of a list.
    fn each(&mut self, schemas: &'s Value, instance: &'s Value, depth: u32) -> Option<u64> {
        let Value::Array(listed) = schemas else { return self.count(schemas, instance, depth + 1) };
        let mut steps: u64 = 1;
        for schema in listed {
            steps = steps.saturating_add(self.count(schema, instance, depth + 1)?);
        }
        Some(steps)
    }

    /// Schemas under names, each counted on its own.
    fn each_named(
        &mut self,
        schemas: &'s Value,
        instance: &'s Value,
        depth: u32,
        count: fn(&mut Self, &'s Value, &'s Value, u32) -> Option<u64>,
    ) -> Option<u64> {
        let mut steps: u64 = 1;
        for schema in schemas.as_object().into_iter().flat_map(|named| named.values()) {
            steps = steps.saturating_add(count(self, schema, instance, depth)?);
        }
        Some(steps)
    }

    /// What `$ref` leads to; `None` when that is not in the schema.
    fn target(&self, reference: &Value) -> Option<&'s Value> {
        let reference = reference.as_str()?;
        let own = self.id.and_then(|id| reference.strip_prefix(id.trim_end_matches('#')));
        let pointer = own.unwrap_or(reference);
        match pointer.strip_prefix('#') {
            Some(pointer) => self.root.pointer(&percent_decoded(pointer)),
            None => own.filter(|rest| rest.is_empty()).map(|_| self.root),
        }
    }
}

fn text<'v>(schema: &'v Value, name: &str) -> Option<&'v str> {
    schema.get(name)?.as_str()
}

/// A pointer as it stands in a URL: `%24defs` is `$defs`.
fn percent_decoded(pointer: &str) -> String {
    let mut bytes = Vec::with_capacity(pointer.len());
    let mut rest = pointer.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let code = behind.get(..2).filter(|_| first == b'%').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_doubles_or_comes_back_to_itself_is_not_bounded() {
        let doubling = |levels: usize| {
            let twice = |level: usize| json!({"$ref": format!("#/$defs/d{}", level + 1)});
            let mut defs = serde_json::Map::new();
            for level in 0..levels {
                defs.insert(format!("d{level}"), json!({"allOf": [twice(level), twice(level)]}));
            }
            defs.insert(format!("d{levels}"), json!({"type": "object"}));
            json!({"$ref": "#/%24defs/d0", "$defs": defs})
        };
        let values = json!({"a": {"a": {"a": {}}}});
        assert!(is_bounded(&doubling(8), &values));
        assert!(!is_bounded(&doubling(30), &values));
        // As generators of schemas write it.
        let named =
            json!({"$id": "http://example.com/a.json", "properties": {"a": {"$id": "#/properties/a"}}});
        assert!(is_bounded(&named, &values));
        let itself = json!({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}});
        assert!(!is_bounded(&itself, &values));
        let chain: serde_json::Map<_, _> = (0..9_000)
            .map(|at| (format!("d{at}"), json!({"$ref": format!("#/$defs/d{}", at + 1)})))
            .collect();
        assert!(!is_bounded(&json!({"$ref": "#/$defs/d0", "$defs": chain}), &values));
        // With each level of the values it ends.
        let tree = json!({"$id": "https://a/b", "additionalProperties": {"$ref": "https://a/b#"}});
        assert!(is_bounded(&tree, &values));
        // A field may be called as a keyword is.
        let fields = json!({"additionalProperties": {"properties": {"not": {"$ref": "#"}}}});
        assert!(is_bounded(&fields, &values));
        let doubled_below = json!({"properties": {"a": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}});
        let deep = (0..40).fold(json!({}), |below, _| json!({"a": below}));
        assert!(is_bounded(&doubled_below, &values));
        assert!(!is_bounded(&doubled_below, &deep));
    }
}
