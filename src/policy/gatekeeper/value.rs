//! Values of policies by the names of their fields.
//!
//! Must not know what the fields mean.

use std::collections::BTreeMap;

use crate::rego::Value;

/// The value of a field; `None` for what has no fields.
pub fn get<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.as_object().ok()?.get(&Value::from(name))
}

/// The text of a string.
pub fn text(value: &Value) -> Option<&str> {
    value.as_string().ok().map(|text| text.as_ref())
}

/// The items of an array; nothing for anything else.
pub fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().ok().into_iter().flat_map(|items| items.iter())
}

/// An object of these fields.
pub fn object<'n>(fields: impl IntoIterator<Item = (&'n str, Value)>) -> Value {
    fields.into_iter().map(|(name, value)| (Value::from(name), value)).collect::<BTreeMap<_, _>>().into()
}
