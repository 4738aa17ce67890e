//! The functions of templates: Go's own, those of sprig, and those of the program that renders.
//!
//! Owns which function there is, what it takes, and what opaque arguments make of it. In an ApplicationSet a function
//! that is not here gives an opaque value: it may be one that nobody has asked for yet, or one that asks a clock, a
//! cluster or chance. In a chart such a template does not parse, as for Helm.

mod case;
mod chance;
mod cost;
mod data;
mod dicts;
mod format;
mod hashes;
mod json;
mod lists;
mod logic;
mod name;
mod numbers;
mod paths;
mod regexes;
pub(super) mod semver;
mod strings;
pub(super) mod time;
mod toml;
mod wrap;
mod yaml_read;
mod yaml_write;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

pub(super) use cost::walk;
pub(super) use format::quoted;
pub use name::normalize;
pub use yaml_write::to_yaml;

use super::text::Text;
use super::value::{Data, Map, Value};
use super::{Dialect, HelmVersion};
use cost::Cost;

/// What functions have besides their arguments.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    /// Whose functions there are.
    pub dialect: Dialect,
}

/// What a function gives, or why Go stops.
type Answer = Result<Value, String>;

/// Why a call is not made that Go would make.
pub(super) const TOO_LARGE: &str = "it is too large";

/// A function that the execution itself has to make.
#[derive(Clone, Copy, Debug)]
pub enum Special {
    /// Go's `and`.
    And,
    /// Go's `or`.
    Or,
    /// Go's `call`.
    Call,
    /// Helm's `include`.
    Include,
    /// Helm's `tpl`.
    Tpl,
    /// Helm's `required`.
    Required,
    /// Helm's `fail`.
    Fail,
}

/// How a function is called.
#[derive(Clone, Copy)]
pub(super) enum Run {
    Plain(fn(Arguments<'_>) -> Answer),
    Scoped(fn(&Scope, Arguments<'_>) -> Answer),
    Special(Special),
}

/// A function that templates may call.
#[derive(Clone, Copy)]
pub struct Function {
    /// Its name.
    pub(super) name: &'static str,
    /// A letter for each parameter: `s` for a string, `i` for an integer, `b` for a boolean, `m` for a map, `a` for
    /// anything; behind a star, any number of the last.
    takes: &'static str,
    cost: Cost,
    pub(super) run: Run,
    /// Whether it depends on chance, a clock or a certificate: what it gives is a placeholder.
    pub(super) is_chance: bool,
    /// Whether only charts have it.
    is_helm: bool,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const fn plain(
    name: &'static str,
    takes: &'static str,
    cost: Cost,
    run: fn(Arguments<'_>) -> Answer,
) -> Function {
    Function { name, takes, cost, run: Run::Plain(run), is_chance: false, is_helm: false }
}

const fn scoped(
    name: &'static str,
    takes: &'static str,
    cost: Cost,
    run: fn(&Scope, Arguments<'_>) -> Answer,
) -> Function {
    Function { name, takes, cost, run: Run::Scoped(run), is_chance: false, is_helm: false }
}

const fn special(name: &'static str, takes: &'static str, special: Special) -> Function {
    Function { name, takes, cost: Cost::Flat, run: Run::Special(special), is_chance: false, is_helm: true }
}

impl Function {
    /// The same for charts alone.
    const fn helm(self) -> Self {
        Self { is_helm: true, ..self }
    }

    /// How many arguments it wants, when `given` is not it.
    pub(super) fn refuses(&self, given: usize) -> Option<String> {
        match self.takes.strip_suffix('*') {
            Some(takes) if given + 1 < takes.len() => Some(format!("at least {}", takes.len() - 1)),
            None if given != self.takes.len() => Some(self.takes.len().to_string()),
            _ => None,
        }
    }

    /// The type that a parameter has, when a value is none of it.
    pub(super) fn mismatch(&self, index: usize, value: &Value) -> Option<&'static str> {
        let takes = self.takes.trim_end_matches('*').as_bytes();
        let wanted = takes.get(index).or(takes.last()).copied().unwrap_or(b'a');
        match (wanted, &value.data) {
            (b's', Data::Text(_)) | (b'i', Data::Int(_) | Data::Int64(_)) | (b'b', Data::Bool(_)) => None,
            (b'm', Data::Map(_) | Data::Missing) => None,
            (_, Data::Opaque(_)) => None,
            (b's', _) => Some("string"),
            (b'i', _) => Some("int"),
            (b'b', _) => Some("bool"),
            (b'm', _) => Some("map[string]interface {}"),
            _ => None,
        }
    }
}

/// All functions by name.
static TABLE: LazyLock<FxHashMap<&'static str, &'static Function>> = LazyLock::new(|| {
    let special: &[Function] = const {
        &[
            Function { is_helm: false, ..special("and", "aa*", Special::And) },
            Function { is_helm: false, ..special("or", "aa*", Special::Or) },
            Function { is_helm: false, ..special("fail", "s", Special::Fail) },
            special("call", "aa*", Special::Call),
            special("include", "sa", Special::Include),
            special("tpl", "sa", Special::Tpl),
            special("required", "sa", Special::Required),
        ]
    };
    let all = [
        special,
        case::FUNCTIONS,
        chance::FUNCTIONS,
        data::FUNCTIONS,
        dicts::FUNCTIONS,
        hashes::FUNCTIONS,
        lists::FUNCTIONS,
        logic::FUNCTIONS,
        name::FUNCTIONS,
        numbers::FUNCTIONS,
        paths::FUNCTIONS,
        regexes::FUNCTIONS,
        semver::FUNCTIONS,
        strings::FUNCTIONS,
        time::FUNCTIONS,
        wrap::FUNCTIONS,
    ];
    let all: Vec<&'static Function> = all.into_iter().flatten().collect();
    let musts = MUST.iter().filter_map(|name| {
        let mut signs = name.strip_prefix("must")?.chars();
        let plain: String = signs.next()?.to_lowercase().chain(signs).collect();
        let function = all.iter().find(|function| function.name == plain)?;
        // Once for the whole process.
        let function: &'static Function = Box::leak(Box::new(Function { name, ..**function }));
        Some(function)
    });
    all.iter().copied().chain(musts).map(|function| (function.name, function)).collect()
});

/// Functions that differ from others only in that they fail where those do not: here both fail.
const MUST: &[&str] = &[
    "mustAppend",
    "mustChunk",
    "mustCompact",
    "mustDateModify",
    "mustDeepCopy",
    "mustFirst",
    "mustHas",
    "mustInitial",
    "mustLast",
    "mustMerge",
    "mustMergeOverwrite",
    "mustPrepend",
    "mustPush",
    "mustRegexFind",
    "mustRegexFindAll",
    "mustRegexReplaceAll",
    "mustRegexReplaceAllLiteral",
    "mustRegexSplit",
    "mustRest",
    "mustReverse",
    "mustSlice",
    "mustToDate",
    "mustToDuration",
    "mustToJson",
    "mustToPrettyJson",
    "mustToRawJson",
    "mustToYaml",
    "mustUniq",
    "mustWithout",
];

/// Functions that Helm 3 does not have.
const YOUNG: &[&str] = &["mustToYaml", "toYamlPretty"];

/// The function of a name.
pub(super) fn find(dialect: Dialect, name: &str) -> Option<&'static Function> {
    let function = TABLE.get(name).copied()?;
    match dialect {
        Dialect::ApplicationSet => (!function.is_helm && !function.is_chance).then_some(function),
        Dialect::Helm(HelmVersion::Three) if YOUNG.contains(&name) => None,
        Dialect::Helm(_) => (!name::is_argo(name)).then_some(function),
    }
}

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

/// Calls a function. What it walks and makes is taken from `left`; [`TOO_LARGE`] when that does not suffice.
pub(super) fn call(scope: &Scope, function: &Function, values: &[Value], left: &mut u64) -> Answer {
    let name = function.name;
    let is_must = name.starts_with("must");
    cost::arguments(function.cost, values, left).ok_or(TOO_LARGE)?;
    if scope.dialect == Dialect::ApplicationSet && !BUILDERS.contains(&name) {
        let why = |value: &Value| match &value.data {
            Data::Opaque(why) => Some(why.clone()),
            _ if SELECTORS.contains(&name) => None,
            _ => value.why_opaque(),
        };
        if let Some(why) = values.iter().find_map(why) {
            return Ok(Data::Opaque(why).into());
        }
    }
    let arguments = Arguments(values);
    let value = match function.run {
        Run::Plain(run) if is_must => run(arguments).map_err(|message| regexes::checked(&message))?,
        Run::Plain(run) => run(arguments)?,
        Run::Scoped(run) => run(scope, arguments)?,
        Run::Special(_) => Data::Nil.into(),
    };
    cost::result(function.cost, &value, left).ok_or(TOO_LARGE)?;
    Ok(value)
}

/// The arguments of a call.
#[derive(Clone, Copy)]
pub(super) struct Arguments<'v>(&'v [Value]);

impl<'v> Arguments<'v> {
    fn value(self, index: usize) -> Result<&'v Value, String> {
        self.0.get(index).ok_or_else(|| format!("wrong number of args: got {}", self.0.len()))
    }

    fn last(self) -> Result<&'v Value, String> {
        self.value(self.0.len().saturating_sub(1))
    }

    fn len(self) -> usize {
        self.0.len()
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

    /// A list; `what` is what Go says that it cannot do with anything else.
    fn list_to(self, index: usize, what: &str) -> Result<&'v [Value], String> {
        let value = self.value(index)?;
        match &value.data {
            Data::List(items) => Ok(items),
            Data::Nil | Data::Missing => Ok(&[]),
            Data::Object(object) if object.list().is_some() => Ok(object.list().unwrap_or_default()),
            _ => Err(format!("Cannot {what} on type {}", value.kind())),
        }
    }

    fn list(self, index: usize) -> Result<&'v [Value], String> {
        let value = self.value(index)?;
        match &value.data {
            Data::List(items) => Ok(items),
            Data::Nil | Data::Missing => Ok(&[]),
            Data::Object(object) if object.list().is_some() => Ok(object.list().unwrap_or_default()),
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
    match &value.data {
        Data::Text(text) => text.clone(),
        Data::Object(object) => match &**object {
            super::object::Object::Bytes(text) => text.clone(),
            _ => value.printed("<nil>"),
        },
        _ => value.printed("<nil>"),
    }
}
