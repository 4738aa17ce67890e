//! Ranges and shifts, with an end.

use std::collections::BTreeSet;

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

/// Bits of a product: numbers that are squared double them each time.
const BITS: u64 = SHIFT.unsigned_abs();

fn bits(value: &Value) -> u64 {
    let large = value.as_number().ok().filter(|number| number.as_i64().is_none());
    large.and_then(|number| number.as_big()).map_or(0, |big| big.bits())
}

/// What `compute` knows.
pub const OPERATORS: [&str; 7] = ["+", "-", "*", "/", "%", "|", "&"];

/// An operator between two numbers or two sets.
pub fn compute(arguments: &[Value]) -> Answer {
    let [Value::String(operator), left, right] = arguments else { return Err(Failure::Undefined) };
    let made = match (&**operator, left, right) {
        ("+", Value::Number(left), Value::Number(right)) => left.add(right),
        ("-", Value::Number(left), Value::Number(right)) => left.sub(right),
        ("*", Value::Number(one), Value::Number(other)) => {
            let bits = bits(left) + bits(right);
            if bits > BITS {
                return Err(Failure::TooMuch(usize::try_from(bits / 8).unwrap_or(usize::MAX)));
            }
            one.mul(other)
        }
        ("/" | "%", Value::Number(_), right) if *right == Value::from(0) => return Err(Failure::Undefined),
        ("/", Value::Number(left), Value::Number(right)) => left.clone().divide(right),
        ("%", Value::Number(left), Value::Number(right)) => left.clone().modulo(right),
        (operator, Value::Set(left), Value::Set(right)) => {
            let others = || right.iter().cloned();
            return Ok(match operator {
                "-" => left.iter().filter(|item| !right.contains(item)).cloned().collect::<BTreeSet<_>>(),
                "&" => left.iter().filter(|item| right.contains(item)).cloned().collect(),
                "|" => left.iter().cloned().chain(others()).collect(),
                _ => return Err(Failure::Undefined),
            }
            .into());
        }
        _ => return Err(Failure::Undefined),
    };
    made.map(Value::from).map_err(|_| Failure::Undefined)
}
