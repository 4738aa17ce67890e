//! Whether a value does what a schema asks besides its shape, in three values: also that nobody can tell.

use rustc_hash::FxHashSet;

use crate::yaml::{Cursor, Schema};

use super::demand::{Demand, Limits, Literal};
use super::scalar::{Json, is_filled_in};

/// An answer. Of several that must all be yes, the least counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Answer {
    /// No.
    No,
    /// Something is filled in later, or the schema says more than is read.
    Unknown,
    /// Yes.
    Yes,
}

impl Answer {
    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}

impl From<bool> for Answer {
    fn from(is: bool) -> Self {
        if is { Self::Yes } else { Self::No }
    }
}

/// Whether a value does all that is asked.
pub fn holds(value: Cursor<'_>, demand: &Demand, reader: Schema) -> Answer {
    let json = Json::of(value, reader);
    // The API server drops it, keeps it or fills it in, by what the schema says elsewhere.
    if json == Json::Null || value.text().is_some_and(|text| is_filled_in(&text)) {
        return if demand.is_empty() { Answer::Yes } else { Answer::Unknown };
    }
    let least = match demand.is_partial {
        true => Answer::Unknown,
        false => Answer::Yes,
    };
    let own = match json {
        Json::Text => text(value, demand),
        Json::Integer(number) | Json::Number(number) => bounds(demand, number),
        Json::Object => object(value, demand, reader),
        Json::List => list(value, demand, reader),
        Json::Boolean | Json::Null => Answer::Yes,
    };
    let kind = demand.kind.as_deref().is_none_or(|kind| is_of(json, kind));
    let allowed = demand
        .allowed
        .as_ref()
        .is_none_or(|allowed| Literal::of(value, reader).is_some_and(|literal| allowed.contains(&literal)));
    let each = |demand: &Demand| holds(value, demand, reader);
    let all = demand.all.iter().map(each).min().unwrap_or(Answer::Yes);
    let any = demand.any.iter().map(each).max().unwrap_or(Answer::Yes);
    let one = one(&demand.one, value, reader);
    let not = demand.not.as_deref().map_or(Answer::Yes, |demand| each(demand).not());
    [least, own, kind.into(), allowed.into(), all, any, one, not].into_iter().min().unwrap_or(Answer::Yes)
}

fn is_of(json: Json, kind: &str) -> bool {
    match kind {
        "string" => json == Json::Text,
        "integer" => matches!(json, Json::Integer(_)),
        "number" => matches!(json, Json::Integer(_) | Json::Number(_)),
        "boolean" => json == Json::Boolean,
        "array" => json == Json::List,
        "object" => json == Json::Object,
        _ => true,
    }
}

/// Whether exactly one holds.
pub fn one(demands: &[Demand], value: Cursor<'_>, reader: Schema) -> Answer {
    if demands.is_empty() {
        return Answer::Yes;
    }
    let (mut yes, mut unknown) = (0_usize, 0_usize);
    for demand in demands {
        match holds(value, demand, reader) {
            Answer::No => {}
            Answer::Unknown => unknown += 1,
            Answer::Yes => yes += 1,
        }
    }
    match (yes, unknown) {
        (2.., _) | (0, 0) => Answer::No,
        (1, 0) => Answer::Yes,
        _ => Answer::Unknown,
    }
}

fn within(limits: Limits, count: usize) -> bool {
    let count = count as u64;
    limits.0.is_none_or(|least| count >= least) && limits.1.is_none_or(|most| count <= most)
}

fn text(value: Cursor<'_>, demand: &Demand) -> Answer {
    if demand.pattern.is_none() && demand.format.is_none() && demand.length == (None, None) {
        return Answer::Yes;
    }
    let text = value.text().unwrap_or_default();
    let fits = demand.pattern.as_ref().is_none_or(|pattern| pattern.is_match(&text))
        && demand.format.is_none_or(|format| format.fits(&text));
    (fits && within(demand.length, text.chars().count())).into()
}

fn bounds(demand: &Demand, number: f64) -> Answer {
    let is_least = demand.least.is_none_or(|(least, is_out)| number > least || (number == least && !is_out));
    let is_most = demand.most.is_none_or(|(most, is_out)| number < most || (number == most && !is_out));
    (is_least && is_most && is_multiple(demand, number)).into()
}

/// Whether a number is a multiple, as far as floating point tells.
pub fn is_multiple(demand: &Demand, number: f64) -> bool {
    demand.multiple_of.is_none_or(|unit| {
        let times = number / unit;
        (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
    })
}

/// The first item of a set that another one before it equals. Collections are not compared.
pub fn repeated<'w>(list: Cursor<'w>, reader: Schema) -> Option<Cursor<'w>> {
    let mut known = FxHashSet::default();
    list.items().find(|item| {
        let Some(literal) = Literal::of(*item, reader) else { return false };
        let is_filled_in = matches!(&literal, Literal::Text(text) if is_filled_in(text));
        !is_filled_in && !known.insert(literal)
    })
}

fn list(value: Cursor<'_>, demand: &Demand, reader: Schema) -> Answer {
    let items = demand.items.as_deref();
    let items = items.and_then(|items| value.items().map(|item| holds(item, items, reader)).min());
    let count = demand.items_count == (None, None) || within(demand.items_count, value.items().count());
    let is_set = !demand.is_set || repeated(value, reader).is_none();
    items.unwrap_or(Answer::Yes).min((count && is_set).into())
}

fn object(value: Cursor<'_>, demand: &Demand, reader: Schema) -> Answer {
    let mut answer = Answer::Yes;
    // What a template makes of a key is not known.
    let absent = || match value.entries().iter().any(|entry| is_key_filled_in(entry.key)) {
        true => Answer::Unknown,
        false => Answer::No,
    };
    for name in &demand.required {
        answer = answer.min(match value.get(name) {
            None => absent(),
            Some(found) if found.is_null() => Answer::Unknown,
            Some(_) => Answer::Yes,
        });
    }
    for field in &demand.fields {
        answer = answer.min(match value.get(&field.name) {
            None if field.has_default && !field.demand.is_empty() => Answer::Unknown,
            None => Answer::Yes,
            Some(found) => holds(found, &field.demand, reader),
        });
    }
    if let Some(values) = demand.values.as_deref() {
        value.for_each_entry(|entry| {
            let name = entry.key.text().unwrap_or_default();
            if !demand.fields.iter().any(|field| field.name == name) {
                answer = answer.min(holds(entry.value, values, reader));
            }
        });
    }
    if demand.fields_count != (None, None) {
        answer = answer.min(match within(demand.fields_count, value.entries().len()) {
            true => Answer::Yes,
            false => absent(),
        });
    }
    answer
}

fn is_key_filled_in(key: Cursor<'_>) -> bool {
    key.text().is_some_and(|key| key == "<<" || is_filled_in(&key))
}
