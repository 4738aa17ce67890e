//! Maps: sprig's functions. Maps are references; what is taken out of one is still in the other.

use std::rc::Rc;

use super::super::text::Text;
use super::super::value::{DEPTH, Data, Map, Slot, Value};
use super::cost::Cost::{Deep, Dict, Flat, Items, Pick};
use super::lists::nil;
use super::logic::truth;
use super::{Answer, Arguments, Function, Scope, plain, scoped, strval};
use crate::template::Dialect;

pub(super) const FUNCTIONS: &[Function] = &[
    plain("dict", "a*", Dict, dict),
    plain("get", "ms", Flat, get),
    plain("set", "msa", Flat, set),
    plain("unset", "ms", Flat, unset),
    plain("hasKey", "ms", Flat, has_key),
    plain("pluck", "sm*", Items, pluck),
    scoped("keys", "m*", Deep, keys),
    scoped("values", "m", Deep, values),
    plain("pick", "ms*", Pick, pick),
    plain("omit", "ms*", Pick, omit),
    scoped("merge", "mm*", Deep, |scope, arguments| merge(scope, arguments, Wins::First)),
    scoped("mergeOverwrite", "mm*", Deep, |scope, arguments| merge(scope, arguments, Wins::Last)),
    scoped("deepCopy", "a", Deep, |scope, arguments| match scope.dialect {
        // Lists are shared, which cannot be seen there.
        Dialect::ApplicationSet => arguments.value(0).map(|value| match &value.data {
            Data::Map(map) => Map::default().merged(map).into(),
            _ => value.clone(),
        }),
        Dialect::Helm(_) => arguments.value(0).map(|value| deep_copy(value, DEPTH)),
    }),
    plain("dig", "aaa*", Flat, dig),
];

fn dict(arguments: Arguments<'_>) -> Answer {
    let map = Map::default();
    for pair in arguments.from(0).chunks(2) {
        if let Some(key) = pair.first() {
            if let Some(why) = key.why_opaque() {
                return Ok(Data::Opaque(why).into());
            }
            let value = pair.get(1).cloned().unwrap_or_else(|| Value::made(""));
            let value = if let Data::Missing = value.data { nil() } else { value };
            let name = strval(key);
            map.set_slot(name.as_str(), Slot { key: name.origin(), value });
        }
    }
    Ok(map.into())
}

fn get(arguments: Arguments<'_>) -> Answer {
    Ok(arguments.map(0)?.get(arguments.str(1)?).unwrap_or_else(|| Value::made("")))
}

fn set(arguments: Arguments<'_>) -> Answer {
    let (target, key) = (arguments.map(0)?, arguments.text(1)?);
    let value = arguments.value(2)?.clone();
    let value = if let Data::Missing = value.data { nil() } else { value };
    target.set_slot(key.as_str(), Slot { key: key.origin(), value });
    arguments.value(0).cloned()
}

fn unset(arguments: Arguments<'_>) -> Answer {
    arguments.map(0)?.remove(arguments.str(1)?);
    arguments.value(0).cloned()
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
    for index in 1..arguments.len() {
        plucked.extend(arguments.map(index)?.get(key));
    }
    Ok(plucked.into())
}

fn keys(scope: &Scope, arguments: Arguments<'_>) -> Answer {
    let mut keys = Vec::new();
    for index in 0..arguments.len() {
        let slots = arguments.map(index)?.slots().into_iter();
        keys.extend(slots.map(|(key, slot)| Value::word(&key, slot.key)));
    }
    // Go gives them in no order; nothing that depends on it can be told. Charts sort them, or do not care.
    let is_unknown = keys.len() > 1 && scope.dialect == Dialect::ApplicationSet;
    if is_unknown { Ok(Value::opaque("`keys` has no order")) } else { Ok(keys.into()) }
}

fn values(scope: &Scope, arguments: Arguments<'_>) -> Answer {
    let values: Vec<Value> = arguments.map(0)?.entries().into_iter().map(|(_, value)| value).collect();
    let is_unknown = values.len() > 1 && scope.dialect == Dialect::ApplicationSet;
    if is_unknown { Ok(Value::opaque("`values` has no order")) } else { Ok(values.into()) }
}

fn wanted(arguments: Arguments<'_>) -> Vec<Text> {
    arguments.from(1).iter().map(strval).collect()
}

fn pick(arguments: Arguments<'_>) -> Answer {
    let map = arguments.map(0)?;
    let wanted = wanted(arguments).into_iter();
    let picked = wanted.filter_map(|key| {
        // Of an open map, what is not known is picked as such.
        let slot =
            map.slot(key.as_str()).or_else(|| Some(Slot { key: None, value: map.get(key.as_str())? }))?;
        Some((Rc::from(key.as_str()), slot))
    });
    Ok(Value { origin: arguments.value(0)?.origin, ..picked.collect::<Map>().into() })
}

fn omit(arguments: Arguments<'_>) -> Answer {
    let map = arguments.map(0)?.copy();
    wanted(arguments).iter().for_each(|key| map.remove(key.as_str()));
    Ok(Value { origin: arguments.value(0)?.origin, ..map.into() })
}

/// Which of two values stays.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wins {
    First,
    Last,
}

/// Merges all maps into the first, for everyone who has it.
fn merge(scope: &Scope, arguments: Arguments<'_>, wins: Wins) -> Answer {
    let first = arguments.map(0)?;
    for index in 1..arguments.len() {
        let other = arguments.map(index)?;
        if scope.dialect != Dialect::ApplicationSet {
            merge_into(&first, &other, wins, DEPTH);
            continue;
        }
        let merged = match wins {
            Wins::First => other.merged(&first),
            Wins::Last => first.merged(&other),
        };
        merged.entries().into_iter().for_each(|(key, value)| first.set(key, value));
        if let Some(why) = merged.why_open() {
            return Ok(Data::Opaque(why).into());
        }
    }
    Ok(Value { origin: arguments.value(0)?.origin, ..first.into() })
}

/// What `mergo.Merge` does: maps in both are merged in place; of others the first wins unless it is empty, or the last
/// does.
fn merge_into(to: &Map, from: &Map, wins: Wins, depth: u32) {
    let Some(depth) = depth.checked_sub(1).filter(|_| !to.is(from)) else { return };
    for (key, slot) in from.slots() {
        match (to.get(&key), &slot.value.data) {
            (_, Data::Nil | Data::Missing) if wins == Wins::First => {}
            (Some(Value { data: Data::Map(known), .. }), Data::Map(other)) => {
                merge_into(&known, other, wins, depth);
            }
            (Some(known), _) if wins == Wins::First && !known.is_empty() => {}
            _ => to.set_slot(key, slot),
        }
    }
}

fn deep_copy(value: &Value, depth: u32) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return value.clone() };
    let data = match &value.data {
        Data::Map(map) => {
            let slots = map.slots().into_iter();
            let copied =
                slots.map(|(key, slot)| (key, Slot { value: deep_copy(&slot.value, depth), ..slot }));
            Data::Map(copied.collect())
        }
        Data::List(items) => {
            Value::from(items.iter().map(|item| deep_copy(item, depth)).collect::<Vec<_>>()).data
        }
        data => data.clone(),
    };
    Value { data, origin: value.origin }
}

/// `dig "a" "b" default map`
fn dig(arguments: Arguments<'_>) -> Answer {
    let count = arguments.len();
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
            _ => {
                let name = value.type_name();
                return Err(format!(
                    "interface conversion: interface {{}} is {name}, not map[string]interface {{}}"
                ));
            }
        };
    }
    Ok(value)
}
