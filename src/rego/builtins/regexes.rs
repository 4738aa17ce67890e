//! Regular expressions: more may be compiled than regorus allows, and what they make has an end.

use std::cell::RefCell;
use std::rc::Rc;

use regex::{Regex, RegexBuilder};
use rustc_hash::FxHashMap;

use super::{Answer, Failure, ITEMS_LIMIT, TEXT_LIMIT, int, text};
use crate::rego::Value;
use crate::template::go_regex;

/// Bytes of a compiled expression: OPA has no limit, and shared policies need more than regorus' 100 KiB.
const SIZE: usize = 8 << 20;
/// Expressions that a worker remembers.
const KNOWN: usize = 256;

thread_local! {
    static CACHE: RefCell<FxHashMap<Box<str>, Option<Rc<Regex>>>> = RefCell::default();
}

fn compiled(pattern: &str) -> Result<Rc<Regex>, Failure> {
    CACHE
        .with_borrow_mut(|cache| {
            if let Some(known) = cache.get(pattern) {
                return known.clone();
            }
            if cache.len() >= KNOWN {
                cache.clear();
            }
            let new = RegexBuilder::new(&ascii(&go_regex::translate(pattern)))
                .size_limit(SIZE)
                .build()
                .ok()
                .map(Rc::new);
            cache.insert(pattern.into(), new.clone());
            new
        })
        .ok_or(Failure::Undefined)
}

/// Words, digits and spaces are those of ASCII to Go.
fn ascii(pattern: &str) -> String {
    let (mut made, mut chars) = (String::with_capacity(pattern.len()), pattern.chars());
    while let Some(char) = chars.next() {
        let escaped = if char == '\\' { chars.next() } else { None };
        match escaped {
            Some('w') => made.push_str("[0-9A-Za-z_]"),
            Some('W') => made.push_str("[^0-9A-Za-z_]"),
            Some('d') => made.push_str("[0-9]"),
            Some('D') => made.push_str("[^0-9]"),
            Some('s') => made.push_str(r"[\t\n\f\r ]"),
            Some('S') => made.push_str(r"[^\t\n\f\r ]"),
            Some(bound @ ('b' | 'B')) => made.push_str(&format!(r"(?-u:\{bound})")),
            other => {
                made.push(char);
                made.extend(other);
            }
        }
    }
    made
}

pub fn is_valid(arguments: &[Value]) -> Answer {
    let pattern = arguments.first().and_then(|pattern| text(pattern).ok());
    Ok(pattern.is_some_and(|pattern| compiled(pattern).is_ok()).into())
}

pub fn matches(arguments: &[Value]) -> Answer {
    let [pattern, value] = arguments else { return Err(Failure::Undefined) };
    Ok(compiled(text(pattern)?)?.is_match(text(value)?).into())
}

/// How many to find; all where the number is negative.
fn count(value: &Value) -> Result<usize, Failure> {
    Ok(usize::try_from(int(value)?).unwrap_or(ITEMS_LIMIT))
}

pub fn find_n(arguments: &[Value]) -> Answer {
    let [pattern, value, number] = arguments else { return Err(Failure::Undefined) };
    let regex = compiled(text(pattern)?)?;
    let found = regex.find_iter(text(value)?).take(count(number)?).map(|found| Value::from(found.as_str()));
    Ok(found.collect::<Vec<_>>().into())
}

pub fn find_submatches(arguments: &[Value]) -> Answer {
    let [pattern, value, number] = arguments else { return Err(Failure::Undefined) };
    let regex = compiled(text(pattern)?)?;
    let groups = |found: regex::Captures<'_>| {
        found
            .iter()
            .map(|group| Value::from(group.map_or("", |group| group.as_str())))
            .collect::<Vec<_>>()
            .into()
    };
    Ok(regex.captures_iter(text(value)?).take(count(number)?).map(groups).collect::<Vec<Value>>().into())
}

pub fn split(arguments: &[Value]) -> Answer {
    let [pattern, value] = arguments else { return Err(Failure::Undefined) };
    let (regex, value) = (compiled(text(pattern)?)?, text(value)?);
    let (mut parts, mut start) = (Vec::new(), 0);
    // Go gives no empty part before the text or behind it for a match of nothing.
    for found in regex.find_iter(value) {
        if found.end() == 0 || (found.is_empty() && found.end() == value.len()) {
            continue;
        }
        parts.push(Value::from(value.get(start..found.start()).unwrap_or_default()));
        start = found.end();
    }
    parts.push(Value::from(value.get(start..).unwrap_or_default()));
    Ok(parts.into())
}

pub fn replace(arguments: &[Value]) -> Answer {
    let [value, pattern, with] = arguments else { return Err(Failure::Undefined) };
    let (value, with) = (text(value)?, text(with)?);
    let regex = compiled(text(pattern)?)?;
    let (mut made, mut at) = (String::new(), 0);
    for found in regex.captures_iter(value) {
        let Some(all) = found.get(0) else { continue };
        made.push_str(value.get(at..all.start()).unwrap_or_default());
        found.expand(with, &mut made);
        at = all.end();
        if made.len() > TEXT_LIMIT {
            return Err(Failure::TooMuch(made.len()));
        }
    }
    made.push_str(value.get(at..).unwrap_or_default());
    Ok(made.into())
}
