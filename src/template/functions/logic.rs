//! Comparisons and choices: Go's builtins, and sprig's defaults.

use std::cmp::Ordering;

use super::super::value::{Data, Value};
use super::{Answer, Arguments, format};

pub(super) fn call(name: &str, arguments: Arguments<'_>) -> Option<Answer> {
    Some(match name {
        "eq" => equal(arguments),
        "ne" => equal(arguments).map(|value| truth(value.is_empty())),
        "lt" => order(arguments, |order| order == Ordering::Less),
        "le" => order(arguments, |order| order != Ordering::Greater),
        "gt" => order(arguments, |order| order == Ordering::Greater),
        "ge" => order(arguments, |order| order != Ordering::Less),
        "not" => arguments.value(0).map(|value| truth(value.is_empty())),
        "print" => Ok(format::print(arguments.from(0)).into()),
        "println" => Ok(format::println(arguments.from(0)).into()),
        "printf" => printf(arguments),
        "default" => default(arguments),
        "empty" => arguments.value(0).map(|value| truth(value.is_empty())),
        "coalesce" => coalesce(arguments),
        "all" => Ok(truth(!arguments.from(0).iter().any(Value::is_empty))),
        "any" => Ok(truth(arguments.from(0).iter().any(|value| !value.is_empty()))),
        "ternary" => ternary(arguments),
        "fail" => Err(arguments.str(0).unwrap_or_default().to_owned()),
        "kindOf" => arguments.value(0).map(|value| Value::made(value.kind())),
        "kindIs" => is(arguments, Value::kind),
        "typeOf" => arguments.value(0).map(|value| Value::made(value.type_name())),
        "typeIs" | "typeIsLike" => is(arguments, Value::type_name),
        "deepEqual" => deep_equal(arguments),
        _ => return None,
    })
}

pub(super) fn truth(value: bool) -> Value {
    Data::Bool(value).into()
}

/// Whether the first is equal to any other.
fn equal(arguments: Arguments<'_>) -> Answer {
    let first = arguments.value(0)?;
    arguments.value(1)?;
    let nil = |value: &Value| matches!(value.data, Data::Nil | Data::Missing);
    for other in arguments.from(1) {
        let same = match nil(first) || nil(other) {
            true => nil(first) && nil(other),
            false => first.order(other)? == Some(Ordering::Equal),
        };
        if same {
            return Ok(truth(true));
        }
    }
    Ok(truth(false))
}

fn order(arguments: Arguments<'_>, wanted: fn(Ordering) -> bool) -> Answer {
    let (first, second) = (arguments.value(0)?, arguments.value(1)?);
    if matches!(first.data, Data::Bool(_)) {
        return Err("invalid type for comparison".to_owned());
    }
    Ok(truth(first.order(second)?.is_some_and(wanted)))
}

fn printf(arguments: Arguments<'_>) -> Answer {
    Ok(format::printf(arguments.text(0)?, arguments.from(1)).into())
}

fn default(arguments: Arguments<'_>) -> Answer {
    let default = arguments.value(0)?;
    Ok(arguments.from(1).first().filter(|given| !given.is_empty()).unwrap_or(default).clone())
}

/// The first that is not empty; not known when one before it is not.
fn coalesce(arguments: Arguments<'_>) -> Answer {
    let first = arguments.from(0).iter().find(|value| !value.is_empty());
    Ok(first.cloned().unwrap_or(Data::Nil.into()))
}

fn ternary(arguments: Arguments<'_>) -> Answer {
    let chosen = if arguments.bool(2)? { 0 } else { 1 };
    arguments.value(chosen).cloned()
}

fn is(arguments: Arguments<'_>, what: fn(&Value) -> &'static str) -> Answer {
    Ok(truth(arguments.str(0)? == what(arguments.value(1)?)))
}

fn deep_equal(arguments: Arguments<'_>) -> Answer {
    Ok(truth(arguments.value(0)?.deep_equal(arguments.value(1)?)))
}
