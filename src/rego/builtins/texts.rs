//! Texts: those that grow have an end, and letters change case as Go changes them.

use std::collections::BTreeMap;

use super::{Answer, Failure, TEXT_LIMIT, text};
use crate::rego::Value;

fn bounded(size: Option<usize>) -> Result<(), Failure> {
    match size {
        Some(size) if size <= TEXT_LIMIT => Ok(()),
        size => Err(Failure::TooMuch(size.unwrap_or(usize::MAX))),
    }
}

pub fn concat(arguments: &[Value]) -> Answer {
    let [between, items] = arguments else { return Err(Failure::Undefined) };
    let between = text(between)?;
    let items: Vec<&str> = match items {
        Value::Array(items) => items.iter().map(text).collect::<Result<_, _>>()?,
        Value::Set(items) => items.iter().map(text).collect::<Result<_, _>>()?,
        _ => return Err(Failure::Undefined),
    };
    let size: usize = items.iter().map(|item| item.len()).sum();
    bounded(between.len().checked_mul(items.len()).and_then(|between| between.checked_add(size)))?;
    Ok(items.join(between).into())
}

/// What is no text is no JSON.
pub fn is_json(arguments: &[Value]) -> Answer {
    let written = arguments.first().and_then(|written| text(written).ok());
    Ok(written.is_some_and(|written| Value::from_json_str(written).is_ok()).into())
}

/// What is no text is no YAML.
pub fn is_yaml(arguments: &[Value]) -> Answer {
    let written = arguments.first().and_then(|written| text(written).ok());
    Ok(written.is_some_and(|written| Value::from_yaml_str(written).is_ok()).into())
}

/// How often a text has another one; regorus panics for an empty one.
pub fn count(arguments: &[Value]) -> Answer {
    let [value, part] = arguments else { return Err(Failure::Undefined) };
    Ok(text(value)?.matches(text(part)?).count().into())
}

fn replaced(value: &str, old: &str, new: &str) -> Result<String, Failure> {
    let count = value.matches(old).count();
    bounded(count.checked_mul(new.len()).and_then(|new| new.checked_add(value.len())))?;
    Ok(value.replace(old, new))
}

pub fn replace(arguments: &[Value]) -> Answer {
    let [value, old, new] = arguments else { return Err(Failure::Undefined) };
    Ok(replaced(text(value)?, text(old)?, text(new)?)?.into())
}

/// One pass; at each place the first pattern in order counts.
pub fn replace_n(arguments: &[Value]) -> Answer {
    let [Value::Object(patterns), value] = arguments else { return Err(Failure::Undefined) };
    let pairs = patterns.iter().map(|(old, new)| Ok((text(old)?, text(new)?)));
    let pairs = pairs.collect::<Result<Vec<_>, Failure>>()?;
    let (value, mut made, mut at) = (text(value)?, String::new(), 0);
    while let Some(rest) = value.get(at..) {
        bounded(Some(made.len()))?;
        let matching = pairs.iter().find(|(old, _)| rest.starts_with(old));
        match (matching, rest.chars().next()) {
            (Some((old, new)), _) if !old.is_empty() => {
                made.push_str(new);
                at += old.len();
            }
            (found, Some(char)) => {
                made.push_str(found.map_or("", |(_, new)| new));
                made.push(char);
                at += char.len_utf8();
            }
            (found, None) => {
                made.push_str(found.map_or("", |(_, new)| new));
                break;
            }
        }
    }
    Ok(made.into())
}

/// Go changes letter by letter: `ß` stays, as no single letter is its upper case.
fn cased<I: Iterator<Item = char>>(arguments: &[Value], change: impl Fn(char) -> I) -> Answer {
    let [value] = arguments else { return Err(Failure::Undefined) };
    let one = |char: char| {
        let mut changed = change(char);
        changed.next().filter(|_| changed.next().is_none()).unwrap_or(char)
    };
    Ok(text(value)?.chars().map(one).collect::<String>().into())
}

pub fn upper(arguments: &[Value]) -> Answer {
    cased(arguments, char::to_uppercase)
}

pub fn lower(arguments: &[Value]) -> Answer {
    cased(arguments, char::to_lowercase)
}

fn encoded(value: &str) -> String {
    let byte = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    value.bytes().map(byte).collect()
}

fn decoded(value: &str) -> Result<String, Failure> {
    let (bytes, mut made, mut at) = (value.as_bytes(), Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        made.push(match byte {
            b'+' => b' ',
            b'%' => {
                let hex = value.get(at..at + 2).ok_or(Failure::Undefined)?;
                at += 2;
                u8::from_str_radix(hex, 16).map_err(|_| Failure::Undefined)?
            }
            byte => *byte,
        });
    }
    String::from_utf8(made).map_err(|_| Failure::Undefined)
}

pub fn query_encode(arguments: &[Value]) -> Answer {
    let [value] = arguments else { return Err(Failure::Undefined) };
    Ok(encoded(text(value)?).into())
}

pub fn query_decode(arguments: &[Value]) -> Answer {
    let [value] = arguments else { return Err(Failure::Undefined) };
    Ok(decoded(text(value)?)?.into())
}

pub fn query_encode_object(arguments: &[Value]) -> Answer {
    let [Value::Object(fields)] = arguments else { return Err(Failure::Undefined) };
    let mut pairs = Vec::new();
    for (key, value) in fields.iter() {
        let values: Vec<&Value> = match value {
            Value::Array(items) => items.iter().collect(),
            Value::Set(items) => items.iter().collect(),
            one => vec![one],
        };
        for value in values {
            pairs.push(format!("{}={}", encoded(text(key)?), encoded(text(value)?)));
        }
    }
    Ok(pairs.join("&").into())
}

pub fn query_decode_object(arguments: &[Value]) -> Answer {
    let [value] = arguments else { return Err(Failure::Undefined) };
    let mut fields: BTreeMap<Value, Vec<Value>> = BTreeMap::new();
    for pair in text(value)?.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        fields.entry(decoded(key)?.into()).or_default().push(decoded(value)?.into());
    }
    let fields: BTreeMap<Value, Value> =
        fields.into_iter().map(|(key, values)| (key, values.into())).collect();
    Ok(fields.into())
}

/// Version and variant; what time or machine a number was made from is not read.
pub fn uuid_parse(arguments: &[Value]) -> Answer {
    let [value] = arguments else { return Err(Failure::Undefined) };
    let value = text(value)?.trim_start_matches("urn:uuid:");
    let digits: String = value.chars().filter(|char| *char != '-').collect();
    let number = u128::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 32);
    let number = number.ok_or(Failure::Undefined)?;
    let variant = match (number >> 61) & 7 {
        0..=3 => "NCS",
        4 | 5 => "RFC4122",
        6 => "Microsoft",
        _ => "Future",
    };
    let version = i64::try_from((number >> 76) & 15).unwrap_or_default();
    let fields =
        [(Value::from("variant"), Value::from(variant)), (Value::from("version"), Value::from(version))];
    Ok(BTreeMap::from(fields).into())
}
