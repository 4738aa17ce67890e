//! Paths in documents and graphs, and patterns, with an end.

use std::collections::BTreeSet;

use super::{Answer, Failure, ITEMS_LIMIT};
use crate::rego::Value;

/// Parts of a path in a document.
const PARTS: usize = 256;

/// Bytes of a pattern.
const PATTERN: usize = 4096;

/// Braces of a pattern in each other.
const BRACES: usize = 16;

/// Nodes of a path in a graph.
const NODES: usize = 256;

/// Paths that are no longer than documents are deep.
pub fn paths(arguments: &[Value]) -> Answer {
    let [given] = arguments else { return Err(Failure::Undefined) };
    let length = |path: &Value| match path {
        Value::String(path) => path.matches('/').count(),
        Value::Array(parts) => parts.len(),
        _ => 0,
    };
    let longest = |path: &Value| match path {
        Value::Object(operation) => operation.iter().map(|(_, path)| length(path)).max().unwrap_or_default(),
        path => length(path),
    };
    let longest = match given {
        Value::Array(paths) => paths.iter().map(longest).max(),
        Value::Set(paths) => paths.iter().map(longest).max(),
        Value::Object(paths) => paths.iter().map(|(path, _)| longest(path)).max(),
        _ => None,
    };
    match longest {
        Some(longest) if longest > PARTS => Err(Failure::TooMuch(longest)),
        _ => Ok(given.clone()),
    }
}

/// A pattern that somebody wrote.
pub fn pattern(arguments: &[Value]) -> Answer {
    let [given] = arguments else { return Err(Failure::Undefined) };
    if let Value::String(pattern) = given {
        let (mut open, mut deepest) = (0_usize, 0);
        for byte in pattern.bytes() {
            match byte {
                b'{' => open += 1,
                b'}' => open = open.saturating_sub(1),
                _ => (),
            }
            deepest = deepest.max(open);
        }
        if pattern.len() > PATTERN || deepest > BRACES {
            return Err(Failure::TooMuch(pattern.len()));
        }
    }
    Ok(given.clone())
}

/// `graph.reachable_paths(graph, from)`: a graph where everything leads to everything has more paths than anybody can have.
pub fn reachable(arguments: &[Value]) -> Answer {
    let [Value::Object(graph), from] = arguments else { return Err(Failure::Undefined) };
    let items = |value: &Value| -> Option<Vec<Value>> {
        match value {
            Value::Array(items) => Some(items.iter().cloned().collect()),
            Value::Set(items) => Some(items.iter().cloned().collect()),
            _ => None,
        }
    };
    let mut open: Vec<(Vec<Value>, Value)> =
        items(from).ok_or(Failure::Undefined)?.into_iter().map(|node| (Vec::new(), node)).collect();
    let mut found: BTreeSet<Value> = BTreeSet::new();
    let mut size = 0;
    while let Some((path, node)) = open.pop() {
        size += path.len() + 1;
        if size > ITEMS_LIMIT || path.len() > NODES {
            return Err(Failure::TooMuch(size));
        }
        let next = graph.get(&node).filter(|_| node != Value::from("") && !path.contains(&node));
        let Some(next) = next else {
            if !path.is_empty() {
                found.insert(path.into());
            }
            continue;
        };
        let path: Vec<Value> = path.into_iter().chain([node]).collect();
        let next = match next {
            Value::Null => Vec::new(),
            next => items(next).ok_or(Failure::Undefined)?,
        };
        if next.is_empty() {
            found.insert(path.into());
            continue;
        }
        // Each of them takes a copy of the path.
        size += next.len() * path.len();
        if size > ITEMS_LIMIT {
            return Err(Failure::TooMuch(size));
        }
        open.extend(next.into_iter().map(|node| (path.clone(), node)));
    }
    Ok(found.into())
}
