//! Comparisons and choices: Go's builtins, and sprig's defaults.

use std::cmp::Ordering;

use super::super::value::{Data, Value};
use super::cost::Cost::{Deep, Flat, Format};
use super::{Answer, Arguments, Function, format, plain};

pub(super) const FUNCTIONS: &[Function] = &[
    plain("eq", "aa*", Deep, equal),
    plain("ne", "aa", Deep, |arguments| equal(arguments).map(|value| truth(value.is_empty()))),
    plain("lt", "aa", Deep, |arguments| order(arguments, |order| order == Ordering::Less)),
    plain("le", "aa", Deep, |arguments| order(arguments, |order| order != Ordering::Greater)),
    plain("gt", "aa", Deep, |arguments| order(arguments, |order| order == Ordering::Greater)),
    plain("ge", "aa", Deep, |arguments| order(arguments, |order| order != Ordering::Less)),
    plain("not", "a", Flat, |arguments| arguments.value(0).map(|value| truth(value.is_empty()))),
    plain("print", "a*", Deep, |arguments| Ok(format::print(arguments.from(0)).into())),
    plain("println", "a*", Deep, |arguments| Ok(format::println(arguments.from(0)).into())),
    plain("printf", "sa*", Format, |arguments| {
        Ok(format::printf(arguments.text(0)?, arguments.from(1)).into())
    }),
    plain("default", "aa*", Flat, default),
    plain("empty", "a", Flat, |arguments| arguments.value(0).map(|value| truth(value.is_empty()))),
    plain("coalesce", "a*", Flat, coalesce),
    plain("all", "a*", Flat, |arguments| Ok(truth(!arguments.from(0).iter().any(Value::is_empty)))),
    plain("any", "a*", Flat, |arguments| Ok(truth(arguments.from(0).iter().any(|value| !value.is_empty())))),
    plain("ternary", "aab", Flat, ternary),
    plain("kindOf", "a", Flat, |arguments| arguments.value(0).map(|value| Value::made(value.kind()))),
    plain("kindIs", "sa", Flat, |arguments| is(arguments, Value::kind)),
    plain("typeOf", "a", Flat, |arguments| arguments.value(0).map(|value| Value::made(value.type_name()))),
    plain("typeIs", "sa", Flat, |arguments| is(arguments, Value::type_name)),
    plain("typeIsLike", "sa", Flat, |arguments| is(arguments, Value::type_name)),
    plain("deepEqual", "aa", Deep, |arguments| {
        Ok(truth(arguments.value(0)?.deep_equal(arguments.value(1)?)))
    }),
    plain("hello", "", Flat, |_| Ok(Value::made("Hello!"))).helm(),
];

pub(super) fn truth(value: bool) -> Value {
    Data::Bool(value).into()
}

/// Whether the first is equal to any other.
fn equal(arguments: Arguments<'_>) -> Answer {
    let first = arguments.value(0)?;
    if arguments.len() < 2 {
        return Err("missing argument for comparison".to_owned());
    }
    let comparable = |value: &Value| match &value.data {
        Data::List(_) | Data::Map(_) => {
            let printed = format::sprintf("%s: ", value);
            Err(format!("non-comparable type {printed}{}", value.type_name()))
        }
        _ => Ok(()),
    };
    comparable(first)?;
    for other in arguments.from(1) {
        comparable(other)?;
        let same = match first.is_nil() || other.is_nil() {
            true => first.is_nil() && other.is_nil(),
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
    if first.is_nil() || second.is_nil() || matches!(first.data, Data::Bool(_)) {
        return Err("invalid type for comparison".to_owned());
    }
    Ok(truth(first.order(second)?.is_some_and(wanted)))
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
