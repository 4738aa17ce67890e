//! Data documents beside policies, merged into one.
//!
//! As OPA's loader has it: YAML or JSON; a document lies below the names of its directories; objects are merged, and
//! everything else must be there once.

use crate::rego::Value;

use super::input::Format;
use super::prepare::DataText;

/// Objects are merged this deep.
const DEPTH: u32 = 64;

/// The data of all documents, and what is wrong with which of them.
pub fn merged(documents: &[DataText]) -> (Value, Vec<(usize, String)>) {
    let mut data = Value::new_object();
    let mut problems = Vec::new();
    let mut merged: Vec<(&str, Value)> = Vec::new();
    for (index, document) in documents.iter().enumerate() {
        let format = if document.path.ends_with(".json") { Format::Json } else { Format::Yaml };
        let read = format.read(&document.text).and_then(|value| {
            let below = |value, name: &String| super::input::object([(name.as_str(), value)]);
            let value = document.below.iter().rev().fold(value, below);
            if value.as_object().is_err() {
                return Err("data must be an object".to_owned());
            }
            let mut path = Vec::new();
            let done = merge(&mut data, &value, &mut path, DEPTH).map_err(|message| {
                let first =
                    merged.iter().find(|(_, earlier)| path.len() < DEPTH as usize && has(earlier, &path));
                first.map_or(message.clone(), |(other, _)| format!("{message}, first in {other}"))
            });
            merged.push((&document.path, value));
            done
        });
        if let Err(message) = read {
            problems.push((index, message));
        }
    }
    (data, problems)
}

/// Whether data has something at a path.
fn has(data: &Value, path: &[String]) -> bool {
    let next = |at, name: &String| super::answer::field(at, name);
    path.iter().try_fold(data, next).is_some()
}

fn merge(into: &mut Value, from: &Value, path: &mut Vec<String>, depth: u32) -> Result<(), String> {
    let (Ok(target), Ok(source)) = (into.as_object_mut(), from.as_object()) else {
        return if *into == *from { Ok(()) } else { Err(format!("`{}` is set twice", path.join("."))) };
    };
    let Some(depth) = depth.checked_sub(1) else { return Err("data is nested too deep".to_owned()) };
    for (key, value) in source.iter_sorted() {
        match target.get_mut(key) {
            Some(existing) => {
                path.push(key.as_string().map_or_else(|_| key.to_string(), |name| name.to_string()));
                merge(existing, value, path, depth)?;
                path.pop();
            }
            None => {
                target.insert(key.clone(), value.clone());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_merged_and_conflicts_named() {
        let text = |path: &str, below: &[&str], text: &str| DataText {
            path: path.to_owned(),
            below: below.iter().map(|name| (*name).to_owned()).collect(),
            text: text.to_owned(),
        };
        let (data, problems) = merged(&[
            text("a.yaml", &[], "x: {a: 1}\n"),
            text("b.json", &[], r#"{"x": {"b": 2}}"#),
            text("d/c.yaml", &["d"], "[1]\n"),
            text("e.yaml", &[], "x: {a: 2}\n"),
            text("f.yaml", &[], "- 1\n"),
        ]);
        assert_eq!(data, Value::from_json_str(r#"{"x": {"a": 1, "b": 2}, "d": [1]}"#).unwrap());
        assert_eq!(
            problems,
            [(3, "`x.a` is set twice, first in a.yaml".to_owned()), (4, "data must be an object".to_owned())]
        );
    }
}
