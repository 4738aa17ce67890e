//! Maps of values, laid over each other.
//!
//! Owns copying and merging that keeps what a value that wins has replaced. Must not know charts.

use crate::source::{Input, SourceMap, Step, StepKind};
use crate::template::{Data, Map, Origin, Slot, Text, Value};

/// Maps in maps are followed this deep. What lies deeper is shared by copies.
pub(super) const DEPTH: u32 = 64;

/// Another map with copies of the maps and lists in it.
pub(super) fn deep_copy(map: &Map) -> Map {
    copy_map(map, DEPTH)
}

fn copy_map(map: &Map, depth: u32) -> Map {
    let copy = |(key, slot): (std::rc::Rc<str>, Slot)| {
        (key, Slot { key: slot.key, value: copy_value(slot.value, depth) })
    };
    map.slots().into_iter().map(copy).collect()
}

fn copy_value(value: Value, depth: u32) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return value };
    let data = match value.data {
        Data::Map(map) => Data::Map(copy_map(&map, depth)),
        Data::List(list) => {
            Value::from(list.iter().map(|item| copy_value(item.clone(), depth)).collect::<Vec<_>>()).data
        }
        data => data,
    };
    Value { data, origin: value.origin }
}

/// `over` laid over `base`, as Helm lays values files over each other: maps are merged, all else is replaced, also by
/// null.
pub(super) fn merged(sources: &SourceMap, base: &Map, over: &Map) -> Map {
    merged_within(sources, base, over, DEPTH)
}

fn merged_within(sources: &SourceMap, base: &Map, over: &Map, depth: u32) -> Map {
    let merged = base.copy();
    for (key, slot) in over.slots() {
        let known = base.slot(&key);
        let value = match (known.as_ref().map(|known| &known.value), &slot.value.data) {
            (Some(Value { data: Data::Map(base), .. }), Data::Map(over)) if depth > 0 => {
                let merged = merged_within(sources, base, over, depth - 1);
                Value { data: Data::Map(merged), origin: slot.value.origin }
            }
            (Some(old), _) => over_old(sources, slot.value, old),
            (None, _) => slot.value,
        };
        merged.set_slot(key, Slot { key: slot.key, value });
    }
    merged
}

/// A value that remembers which one it replaced.
pub(super) fn over_old(sources: &SourceMap, value: Value, old: &Value) -> Value {
    let Some(replaced) = place(old) else { return value };
    let is_same = place(&value).is_some_and(|own| own.span == replaced.span);
    if is_same || matches!(value.data, Data::Map(_) | Data::List(_)) {
        return value;
    }
    let again = |origin: Origin| {
        let inputs = [Input::value(origin.span, origin.step), Input::replaced(replaced.span, replaced.step)];
        let step =
            Step { what: StepKind::Values, entry: origin.span, inputs: inputs.into(), previous: origin.step };
        Origin { step: sources.record(step), ..origin }
    };
    let data = match &value.data {
        // The first line of a text is where it begins; one step is enough.
        Data::Text(text) => {
            let mut first = true;
            let mut remembering = Text::default();
            for (part, origin) in text.parts() {
                let origin = origin.map(|origin| match std::mem::take(&mut first) {
                    true => again(origin),
                    false => origin,
                });
                remembering.push_from(part, origin);
            }
            Data::Text(remembering)
        }
        data => data.clone(),
    };
    Value { data, origin: value.origin.map(again) }
}

/// Where a value is written.
fn place(value: &Value) -> Option<Origin> {
    value.text().and_then(Text::origin).or(value.origin)
}

/// A value by the names that lead to it.
pub(super) fn path(map: &Map, names: &[&str]) -> Option<Value> {
    let (last, tables) = names.split_last()?;
    table(map, tables)?.get(last)
}

/// A map by the names that lead to it; the map itself without names.
pub(super) fn table(map: &Map, names: &[&str]) -> Option<Map> {
    let mut at = map.clone();
    for name in names {
        at = match at.get(name)?.data {
            Data::Map(map) => map,
            _ => return None,
        };
    }
    Some(at)
}
