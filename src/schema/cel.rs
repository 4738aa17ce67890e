//! Rules in CEL of CustomResourceDefinitions: which can be evaluated, and what comes of them.
//!
//! Only a plain `false` is a verdict. What the interpreter does not know, what fails, and what could be read otherwise
//! by the API server is not verified. Must not know who asks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use cel::extractors::This;
use cel::{Context, Env, ExecutionError, Program, extensions};
use regex::Regex;
use rustc_hash::FxHashMap;

use crate::yaml::Cursor;

use super::cel_steps::Steps;
use super::cel_value::Itself;
use super::pattern::pattern;

/// A rule that may take more steps than this is not evaluated.
const STEPS: u64 = 1_000_000;

/// Longer expressions are not read.
const LENGTH: usize = 2048;

/// The parser calls itself many times for each bracket, and a stack that is too small for that ends the program: it has
/// one of its own.
const STACK: usize = 64 << 20;

/// Expressions with more brackets inside of each other are not read, nor those with more links in a chain.
const NESTING: usize = 24;

/// A rule of a CustomResourceDefinition.
pub struct Expression {
    /// As it is written.
    pub text: String,
    /// What its author says to those who break it.
    pub message: Option<String>,
    /// The field that it is about, below the value: `.spec.replicas`.
    pub field: Option<String>,
    program: OnceLock<Option<Ready>>,
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

/// A rule that can be evaluated.
struct Ready {
    program: Program,
    steps: Steps,
    /// The patterns that it matches with, compiled once.
    patterns: Arc<FxHashMap<String, Regex>>,
}

impl Expression {
    /// The rules of a schema. Those that compare with what was there before are for changes, and no part of it.
    pub fn all(schema: Cursor<'_>) -> Box<[Self]> {
        let rules = schema.get("x-kubernetes-validations").into_iter().flat_map(|rules| rules.items());
        let text = |rule: Cursor<'_>, name: &str| Some(rule.get(name)?.text()?.trim().to_owned());
        rules
            .filter_map(|rule| {
                let (message, field) = (text(rule, "message"), text(rule, "fieldPath"));
                Some(Self { text: text(rule, "rule")?, message, field, program: OnceLock::new() })
            })
            .filter(|rule| !rule.text.contains("oldSelf"))
            .collect()
    }

    /// Whether the rule holds for a value, which `schema` describes; nothing where that cannot be said.
    pub fn holds(&self, value: &Itself) -> Option<bool> {
        let ready = self.program.get_or_init(|| ready(&self.text)).as_ref()?;
        if value.unordered.iter().any(|name| ready.steps.compared.contains(name))
            || ready.steps.of(value.size as u64).is_none_or(|steps| steps > STEPS)
        {
            return None;
        }
        let run = || {
            let mut context = Context::with_env(environment());
            context.add_function("duration", duration).ok()?;
            let patterns = Arc::clone(&ready.patterns);
            let matches = move |This(text): This<Arc<String>>, expression: Arc<String>| {
                let unknown =
                    || ExecutionError::function_error("matches", "not a pattern that is known here");
                Ok::<_, ExecutionError>(patterns.get(&*expression).ok_or_else(unknown)?.is_match(&text))
            };
            context.add_function("matches", matches).ok()?;
            context.add_variable_from_value("self", value.value.clone());
            match ready.program.execute(&context) {
                Ok(cel::Value::Bool(is)) => Some(is),
                Ok(_) | Err(_) => None,
            }
        };
        catch_unwind(AssertUnwindSafe(run)).ok()?
    }
}

fn environment() -> Arc<Env> {
    static ENVIRONMENT: OnceLock<Arc<Env>> = OnceLock::new();
    let made = ENVIRONMENT.get_or_init(|| {
        let mut env = Env::stdlib();
        // Without it the functions that it has are unknown, and what uses them is not verified.
        let _ = env.add_extension(extensions::strings);
        Arc::new(env)
    });
    Arc::clone(made)
}

fn ready(text: &str) -> Option<Ready> {
    if text.len() > LENGTH || is_deep(text) {
        return None;
    }
    let compile = || environment().compile(text).ok();
    let program = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, compile).ok()?;
        // A panic is an error of the join.
        thread.join().ok()?
    })?;
    let steps = Steps::count(&program.expression().expr)?;
    let compiled = |text: &String| Some((text.clone(), pattern(text)?));
    let patterns = steps.patterns.iter().map(compiled).collect::<Option<FxHashMap<_, _>>>()?;
    Some(Ready { program, steps, patterns: Arc::new(patterns) })
}

/// Whether a text has more of what nests than is safe. Brackets in quotes count as well: they are few.
fn is_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    let chained = |marks: &[u8]| text.bytes().filter(|byte| marks.contains(byte)).count();
    deepest > NESTING
        || chained(b"?") > NESTING
        || chained(b"!-") > 8 * NESTING
        || chained(b"+*/%<>=") > 8 * NESTING
}

/// A duration as a number of nanoseconds, which compares as it does.
fn duration(text: Arc<String>) -> Result<i64, ExecutionError> {
    nanoseconds(&text).ok_or_else(|| ExecutionError::function_error("duration", "not a duration"))
}

/// `1h30m` as Go reads it.
fn nanoseconds(text: &str) -> Option<i64> {
    const UNITS: [(&str, f64); 7] =
        [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0.0;
    let mut is_any = false;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, unit) = rest.split_at_checked(digits)?;
        let (name, factor) = UNITS.iter().find(|(name, _)| unit.starts_with(name))?;
        // `m` begins `ms` as well, which stands before it.
        total += number.parse::<f64>().ok()? * factor;
        rest = unit.strip_prefix(name)?;
        is_any = true;
    }
    (is_any && total < i64::MAX as f64).then_some((sign * total) as i64)
}
