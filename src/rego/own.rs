//! Values that share nothing with others.

use regorus::Value;

/// A copy of a value, to its leaves. Values are as deep as policies and data may be, which is bounded where they are read.
pub fn copied(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::from(&**text),
        Value::Array(items) => items.iter().map(copied).collect::<Vec<Value>>().into(),
        Value::Set(items) => items.iter().map(copied).collect::<regorus::value::Set>().into(),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, field)| (copied(name), copied(field)));
            fields.collect::<regorus::value::Object>().into()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Undefined => value.clone(),
    }
}
