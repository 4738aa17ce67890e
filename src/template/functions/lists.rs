//! Lists: Go's `index`, `len` and `slice`, and sprig's functions.

use super::super::bytes;
use super::super::value::{Data, Value};
use super::cost::Cost::{Deep, Flat, Has, Items, List, Unique, Without};
use super::logic::truth;
use super::numbers::to_int;
use super::{Answer, Arguments, Function, plain};

pub(super) const FUNCTIONS: &[Function] = &[
    plain("list", "a*", List, |arguments| Ok(arguments.from(0).to_vec().into())),
    plain("tuple", "a*", List, |arguments| Ok(arguments.from(0).to_vec().into())),
    plain("len", "a", Flat, len),
    plain("index", "aa*", Flat, index),
    plain("first", "a", Flat, |arguments| {
        arguments.list_to(0, "find first").map(|items| items.first().cloned().unwrap_or(nil()))
    }),
    plain("last", "a", Flat, |arguments| {
        arguments.list_to(0, "find last").map(|items| items.last().cloned().unwrap_or(nil()))
    }),
    plain("rest", "a", Items, |arguments| {
        arguments.list_to(0, "find rest").map(|items| items.get(1..).unwrap_or_default().to_vec().into())
    }),
    plain("initial", "a", Items, |arguments| {
        let items = arguments.list_to(0, "find initial")?;
        Ok(items[..items.len().saturating_sub(1)].to_vec().into())
    }),
    plain("append", "aa", Items, append),
    plain("push", "aa", Items, append),
    plain("prepend", "aa", Items, prepend),
    plain("concat", "a*", Items, concat),
    plain("reverse", "a", Deep, |arguments| {
        let items = arguments.list_to(0, "find reverse")?;
        Ok(items.iter().rev().cloned().collect::<Vec<_>>().into())
    }),
    plain("uniq", "a", Unique, |arguments| arguments.list_to(0, "find uniq").map(uniq)),
    plain("compact", "a", Deep, |arguments| arguments.list_to(0, "compact").map(compact)),
    plain("without", "aa*", Without, without),
    plain("has", "aa", Has, has),
    plain("slice", "aa*", Items, slice),
    plain("chunk", "ia", Items, chunk),
];

pub(super) fn nil() -> Value {
    Data::Nil.into()
}

fn len(arguments: Arguments<'_>) -> Answer {
    let value = arguments.value(0)?;
    let len = match &value.data {
        Data::Text(text) => bytes::of(text.as_str()).len(),
        Data::List(items) => items.len(),
        Data::Map(map) => match map.why_open() {
            Some(why) => return Ok(Data::Opaque(why).into()),
            None => map.len(),
        },
        Data::Opaque(_) => return Ok(value.clone()),
        Data::Object(object) => match (object.entries(), &**object) {
            (Some(entries), _) => entries.len(),
            (None, super::super::object::Object::Bytes(text)) => bytes::of(text.as_str()).len(),
            _ => return Err(format!("len of type {}", value.type_name())),
        },
        Data::Nil | Data::Missing => return Err("len of nil pointer".to_owned()),
        _ => return Err(format!("len of type {}", value.type_name())),
    };
    Ok(Data::Int(len as i64).into())
}

/// Goes into a value, an index or a key at a time. A key that is not there gives nil, whatever `missingkey` says.
fn index(arguments: Arguments<'_>) -> Answer {
    let mut value = arguments.value(0)?.clone();
    if value.is_nil() {
        return Err("index of untyped nil".to_owned());
    }
    for key in arguments.from(1) {
        value = match (&value.data, &key.data) {
            (Data::Opaque(_), _) => return Ok(value),
            (Data::List(items), Data::Int(index) | Data::Int64(index)) => {
                let item = usize::try_from(*index).ok().and_then(|index| items.get(index));
                item.cloned().ok_or_else(|| format!("index out of range: {index}"))?
            }
            (Data::Text(text), Data::Int(index) | Data::Int64(index)) => {
                let byte = usize::try_from(*index).ok().and_then(|index| text.as_str().as_bytes().get(index));
                let byte = byte.ok_or_else(|| format!("index out of range: {index}"))?;
                Data::Int(i64::from(*byte)).into()
            }
            (Data::Map(map), Data::Text(key)) => map.get(key.as_str()).unwrap_or(nil()),
            (Data::Object(object), Data::Text(key)) if object.kind() == "map" => {
                object.field(key.as_str()).unwrap_or(nil())
            }
            (Data::Object(object), Data::Int(index) | Data::Int64(index)) if object.list().is_some() => {
                let items = object.list().unwrap_or_default();
                let item = usize::try_from(*index).ok().and_then(|index| items.get(index));
                item.cloned().ok_or_else(|| format!("index out of range: {index}"))?
            }
            (Data::Nil | Data::Missing, _) => return Err("index of nil pointer".to_owned()),
            (Data::Map(_), Data::Nil | Data::Missing) => {
                return Err("value is nil; should be of type string".to_owned());
            }
            (Data::Map(_), _) => {
                return Err(format!("value has type {}; should be string", key.type_name()));
            }
            (Data::List(_) | Data::Text(_), Data::Nil | Data::Missing) => {
                return Err("cannot index slice/array with nil".to_owned());
            }
            (Data::List(_) | Data::Text(_), _) => {
                return Err(format!("cannot index slice/array with type {}", key.type_name()));
            }
            _ => return Err(format!("can't index item of type {}", value.type_name())),
        };
    }
    Ok(value)
}

fn append(arguments: Arguments<'_>) -> Answer {
    if arguments.value(0)?.is_nil() {
        return Err("runtime error: invalid memory address or nil pointer dereference".to_owned());
    }
    let mut items = arguments.list_to(0, "push")?.to_vec();
    items.push(arguments.value(1)?.clone());
    Ok(items.into())
}

fn prepend(arguments: Arguments<'_>) -> Answer {
    if arguments.value(0)?.is_nil() {
        return Err("runtime error: invalid memory address or nil pointer dereference".to_owned());
    }
    let mut items = vec![arguments.value(1)?.clone()];
    items.extend(arguments.list_to(0, "prepend")?.iter().cloned());
    Ok(items.into())
}

fn concat(arguments: Arguments<'_>) -> Answer {
    let mut items = Vec::new();
    for index in 0..arguments.len() {
        let list = arguments.list(index);
        let kind = arguments.value(index)?.kind();
        items.extend(list.map_err(|_| format!("Cannot concat type {kind} as list"))?.iter().cloned());
    }
    Ok(items.into())
}

fn uniq(items: &[Value]) -> Value {
    let mut unique: Vec<Value> = Vec::new();
    for item in items {
        if !unique.iter().any(|known| known.deep_equal(item)) {
            unique.push(item.clone());
        }
    }
    unique.into()
}

fn compact(items: &[Value]) -> Value {
    items.iter().filter(|item| !item.is_empty()).cloned().collect::<Vec<_>>().into()
}

fn without(arguments: Arguments<'_>) -> Answer {
    let omitted = arguments.from(1);
    let items = arguments.list_to(0, "find without")?.iter();
    let kept = items.filter(|item| !omitted.iter().any(|other| other.deep_equal(item)));
    Ok(kept.cloned().collect::<Vec<_>>().into())
}

fn has(arguments: Arguments<'_>) -> Answer {
    let needle = arguments.value(0)?;
    let items = arguments.list_to(1, "find has")?;
    if items.iter().any(|item| item.deep_equal(needle)) {
        return Ok(truth(true));
    }
    let why = items.iter().find_map(Value::why_opaque);
    Ok(why.map_or(truth(false), |why| Data::Opaque(why).into()))
}

fn slice(arguments: Arguments<'_>) -> Answer {
    let value = arguments.value(0)?;
    if matches!(value.data, Data::Text(_) | Data::Map(_)) {
        return Err(format!("list should be type of slice or array but {}", value.kind()));
    }
    let items = arguments.list(0)?;
    if items.is_empty() {
        return Ok(nil());
    }
    let bound = |index: usize, default: usize| {
        arguments.from(index).first().map_or(Some(default), |bound| usize::try_from(to_int(bound)).ok())
    };
    let range = bound(1, 0).zip(bound(2, items.len()));
    let part = range.and_then(|(from, to)| items.get(from..to));
    part.map(|part| part.to_vec().into()).ok_or_else(|| "slice bounds out of range".to_owned())
}

/// A list of lists of as many items as are wanted.
fn chunk(arguments: Arguments<'_>) -> Answer {
    let size = usize::try_from(arguments.int(0)?).unwrap_or(0).max(1);
    let chunks = arguments.list_to(1, "chunk")?.chunks(size);
    Ok(chunks.map(|chunk| Value::from(chunk.to_vec())).collect::<Vec<_>>().into())
}
