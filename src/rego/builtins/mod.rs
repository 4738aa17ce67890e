//! Functions of OPA that regorus has not, has differently, or has without a limit.
//!
//! Owns their table. They are pure: no clock, no chance, no network. Must not know how a policy is evaluated.

mod collections;
mod crypto;
mod globs;
mod net;
pub mod numbers;
mod objects;
mod paths;
mod regexes;
mod sprintf;
mod state;
mod terms;
mod texts;
mod time;
mod token;

use std::sync::LazyLock;

use regorus::rvm::program::Program;
use regorus::unstable::BuiltinFcn;
use regorus::{Engine, LimitError};
use rustc_hash::FxHashMap;

use super::Value;

pub use state::{State, Support, support, table};

/// Bytes of a text that a function makes.
const TEXT_LIMIT: usize = 16 << 20;
/// Items of a collection that a function makes.
const ITEMS_LIMIT: usize = 1_000_000;

/// Why a function gives nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// Its arguments are wrong, which is undefined to OPA.
    Undefined,
    /// It would make more bytes, or items, than anybody needs.
    TooMuch(usize),
}

/// What a function gives.
type Answer = Result<Value, Failure>;

/// A function.
struct Builtin {
    name: &'static str,
    arity: u8,
    run: fn(&[Value]) -> Answer,
    /// The same, as regorus calls it.
    native: BuiltinFcn,
}

/// What regorus calls is a plain function, hence one for each line.
macro_rules! builtins {
    ($($name:literal $arity:literal $run:path),* $(,)?) => {
        &[$(Builtin {
            name: $name,
            arity: $arity,
            run: $run,
            native: (|_, _, arguments, _| $run(arguments).or_else(|failure| match failure {
                Failure::Undefined => Ok(Value::Undefined),
                Failure::TooMuch(size) => Err(too_much(size).into()),
            }), $arity),
        }),*]
    };
}

/// In place of what regorus has.
static INSTEAD: &[Builtin] = builtins![
    "array.concat" 2 collections::concat,
    "bits.lsh" 2 numbers::shift_left,
    "concat" 2 texts::concat,
    "graph.reachable_paths" 2 paths::reachable,
    "json.is_valid" 1 texts::is_json,
    "net.cidr_expand" 1 net::expand,
    "net.cidr_is_valid" 1 net::is_valid,
    "numbers.range" 2 numbers::range,
    "numbers.range_step" 3 numbers::range_step,
    "object.subset" 2 objects::subset,
    "regex.find_n" 3 regexes::find_n,
    "regex.is_valid" 1 regexes::is_valid,
    "regex.match" 2 regexes::matches,
    "regex.replace" 3 regexes::replace,
    "regex.split" 2 regexes::split,
    "replace" 3 texts::replace,
    "sprintf" 2 sprintf::sprintf,
    "strings.count" 2 texts::count,
    "strings.replace_n" 2 texts::replace_n,
    "trace" 1 extra,
    "upper" 1 texts::upper,
    "lower" 1 texts::lower,
    "yaml.is_valid" 1 texts::is_yaml,
];

/// What regorus has not: asked through `trace`, with the name before the arguments.
static EXTRA: &[Builtin] = builtins![
    "all" 1 collections::all,
    "any" 1 collections::any,
    "array.flatten" 1 collections::flatten,
    "cast_array" 1 collections::cast_array,
    "cast_boolean" 1 collections::cast_boolean,
    "cast_null" 1 collections::cast_null,
    "cast_object" 1 collections::cast_object,
    "cast_set" 1 collections::cast_set,
    "cast_string" 1 collections::cast_string,
    "crypto.hmac.equal" 2 crypto::hmac_equal,
    "crypto.hmac.md5" 2 crypto::hmac_md5,
    "crypto.hmac.sha1" 2 crypto::hmac_sha1,
    "crypto.hmac.sha256" 2 crypto::hmac_sha256,
    "crypto.hmac.sha512" 2 crypto::hmac_sha512,
    "crypto.md5" 1 crypto::md5,
    "crypto.sha1" 1 crypto::sha1,
    "crypto.sha256" 1 crypto::sha256,
    "io.jwt.decode" 1 token::decode,
    "net.cidr_contains_matches" 2 net::contains_matches,
    "net.cidr_intersects" 2 net::intersects,
    "net.cidr_merge" 1 net::merge,
    "net.cidr_overlap" 2 net::contains,
    "opa.runtime" 0 objects::runtime,
    "plimsoll.collection" 1 collections::collection,
    "plimsoll.compute" 3 numbers::compute,
    "plimsoll.each" 1 collections::each,
    "plimsoll.paths" 1 paths::paths,
    "plimsoll.pattern" 1 paths::pattern,
    "re_match" 2 regexes::matches,
    "regex.find_all_string_submatch_n" 3 regexes::find_submatches,
    "regex.globs_match" 2 globs::globs_match,
    "set_diff" 2 collections::difference,
    "time.add_date" 4 time::add_date,
    "time.clock" 1 time::clock,
    "time.date" 1 time::date,
    "time.diff" 2 time::difference,
    "time.format" 1 time::format,
    "time.parse_duration_ns" 1 time::parse_duration,
    "time.parse_ns" 2 time::parse,
    "time.parse_rfc3339_ns" 1 time::parse_rfc3339,
    "time.weekday" 1 time::weekday,
    "urlquery.decode" 1 texts::query_decode,
    "urlquery.decode_object" 1 texts::query_decode_object,
    "urlquery.encode" 1 texts::query_encode,
    "urlquery.encode_object" 1 texts::query_encode_object,
    "uuid.parse" 1 texts::uuid_parse,
    "walk" 1 objects::walk,
];

static EXTRA_BY_NAME: LazyLock<FxHashMap<&'static str, &'static Builtin>> =
    LazyLock::new(|| EXTRA.iter().map(|builtin| (builtin.name, builtin)).collect());

/// Whether a function is asked through `trace`.
pub fn is_extra(name: &str) -> bool {
    EXTRA_BY_NAME.contains_key(name)
}

/// The argument of a function of regorus that has to be looked at first, and what looks: regorus goes down it without end.
pub fn checked(name: &str) -> Option<(usize, &'static str)> {
    match name {
        "glob.match" => Some((0, "plimsoll.pattern")),
        "json.filter" | "json.remove" | "json.patch" => Some((1, "plimsoll.paths")),
        _ => None,
    }
}

/// `trace(["name", argument, …])`, and `trace` itself, which says something to nobody.
fn extra(arguments: &[Value]) -> Answer {
    let [Value::Array(call)] = arguments else { return Ok(true.into()) };
    let [Value::String(name), arguments @ ..] = call.as_slice() else { return Err(Failure::Undefined) };
    match EXTRA_BY_NAME.get(&**name) {
        Some(builtin) if usize::from(builtin.arity) == arguments.len() => (builtin.run)(arguments),
        _ => Err(Failure::Undefined),
    }
}

/// Makes bytecode call them.
pub fn patch(program: &mut Program) {
    let names = program.builtin_info_table.iter().map(|info| info.name.as_str());
    for (name, resolved) in names.zip(&mut program.resolved_builtins) {
        if let Some(builtin) = INSTEAD.iter().find(|builtin| builtin.name == name) {
            *resolved = builtin.native;
        }
    }
}

/// Makes the interpreter call them.
pub fn install(engine: &mut Engine) {
    for builtin in INSTEAD {
        let run = builtin.run;
        let extension = move |arguments: Vec<Value>| match run(&arguments) {
            Err(Failure::TooMuch(size)) => Err(too_much(size).into()),
            answer => Ok(answer.unwrap_or(Value::Undefined)),
        };
        // Names differ, so none is refused.
        let _ = engine.add_extension(builtin.name.to_owned(), builtin.arity, Box::new(extension));
    }
}

/// The only errors that regorus does not take for undefined.
fn too_much(size: usize) -> LimitError {
    LimitError::MemoryLimitExceeded { usage: size as u64, limit: TEXT_LIMIT as u64 }
}

fn text(value: &Value) -> Result<&str, Failure> {
    value.as_string().map(|text| &**text).map_err(|_| Failure::Undefined)
}

fn int(value: &Value) -> Result<i64, Failure> {
    value.as_i64().map_err(|_| Failure::Undefined)
}
