//! What calls cost: the bytes and items that functions walk and make.
//!
//! Owns which function looks how deep into its arguments. Without it one step could double a value, and a template of
//! one line would take all memory.

use super::super::value::{DEPTH, Data, Value};
use super::numbers::to_int;

/// What a value costs besides its text.
const ITEM: u64 = 64;
/// What a regular expression costs to compile.
const REGEX: u64 = 1 << 16;
/// Columns that one directive of a format or one line that is indented may get.
const COLUMNS: u64 = 1_000;

/// What a call costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cost {
    /// It looks at the arguments, not into them.
    Flat,
    /// It looks at their items.
    Items,
    /// It looks at everything in them.
    Deep,
    /// `list`: what it makes has the arguments as items.
    List,
    /// `dict`: keys may be anything that can be printed.
    Dict,
    /// `pick`, `omit`: items of the first, and names.
    Pick,
    /// Everything is compared with everything.
    Unique,
    /// One item is compared with all.
    Has,
    /// All items are compared with all arguments.
    Without,
    /// `join`
    Join,
    /// `indent`
    Indent,
    /// `printf`
    Format,
    /// A regular expression is compiled.
    Regex,
}

/// Takes an amount from what is left; `None` when it is too much.
fn take(left: &mut u64, amount: u64) -> Option<()> {
    *left = left.checked_sub(amount)?;
    Some(())
}

/// Takes what it costs to walk or copy a value, lists and maps in it down to `depth`.
pub fn walk(value: &Value, depth: u32, left: &mut u64) -> Option<()> {
    take(left, ITEM)?;
    match (&value.data, depth.checked_sub(1)) {
        (Data::Text(text), _) => take(left, text.cost() as u64),
        (Data::List(items), Some(depth)) => items.iter().try_for_each(|item| walk(item, depth, left)),
        (Data::Map(map), Some(depth)) => map.try_each(|key, value| {
            take(left, key.len() as u64)?;
            walk(value, depth, left)
        }),
        _ => Some(()),
    }
}

impl Cost {
    /// How deep a function looks into an argument.
    fn depth(self, index: usize) -> u32 {
        match self {
            Cost::Flat | Cost::List => 0,
            Cost::Dict if index % 2 == 1 => 0,
            Cost::Items => 1,
            Cost::Pick if index == 0 => 1,
            _ => DEPTH,
        }
    }
}

/// Takes what a call costs before it is made.
pub fn arguments(cost: Cost, values: &[Value], left: &mut u64) -> Option<()> {
    let before = *left;
    for (index, value) in values.iter().enumerate() {
        walk(value, cost.depth(index), left)?;
    }
    let walked = before.saturating_sub(*left) / ITEM;
    let bytes = |index: usize| values.get(index).and_then(Value::text).map_or(0, |text| text.len() as u64);
    let items = |index: usize| match values.get(index).map(|value| &value.data) {
        Some(Data::List(items)) => items.len() as u64,
        _ => 1,
    };
    let count = |index: usize, part: char| {
        let text = values.get(index).and_then(Value::text).map_or("", |text| text.as_str());
        text.matches(part).count() as u64 + 1
    };
    let more = match cost {
        Cost::Unique => walked.saturating_mul(items(0)),
        Cost::Has => walked.saturating_mul(items(1)),
        Cost::Without => walked.saturating_mul(values.len() as u64),
        Cost::Join => bytes(0).saturating_mul(items(1)),
        Cost::Indent => {
            let columns = values.first().map_or(0, to_int).clamp(0, COLUMNS as i64) as u64;
            columns.saturating_mul(count(1, '\n'))
        }
        Cost::Format => count(0, '%').saturating_mul(COLUMNS),
        Cost::Regex => REGEX,
        _ => 0,
    };
    take(left, more)
}

/// Takes what the value that a call made costs.
pub fn result(cost: Cost, value: &Value, left: &mut u64) -> Option<()> {
    let depth = match cost {
        Cost::List | Cost::Dict => 1,
        cost => cost.depth(0),
    };
    walk(value, depth, left)
}
