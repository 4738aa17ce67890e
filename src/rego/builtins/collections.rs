//! Arrays and sets: what OPA deprecated and policies still use, and products that explode.

use super::{Answer, Failure, ITEMS_LIMIT};
use crate::rego::Value;

fn bounded(items: Vec<Value>) -> Answer {
    if items.len() > ITEMS_LIMIT { Err(Failure::TooMuch(items.len())) } else { Ok(items.into()) }
}

pub fn concat(arguments: &[Value]) -> Answer {
    let [Value::Array(left), Value::Array(right)] = arguments else { return Err(Failure::Undefined) };
    bounded(left.iter().chain(right.iter()).cloned().collect())
}

pub fn flatten(arguments: &[Value]) -> Answer {
    let [Value::Array(items)] = arguments else { return Err(Failure::Undefined) };
    let flat = items.iter().flat_map(|item| match item {
        Value::Array(items) => items.iter().cloned().collect(),
        other => vec![other.clone()],
    });
    bounded(flat.collect())
}

fn items(arguments: &[Value]) -> Result<Vec<&Value>, Failure> {
    match arguments {
        [Value::Array(items)] => Ok(items.iter().collect()),
        [Value::Set(items)] => Ok(items.iter().collect()),
        _ => Err(Failure::Undefined),
    }
}

/// What `every` may be asked of.
pub fn collection(arguments: &[Value]) -> Answer {
    match arguments {
        [value @ (Value::Array(_) | Value::Set(_) | Value::Object(_))] => Ok(value.clone()),
        _ => Err(Failure::Undefined),
    }
}

/// What can be gone through: nothing for what is no collection.
pub fn each(arguments: &[Value]) -> Answer {
    match arguments {
        [value @ (Value::Array(_) | Value::Set(_) | Value::Object(_))] => Ok(value.clone()),
        _ => Ok(Value::new_array()),
    }
}

pub fn all(arguments: &[Value]) -> Answer {
    Ok(items(arguments)?.into_iter().all(|item| *item == Value::Bool(true)).into())
}

pub fn any(arguments: &[Value]) -> Answer {
    Ok(items(arguments)?.into_iter().any(|item| *item == Value::Bool(true)).into())
}

pub fn difference(arguments: &[Value]) -> Answer {
    let [Value::Set(left), Value::Set(right)] = arguments else { return Err(Failure::Undefined) };
    Ok(left
        .iter()
        .filter(|item| !right.contains(item))
        .cloned()
        .collect::<std::collections::BTreeSet<_>>()
        .into())
}

pub fn cast_array(arguments: &[Value]) -> Answer {
    Ok(items(arguments)?.into_iter().cloned().collect::<Vec<_>>().into())
}

pub fn cast_set(arguments: &[Value]) -> Answer {
    Ok(items(arguments)?.into_iter().cloned().collect::<std::collections::BTreeSet<_>>().into())
}

/// What is of a kind already.
fn kept(arguments: &[Value], is: fn(&Value) -> bool) -> Answer {
    arguments.first().filter(|value| is(value)).cloned().ok_or(Failure::Undefined)
}

pub fn cast_boolean(arguments: &[Value]) -> Answer {
    kept(arguments, |value| matches!(value, Value::Bool(_)))
}

pub fn cast_null(arguments: &[Value]) -> Answer {
    kept(arguments, |value| matches!(value, Value::Null))
}

pub fn cast_object(arguments: &[Value]) -> Answer {
    kept(arguments, |value| matches!(value, Value::Object(_)))
}

pub fn cast_string(arguments: &[Value]) -> Answer {
    kept(arguments, |value| matches!(value, Value::String(_)))
}
