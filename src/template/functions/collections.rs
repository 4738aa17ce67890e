//! Lists and maps: Go's `index` and `len`, and sprig's functions.

use std::collections::BTreeMap;

use super::super::text::Text;
use super::super::value::{Data, Map, Value};
use super::logic::truth;
use super::numbers::to_int;
use super::{Answer, Arguments, strval};

pub(super) fn call(name: &str, arguments: Arguments<'_>) -> Option<Answer> {
    Some(match name {
        "list" | "tuple" => Ok(arguments.from(0).to_vec().into()),
        "len" => len(arguments),
        "index" => index(arguments),
        "first" => arguments.list(0).map(|items| items.first().cloned().unwrap_or(nil())),
        "last" => arguments.list(0).map(|items| items.last().cloned().unwrap_or(nil())),
        "rest" => arguments.list(0).map(|items| items.get(1..).unwrap_or_default().to_vec().into()),
        "initial" => arguments.list(0).map(|items| items[..items.len().saturating_sub(1)].to_vec().into()),
        "append" | "push" => append(arguments),
        "prepend" => prepend(arguments),
        "concat" => concat(arguments),
        "reverse" => arguments.list(0).map(|items| items.iter().rev().cloned().collect::<Vec<_>>().into()),
        "uniq" => arguments.list(0).map(uniq),
        "compact" => arguments.list(0).map(compact),
        "without" => without(arguments),
        "has" => has(arguments),
        "slice" => slice(arguments),
        "dict" => dict(arguments),
        "get" => get(arguments),
        "set" => set(arguments),
        "unset" => unset(arguments),
        "hasKey" => has_key(arguments),
        "pluck" => pluck(arguments),
        "keys" => keys(arguments),
        "values" => values(arguments),
        "pick" => pick(arguments),
        "omit" => omit(arguments),
        "merge" => merge(arguments, |to, from| from.merged(to)),
        "mergeOverwrite" => merge(arguments, Map::merged),
        "deepCopy" => arguments.value(0).map(deep_copy),
        "dig" => dig(arguments),
        _ => return None,
    })
}

fn nil() -> Value {
    Data::Nil.into()
}

fn len(arguments: Arguments<'_>) -> Answer {
    let value = arguments.value(0)?;
    let len = match &value.data {
        Data::Text(text) => text.len(),
        Data::List(items) => items.len(),
        Data::Map(map) => match map.why_open() {
            Some(why) => return Ok(Data::Opaque(why).into()),
            None => map.len(),
        },
        Data::Opaque(_) => return Ok(value.clone()),
        _ => return Err(format!("len of type {}", value.type_name())),
    };
    Ok(Data::Int(len as i64).into())
}

/// Goes into a value, an index or a key at a time. A key that is not there gives nil, whatever `missingkey` says.
fn index(arguments: Arguments<'_>) -> Answer {
    let mut value = arguments.value(0)?.clone();
    for key in arguments.from(1) {
        value = match (&value.data, &key.data) {
            (Data::Opaque(_), _) => return Ok(value),
            (Data::List(items), Data::Int(index)) => {
                let item = usize::try_from(*index).ok().and_then(|index| items.get(index));
                item.cloned().ok_or_else(|| format!("index out of range: {index}"))?
            }
            (Data::Text(text), Data::Int(index)) => {
                let byte = usize::try_from(*index).ok().and_then(|index| text.as_str().as_bytes().get(index));
                let byte = byte.ok_or_else(|| format!("index out of range: {index}"))?;
                Data::Int(i64::from(*byte)).into()
            }
            (Data::Map(map), Data::Text(key)) => map.get(key.as_str()).unwrap_or(nil()),
            (Data::Nil | Data::Missing, _) => return Err("index of untyped nil".to_owned()),
            (Data::List(_) | Data::Map(_) | Data::Text(_), _) => {
                return Err(format!("cannot index with type {}", key.type_name()));
            }
            _ => return Err(format!("can't index item of type {}", value.type_name())),
        };
    }
    Ok(value)
}

fn append(arguments: Arguments<'_>) -> Answer {
    let mut items = arguments.list(0)?.to_vec();
    items.push(arguments.value(1)?.clone());
    Ok(items.into())
}

fn prepend(arguments: Arguments<'_>) -> Answer {
    let mut items = vec![arguments.value(1)?.clone()];
    items.extend(arguments.list(0)?.iter().cloned());
    Ok(items.into())
}

fn concat(arguments: Arguments<'_>) -> Answer {
    let mut items = Vec::new();
    for index in 0..arguments.from(0).len() {
        items.extend(arguments.list(index)?.iter().cloned());
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
    let items = arguments.list(0)?.iter();
    let kept = items.filter(|item| !omitted.iter().any(|other| other.deep_equal(item)));
    Ok(kept.cloned().collect::<Vec<_>>().into())
}

fn has(arguments: Arguments<'_>) -> Answer {
    let needle = arguments.value(0)?;
    let items = arguments.list(1)?;
    if items.iter().any(|item| item.deep_equal(needle)) {
        return Ok(truth(true));
    }
    let why = items.iter().find_map(Value::why_opaque);
    Ok(why.map_or(truth(false), |why| Data::Opaque(why).into()))
}

fn slice(arguments: Arguments<'_>) -> Answer {
    let items = arguments.list(0)?;
    let bound = |index: usize, default: usize| {
        arguments.from(index).first().map_or(Some(default), |bound| usize::try_from(to_int(bound)).ok())
    };
    let range = bound(1, 0).zip(bound(2, items.len()));
    let part = range.and_then(|(from, to)| items.get(from..to));
    part.map(|part| part.to_vec().into()).ok_or_else(|| "slice bounds out of range".to_owned())
}

fn dict(arguments: Arguments<'_>) -> Answer {
    let mut entries = BTreeMap::new();
    for pair in arguments.from(0).chunks(2) {
        if let Some(key) = pair.first() {
            if let Some(why) = key.why_opaque() {
                return Ok(Data::Opaque(why).into());
            }
            let value = pair.get(1).cloned().unwrap_or_else(|| Value::made(""));
            entries.insert(strval(key).as_str().to_owned(), value);
        }
    }
    Ok(Map::new(entries).into())
}

fn get(arguments: Arguments<'_>) -> Answer {
    Ok(arguments.map(0)?.get(arguments.str(1)?).unwrap_or_else(|| Value::made("")))
}

fn set(arguments: Arguments<'_>) -> Answer {
    let map = arguments.map(0)?;
    map.set(arguments.str(1)?, arguments.value(2)?.clone());
    Ok(map.into())
}

fn unset(arguments: Arguments<'_>) -> Answer {
    let map = arguments.map(0)?;
    map.remove(arguments.str(1)?);
    Ok(map.into())
}

fn has_key(arguments: Arguments<'_>) -> Answer {
    Ok(match arguments.map(0)?.get(arguments.str(1)?) {
        // Whether an open map has a key that is not known is not known.
        Some(Value { data: Data::Opaque(why), .. }) => Data::Opaque(why).into(),
        value => truth(value.is_some()),
    })
}

fn pluck(arguments: Arguments<'_>) -> Answer {
    let key = arguments.str(0)?;
    let mut plucked = Vec::new();
    for index in 1..arguments.from(0).len() {
        plucked.extend(arguments.map(index)?.get(key));
    }
    Ok(plucked.into())
}

fn keys(arguments: Arguments<'_>) -> Answer {
    let mut keys = Vec::new();
    for index in 0..arguments.from(0).len() {
        keys.extend(arguments.map(index)?.entries().into_iter().map(|(key, _)| Value::made(key)));
    }
    // Go gives them in no order; nothing that depends on it can be told.
    if keys.len() > 1 { Ok(Value::opaque("`keys` has no order")) } else { Ok(keys.into()) }
}

fn values(arguments: Arguments<'_>) -> Answer {
    let values: Vec<Value> = arguments.map(0)?.entries().into_iter().map(|(_, value)| value).collect();
    if values.len() > 1 { Ok(Value::opaque("`values` has no order")) } else { Ok(values.into()) }
}

fn wanted(arguments: Arguments<'_>) -> Vec<Text> {
    arguments.from(1).iter().map(strval).collect()
}

fn pick(arguments: Arguments<'_>) -> Answer {
    let map = arguments.map(0)?;
    let wanted = wanted(arguments).into_iter();
    let picked = wanted.filter_map(|key| Some((key.as_str().to_owned(), map.get(key.as_str())?)));
    Ok(Map::new(picked.collect()).into())
}

fn omit(arguments: Arguments<'_>) -> Answer {
    let map = arguments.map(0)?.copy();
    wanted(arguments).iter().for_each(|key| map.remove(key.as_str()));
    Ok(map.into())
}

/// Merges all maps into the first, for everyone who has it.
fn merge(arguments: Arguments<'_>, merged: fn(&Map, &Map) -> Map) -> Answer {
    let first = arguments.map(0)?;
    for index in 1..arguments.from(0).len() {
        let merged = merged(&first, &arguments.map(index)?);
        merged.entries().into_iter().for_each(|(key, value)| first.set(key, value));
        if let Some(why) = merged.why_open() {
            return Ok(Data::Opaque(why).into());
        }
    }
    Ok(first.into())
}

fn deep_copy(value: &Value) -> Value {
    match &value.data {
        Data::Map(map) => Map::default().merged(map).into(),
        _ => value.clone(),
    }
}

/// `dig "a" "b" default map`
fn dig(arguments: Arguments<'_>) -> Answer {
    let count = arguments.from(0).len();
    let mut value = arguments.last()?.clone();
    let default = arguments.value(count.saturating_sub(2))?;
    for index in 0..count.saturating_sub(2) {
        let key = arguments.str(index)?;
        value = match &value.data {
            Data::Opaque(_) => return Ok(value),
            Data::Map(map) => match map.get(key) {
                Some(value) => value,
                None => return Ok(default.clone()),
            },
            _ => return Err(format!("no map at key {key:?}")),
        };
    }
    Ok(value)
}
