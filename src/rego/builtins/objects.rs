//! What lies in documents.

use super::{Answer, Failure, ITEMS_LIMIT};
use crate::rego::Value;

/// Documents are nested this deep; what lies deeper is not walked.
const DEPTH: usize = 1024;

/// OPA says what it was started with; here nothing was.
pub fn runtime(_: &[Value]) -> Answer {
    Ok(Value::new_object())
}

/// `object.subset(super, sub)`; regorus panics for an empty array.
pub fn subset(arguments: &[Value]) -> Answer {
    let [whole, part] = arguments else { return Err(Failure::Undefined) };
    let is_subset = match (whole, part) {
        (Value::Array(whole), Value::Array(part)) => {
            part.is_empty() || whole.as_slice().windows(part.len()).any(|window| window == part.as_slice())
        }
        (Value::Array(whole), Value::Set(part)) => {
            part.iter().all(|item| whole.iter().any(|other| other == item))
        }
        (Value::Set(whole), Value::Set(part)) => part.iter().all(|item| whole.contains(item)),
        (Value::Object(_), Value::Object(_)) => covers(whole, part, DEPTH),
        _ => return Err(Failure::Undefined),
    };
    Ok(is_subset.into())
}

/// Whether a document has all that another one has; collections in it are compared as they are.
fn covers(whole: &Value, part: &Value, depth: usize) -> bool {
    let (Value::Object(whole), Value::Object(part)) = (whole, part) else {
        return match (whole, part) {
            (Value::Set(whole), Value::Set(part)) => part.iter().all(|item| whole.contains(item)),
            (Value::Array(_), Value::Array(_)) => subset(&[whole.clone(), part.clone()]) == Ok(true.into()),
            _ => whole == part,
        };
    };
    let Some(depth) = depth.checked_sub(1) else { return false };
    part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| covers(whole, part, depth)))
}

/// Every value of a document with the path that leads to it.
pub fn walk(arguments: &[Value]) -> Answer {
    let [document] = arguments else { return Err(Failure::Undefined) };
    let mut found: Vec<Value> = Vec::new();
    let mut open = vec![(Vec::new(), document)];
    // Paths are as long as documents are deep, so a chain of them is as large as the square of it.
    let mut size = 0;
    while let Some((path, value)) = open.pop() {
        size += path.len() + 1;
        if size > ITEMS_LIMIT {
            return Err(Failure::TooMuch(size));
        }
        let below = |key: Value| path.iter().cloned().chain([key]).collect::<Vec<Value>>();
        if path.len() < DEPTH {
            match value {
                Value::Object(fields) => {
                    open.extend(fields.iter().map(|(key, value)| (below(key.clone()), value)));
                }
                Value::Array(items) => {
                    open.extend(items.iter().enumerate().map(|(index, item)| (below(index.into()), item)));
                }
                Value::Set(items) => open.extend(items.iter().map(|item| (below(item.clone()), item))),
                _ => (),
            }
        }
        found.push(vec![path.into(), value.clone()].into());
    }
    Ok(found.into())
}
