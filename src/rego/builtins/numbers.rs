//! Ranges and shifts, with an end.

use super::{Answer, Failure, ITEMS_LIMIT, int};
use crate::rego::Value;

/// Bits that a number may be shifted by.
const SHIFT: i64 = 65_536;

pub fn range(arguments: &[Value]) -> Answer {
    let [from, to] = arguments else { return Err(Failure::Undefined) };
    stepped(int(from)?, int(to)?, 1)
}

pub fn range_step(arguments: &[Value]) -> Answer {
    let [from, to, step] = arguments else { return Err(Failure::Undefined) };
    stepped(int(from)?, int(to)?, int(step)?)
}

fn stepped(from: i64, to: i64, step: i64) -> Answer {
    let step = u64::try_from(step).ok().filter(|step| *step > 0).ok_or(Failure::Undefined)?;
    let count = from.abs_diff(to) / step;
    if count >= ITEMS_LIMIT as u64 {
        return Err(Failure::TooMuch(usize::try_from(count).unwrap_or(usize::MAX)));
    }
    let at = |index: u64| {
        let by = i64::try_from(index * step).unwrap_or_default();
        Value::from(if from <= to { from + by } else { from - by })
    };
    Ok((0..=count).map(at).collect::<Vec<_>>().into())
}

pub fn shift_left(arguments: &[Value]) -> Answer {
    let [Value::Number(number), by] = arguments else { return Err(Failure::Undefined) };
    let bits = int(by)?;
    if bits > SHIFT {
        return Err(Failure::TooMuch(usize::try_from(bits / 8).unwrap_or(usize::MAX)));
    }
    let by = by.as_number().map_err(|_| Failure::Undefined)?;
    number.lsh(by).map(Value::from).ok_or(Failure::Undefined)
}
