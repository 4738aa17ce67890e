//! Values of a chart laid over those of the charts in it.
//!
//! Owns Helm's order, globals, and what null takes away, which Helm 3 and 4.3 do not agree about. Source:
//! `pkg/chart/common/util/coalesce.go`, and `pkg/chartutil/coalesce.go` of 3.17.

use rustc_hash::FxHashSet;

use crate::source::SourceMap;
use crate::template::{Data, Map, Slot, Value};

use super::maps::{DEPTH, deep_copy, over_old};
use super::part::Part;

/// How values are laid over each other.
#[derive(Clone, Copy)]
pub(super) struct Coalesce<'m> {
    /// As Helm 3 does it.
    pub helm3: bool,
    /// Keeps null, for values that are not complete yet.
    pub merges: bool,
    /// Where it is noted what a value has replaced; it is not for values that only decide about conditions.
    pub notes: Option<&'m SourceMap>,
}

/// The values of two charts do not fit together: why, as Helm says it.
pub(super) type Mismatch = String;

impl Coalesce<'_> {
    /// The values of a chart and those in it, with `values` over them.
    pub fn values(self, part: &Part, values: &Map) -> Result<Map, Mismatch> {
        let values = deep_copy(values);
        self.part(part, &values, DEPTH)?;
        Ok(values)
    }

    fn part(self, part: &Part, values: &Map, depth: u32) -> Result<(), Mismatch> {
        self.own(part, values);
        let Some(depth) = depth.checked_sub(1) else { return Ok(()) };
        for inner in &part.parts {
            let own = match values.get(&inner.name) {
                None => {
                    let own = Map::default();
                    values.set(inner.name.as_str(), own.clone().into());
                    own
                }
                Some(Value { data: Data::Map(own), .. }) => own,
                Some(_) => return Err(format!("type mismatch on {}: it is no map", inner.name)),
            };
            self.globals(&own, values);
            self.part(inner, &own, depth)?;
        }
        Ok(())
    }

    /// Hands `global` down.
    fn globals(self, to: &Map, from: &Map) {
        let of = |map: &Map| match map.slot("global") {
            None => Some((Map::default(), None)),
            Some(Slot { key, value: Value { data: Data::Map(global), origin } }) => {
                Some((global, Some((key, origin))))
            }
            Some(_) => None,
        };
        let (Some((to_global, place)), Some((from_global, from_place))) = (of(to), of(from)) else { return };
        for (key, slot) in from_global.slots() {
            let known = to_global.get(&key);
            match &slot.value.data {
                Data::Map(table) => {
                    let table = table.copy();
                    match known.map(|known| known.data) {
                        None => {}
                        Some(Data::Map(known)) => {
                            Coalesce { merges: true, ..self }.tables(&table, &known, DEPTH);
                        }
                        Some(_) => continue,
                    }
                    let value = Value { data: Data::Map(table), origin: slot.value.origin };
                    to_global.set_slot(key, Slot { key: slot.key, value });
                }
                _ if known.is_some_and(|known| matches!(known.data, Data::Map(_))) => {}
                _ => to_global.set_slot(key, slot),
            }
        }
        let (key, origin) = place.or(from_place).unwrap_or_default();
        to.set_slot("global", Slot { key, value: Value { data: Data::Map(to_global), origin } });
    }

    /// Lays `values` over the chart's own.
    fn own(self, part: &Part, values: &Map) {
        let own = deep_copy(&part.values);
        for (key, slot) in own.slots() {
            let Some(known) = values.slot(&key) else {
                if !self.merges && !self.helm3 {
                    match &slot.value.data {
                        Data::Nil => continue,
                        Data::Map(map) => clean(map, DEPTH),
                        _ => {}
                    }
                }
                values.set_slot(key, slot);
                continue;
            };
            match (&known.value.data, &slot.value.data) {
                (Data::Nil, _) if !self.merges => values.remove(&key),
                (Data::Map(over), Data::Map(under)) => {
                    let merges = self.merges || part.parts.iter().any(|inner| *inner.name == *key);
                    if !merges && !self.helm3 {
                        clean(under, DEPTH);
                    }
                    Coalesce { merges, ..self }.tables(over, under, DEPTH);
                }
                (Data::Map(_), _) => {}
                _ => self.note(values, &key, known, &slot.value),
            }
        }
    }

    /// Lays a table over another one, which is used up by it.
    pub fn tables(self, over: &Map, under: &Map, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let mut was_set: FxHashSet<std::rc::Rc<str>> = FxHashSet::default();
        if !self.helm3 {
            let set = under.slots().into_iter().filter(|(_, slot)| !matches!(slot.value.data, Data::Nil));
            was_set.extend(set.map(|(key, _)| key));
            for (key, slot) in
                over.slots().into_iter().filter(|(_, slot)| matches!(slot.value.data, Data::Nil))
            {
                under.set_slot(key, slot);
            }
        }
        for (key, slot) in under.slots() {
            let Some(known) = over.slot(&key) else {
                over.set_slot(key, slot);
                continue;
            };
            match (&known.value.data, &slot.value.data) {
                (Data::Nil, _) if !self.merges && (self.helm3 || was_set.contains(&key)) => over.remove(&key),
                (Data::Map(over), Data::Map(under)) => self.tables(over, under, depth),
                (Data::Map(_), _) | (Data::Nil, _) => {}
                _ => self.note(over, &key, known, &slot.value),
            }
        }
    }

    /// Notes which value one that wins has replaced.
    fn note(self, map: &Map, key: &str, winner: Slot, loser: &Value) {
        if let Some(sources) = self.notes {
            let value = over_old(sources, winner.value, loser);
            map.set_slot(key, Slot { key: winner.key, value });
        }
    }
}

/// Takes out what is null.
fn clean(map: &Map, depth: u32) {
    let Some(depth) = depth.checked_sub(1) else { return };
    for (key, value) in map.entries() {
        match &value.data {
            Data::Nil => map.remove(&key),
            Data::Map(map) => clean(map, depth),
            _ => {}
        }
    }
}
