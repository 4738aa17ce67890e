//! sprig's arithmetic. Integers wrap around as in Go.

use super::super::value::{Data, Value};
use super::{Answer, Arguments, TOO_LARGE};

/// Items that a made list has at most.
pub(super) const ITEMS: i64 = 100_000;

pub(super) fn call(name: &str, arguments: Arguments<'_>) -> Option<Answer> {
    let fold = |combine: fn(i64, i64) -> i64| {
        let mut numbers = arguments.from(0).iter().map(to_int);
        let first = numbers.next().ok_or_else(|| "wrong number of args: got 0".to_owned());
        first.map(|first| Data::Int(numbers.fold(first, combine)).into())
    };
    Some(match name {
        "int" | "int64" | "atoi" => arguments.int(0).map(|number| Data::Int(number).into()),
        "float64" => arguments.value(0).map(|value| Data::Float(to_float(value)).into()),
        "add" => fold(i64::wrapping_add),
        "add1" => arguments.int(0).map(|number| Data::Int(number.wrapping_add(1)).into()),
        "sub" => fold(i64::wrapping_sub),
        "mul" => fold(i64::wrapping_mul),
        "div" => divide(arguments, i64::wrapping_div),
        "mod" => divide(arguments, i64::wrapping_rem),
        "max" => fold(i64::max),
        "min" => fold(i64::min),
        "floor" => arguments.value(0).map(|value| Data::Float(to_float(value).floor()).into()),
        "ceil" => arguments.value(0).map(|value| Data::Float(to_float(value).ceil()).into()),
        "until" => arguments.int(0).and_then(|end| steps(0, end, if end < 0 { -1 } else { 1 })),
        "untilStep" => until_step(arguments),
        _ => return None,
    })
}

pub(super) fn to_int(value: &Value) -> i64 {
    match &value.data {
        Data::Int(number) => *number,
        Data::Float(number) => *number as i64,
        Data::Bool(value) => i64::from(*value),
        Data::Text(text) => {
            let text = text.as_str().trim();
            let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
            let number = match digits.strip_prefix("0x") {
                Some(digits) => i64::from_str_radix(digits, 16),
                None if digits.len() > 1 && digits.starts_with('0') => i64::from_str_radix(digits, 8),
                None => digits.parse(),
            };
            sign * number.unwrap_or(0)
        }
        _ => 0,
    }
}

fn to_float(value: &Value) -> f64 {
    match &value.data {
        Data::Float(number) => *number,
        Data::Text(text) => text.as_str().parse().unwrap_or(0.0),
        _ => to_int(value) as f64,
    }
}

fn divide(arguments: Arguments<'_>, divided: fn(i64, i64) -> i64) -> Answer {
    let (number, by) = (arguments.int(0)?, arguments.int(1)?);
    if by == 0 {
        return Err("runtime error: integer divide by zero".to_owned());
    }
    Ok(Data::Int(divided(number, by)).into())
}

fn until_step(arguments: Arguments<'_>) -> Answer {
    steps(arguments.int(0)?, arguments.int(1)?, arguments.int(2)?)
}

fn steps(start: i64, end: i64, step: i64) -> Answer {
    let mut items: Vec<Value> = Vec::new();
    let mut number = start;
    while step > 0 && number < end || step < 0 && number > end {
        if items.len() as i64 >= ITEMS {
            return Err(TOO_LARGE.to_owned());
        }
        items.push(Data::Int(number).into());
        number = number.saturating_add(step);
    }
    Ok(items.into())
}
