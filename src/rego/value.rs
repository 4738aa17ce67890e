//! From a tree to what policies read.
//!
//! Straight from the arena: no JSON in between, and the names of fields are shared.

use rustc_hash::FxHashMap;

pub use regorus::Value;

use crate::yaml::{Cursor, Schema, Typed};

/// Values are nested this deep; what lies deeper is left out. Readers of YAML stop earlier.
const DEPTH: u32 = 512;

/// Makes values, and keeps the names of fields that it has met. One for each worker.
#[derive(Default, Debug)]
pub struct Builder {
    names: FxHashMap<Box<str>, Value>,
}

impl Builder {
    /// A value as Kubernetes reads it.
    pub fn value(&mut self, at: Cursor<'_>) -> Value {
        self.below(at, DEPTH)
    }

    fn below(&mut self, at: Cursor<'_>, depth: u32) -> Value {
        let Some(depth) = depth.checked_sub(1) else { return Value::Null };
        if at.is_map() {
            let entries = at.entries();
            let pair = |entry: crate::yaml::Entry<'_>| {
                let name = entry.key.text().unwrap_or_default();
                (self.name(&name), self.below(entry.value, depth))
            };
            return entries.into_iter().map(pair).collect::<regorus::value::Object>().into();
        }
        if at.is_seq() {
            return at.items().map(|item| self.below(item, depth)).collect::<Vec<Value>>().into();
        }
        let scalar = at.typed_as(Schema::GoYamlV2, |typed| match typed {
            Typed::Null => Value::Null,
            Typed::Bool(bool) => bool.into(),
            Typed::Int(int) => int.into(),
            Typed::Uint(int) => int.into(),
            Typed::Float(float) => float.into(),
            Typed::Str(text) => Value::from(text),
        });
        scalar.unwrap_or(Value::Null)
    }

    /// The name of a field.
    pub fn name(&mut self, name: &str) -> Value {
        if let Some(known) = self.names.get(name) {
            return known.clone();
        }
        let value = Value::from(name);
        self.names.insert(name.into(), value.clone());
        value
    }
}
