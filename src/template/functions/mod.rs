//! The functions of templates: Go's own, those of sprig, and those of the program that renders.
//!
//! Owns which function there is, and what opaque arguments make of it. A function that is not here gives an opaque
//! value: it may be one that nobody has asked for yet, or one that asks a clock, a cluster or chance.

mod collections;
mod cost;
mod data;
mod format;
mod logic;
mod name;
mod numbers;
mod strings;

pub(super) use cost::walk;
pub use data::to_yaml;
pub use name::normalize;

use crate::source::SourceMap;

use super::text::Text;
use super::value::{Data, Map, Value};

/// Whose functions there are besides Go's and sprig's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// Argo CD's ApplicationSet controller: `normalize`, `slugify`, `toYaml`, `fromYaml`, `fromYamlArray`.
    ApplicationSet,
}

/// What functions have besides their arguments.
pub(super) struct Scope<'s> {
    /// Where text is put that has to be parsed.
    pub map: &'s SourceMap,
    /// Whose functions there are.
    pub dialect: Dialect,
}

/// What a function gives, or why Go stops.
type Answer = Result<Value, String>;

/// Why a call is not made that Go would make.
pub(super) const TOO_LARGE: &str = "it is too large";

/// Functions that pass opaque parts of their arguments on.
const BUILDERS: &[&str] = &["list", "tuple", "dict"];

/// Functions that look at parts of their arguments, which may be known when others are not.
const SELECTORS: &[&str] = &[
    "append",
    "coalesce",
    "concat",
    "deepCopy",
    "default",
    "dig",
    "empty",
    "first",
    "get",
    "has",
    "hasKey",
    "index",
    "initial",
    "kindIs",
    "kindOf",
    "last",
    "len",
    "merge",
    "mergeOverwrite",
    "not",
    "omit",
    "pick",
    "pluck",
    "prepend",
    "rest",
    "set",
    "slice",
    "ternary",
    "typeIs",
    "typeOf",
    "unset",
];

/// Calls a function. Sprig's `must…` functions differ from the others in how they fail, and here all fail. What it
/// walks and makes is taken from `left`; [`TOO_LARGE`] when that does not suffice.
pub(super) fn call(scope: &Scope<'_>, name: &str, arguments: &[Value], left: &mut u64) -> Answer {
    let plain = name.strip_prefix("must").and_then(|rest| {
        let mut signs = rest.chars();
        signs.next().map(|first| first.to_lowercase().chain(signs).collect::<String>())
    });
    let name = plain.as_deref().unwrap_or(name);
    cost::arguments(name, arguments, left).ok_or(TOO_LARGE)?;
    if !BUILDERS.contains(&name) {
        let why = |value: &Value| match &value.data {
            Data::Opaque(why) => Some(why.clone()),
            _ if SELECTORS.contains(&name) => None,
            _ => value.why_opaque(),
        };
        if let Some(why) = arguments.iter().find_map(why) {
            return Ok(Data::Opaque(why).into());
        }
    }
    let arguments = Arguments(arguments);
    let value = logic::call(name, arguments)
        .or_else(|| strings::call(name, arguments))
        .or_else(|| collections::call(name, arguments))
        .or_else(|| numbers::call(name, arguments))
        .or_else(|| data::call(scope, name, arguments))
        .or_else(|| match scope.dialect {
            Dialect::ApplicationSet => name::call(name, arguments),
        })
        .unwrap_or_else(|| Ok(Value::opaque(&format!("the function `{name}` is not evaluated"))))?;
    cost::result(name, &value, left).ok_or(TOO_LARGE)?;
    Ok(value)
}

/// The arguments of a call.
#[derive(Clone, Copy)]
struct Arguments<'v>(&'v [Value]);

impl<'v> Arguments<'v> {
    fn value(self, index: usize) -> Result<&'v Value, String> {
        self.0.get(index).ok_or_else(|| format!("wrong number of args: got {}", self.0.len()))
    }

    fn last(self) -> Result<&'v Value, String> {
        self.value(self.0.len().saturating_sub(1))
    }

    /// All from `index` on.
    fn from(self, index: usize) -> &'v [Value] {
        self.0.get(index..).unwrap_or_default()
    }

    /// A string; Go refuses any other type.
    fn text(self, index: usize) -> Result<&'v Text, String> {
        let value = self.value(index)?;
        value
            .text()
            .ok_or_else(|| format!("wrong type for value; expected string; got {}", value.type_name()))
    }

    fn str(self, index: usize) -> Result<&'v str, String> {
        self.text(index).map(Text::as_str)
    }

    fn list(self, index: usize) -> Result<&'v [Value], String> {
        let value = self.value(index)?;
        match &value.data {
            Data::List(items) => Ok(items),
            Data::Nil | Data::Missing => Ok(&[]),
            _ => Err(format!("wrong type for value; expected a list; got {}", value.type_name())),
        }
    }

    fn map(self, index: usize) -> Result<Map, String> {
        let value = self.value(index)?;
        match &value.data {
            Data::Map(map) => Ok(map.clone()),
            Data::Nil | Data::Missing => Ok(Map::default()),
            _ => Err(format!("wrong type for value; expected a map; got {}", value.type_name())),
        }
    }

    /// A number as sprig makes one of anything: text in decimal, octal or hexadecimal, else 0.
    fn int(self, index: usize) -> Result<i64, String> {
        self.value(index).map(numbers::to_int)
    }

    fn bool(self, index: usize) -> Result<bool, String> {
        match self.value(index)?.data {
            Data::Bool(value) => Ok(value),
            _ => Err("wrong type for value; expected bool".to_owned()),
        }
    }
}

/// The text of any value, as sprig's `strval` has it.
fn strval(value: &Value) -> Text {
    value.printed("<nil>")
}
