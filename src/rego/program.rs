//! Policies that were compiled together, and the machines that ask them.
//!
//! Bytecode where a policy compiles to it, the interpreter where it does not: which of the two answers is nobody's business.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::num::{NonZeroU32, NonZeroUsize};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{CompiledPolicy, Engine, PolicyLengthConfig, Value};
use rustc_hash::FxHashMap;

use super::builtins;
use super::bytecode::{self, Piece};
use super::machine::{Desk, Idle, Machine};
use super::module::{offset, position};
use super::rewrite::{Edits, LITERALS, Reader};
use super::{Function, PolicyError, own};

/// A policy as it is compiled.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What errors call it; no two of a program are called the same.
    pub name: String,
    /// The text, after what regorus reads differently was rewritten.
    pub text: String,
    /// Whether it is written as before OPA 1.0: rules without `if` and `contains`.
    pub is_v0: bool,
    /// The text as people wrote it.
    pub(super) original: String,
    /// How the text came about.
    pub(super) edits: Edits,
    /// The text as the interpreter must have it, and how that came about.
    pub(super) interpreted: (String, Edits),
    /// What was taken out of the text.
    pub(super) literals: Vec<Value>,
    /// Its rules that give one value for a question.
    pub(super) outputs: Vec<Output>,
}

/// A rule that gives one value for a question, as those of other policies are compared with it.
#[derive(Clone, Debug)]
pub(super) struct Output {
    /// Its path.
    pub path: String,
    /// Those with the same say the same.
    pub signature: String,
    /// A definition that has it interpreted.
    pub interpreted: Option<String>,
}

/// What one question may cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Time of an answer.
    pub time: Duration,
    /// Instructions of an answer.
    pub instructions: usize,
}

impl Default for Limits {
    /// A second, or ten million instructions: the slowest checks that people share take a millisecond.
    fn default() -> Self {
        Self { time: Duration::from_secs(1), instructions: 10_000_000 }
    }
}

/// An answer; `None` where the rule is undefined.
pub type Answer = Result<Option<Value>, Stop>;

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stop {
    /// It took longer, or more instructions, than it may.
    Limit(String),
    /// The policy is wrong: what regorus says about it.
    Error(String),
    /// regorus itself failed.
    Panic(String),
}

/// How a rule is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// A piece of the bytecode, and an entry point of it.
    Bytecode(usize, usize),
    /// By its path.
    Interpreter,
    /// There is no such rule, which is undefined.
    Nowhere,
}

/// Policies with their data, compiled once and shared by all workers.
#[derive(Clone)]
pub struct Program {
    pub(super) bytecode: Arc<[Piece]>,
    pub(super) rules: Vec<(String, Way)>,
    pub(super) data: Value,
    pub(super) limits: Limits,
    /// The engine of machines that are watched, made when somebody wants one.
    watcher: OnceLock<Option<Engine>>,
    policies: Arc<[Policy]>,
    functions: Arc<[Function]>,
    /// What nobody asks with now.
    pub(super) idle: Arc<Idle>,
}

impl Program {
    /// Compiles policies. `rules` are the paths that will be asked, `data.main.deny`, each of a rule that exists.
    ///
    /// # Errors
    /// The policies that regorus does not take.
    pub fn new(
        policies: &[Policy],
        data: Value,
        rules: &[String],
        limits: Limits,
    ) -> Result<Self, Vec<PolicyError>> {
        Self::with_functions(policies, data, &[], rules, limits)
    }

    /// The same with functions of the one who asks. A rule that reaches one of them is interpreted.
    ///
    /// # Errors
    /// The policies that regorus does not take.
    pub fn with_functions(
        policies: &[Policy],
        data: Value,
        functions: &[Function],
        rules: &[String],
        limits: Limits,
    ) -> Result<Self, Vec<PolicyError>> {
        let data = with_literals(data, policies);
        let mut engine = engine(functions);
        let mut errors = Vec::new();
        let shared = shared(policies);
        for (index, policy) in policies.iter().enumerate() {
            let also = shared.get(&index).map_or("", String::as_str);
            if let Err(stop) = added(&mut engine, policy, &format!("{}{also}", policy.text)) {
                errors.push(located(policies, index, &stop, Reader::Compiler));
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        guarded(|| engine.add_data(data.clone()))
            .map_err(|stop| vec![located(policies, 0, &stop, Reader::Compiler)])?;
        let mut ways = vec![Way::Interpreter; rules.len()];
        let mut policy: Option<CompiledPolicy> = None;
        let mut known: Vec<(usize, &str)> = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let is_known = policy.as_ref().is_some_and(|policy| policy.get_rules().contains_key(rule));
            if !is_known {
                let entry: Arc<str> = rule.as_str().into();
                // Errors that regorus finds late are found here: all of them, whichever rule is asked.
                let one = guarded(|| engine.compile_with_entrypoint(&entry));
                if matches!(&one, Err(stop) if stop.text().contains("not a valid rule path")) {
                    ways[index] = Way::Nowhere;
                    continue;
                }
                policy = Some(one.map_err(|stop| vec![located(policies, 0, &stop, Reader::Compiler)])?);
            }
            known.push((index, rule));
        }
        let bytecode = policy.map(|policy| bytecode::compile(&policy, &known)).unwrap_or_default();
        for (piece, compiled) in bytecode.iter().enumerate() {
            for (entry, index) in compiled.rules.iter().enumerate() {
                ways[*index] = Way::Bytecode(piece, entry);
            }
        }
        let rules: Vec<(String, Way)> = rules.iter().cloned().zip(ways).collect();
        let idle = Idle::default();
        if rules.iter().any(|(_, way)| *way == Way::Interpreter) {
            // The first worker asks with it, the others make one of their own.
            idle.engine(Desk::of(interpreter(policies, &data, functions)?));
        }
        let (bytecode, idle, watcher) = (bytecode.into(), Arc::new(idle), OnceLock::new());
        let (policies, functions) = (policies.into(), functions.into());
        Ok(Self { bytecode, rules, data, limits, watcher, policies, functions, idle })
    }

    /// How many of the rules are asked as bytecode.
    pub fn compiled(&self) -> usize {
        self.rules.iter().filter(|(_, way)| matches!(way, Way::Bytecode(..))).count()
    }

    /// The same without bytecode: both must answer alike.
    #[cfg(test)]
    #[allow(clippy::unwrap_used)]
    pub(super) fn interpreted(&self) -> Self {
        let rules = self.rules.iter().map(|(path, way)| {
            (path.clone(), if matches!(way, Way::Bytecode(..)) { Way::Interpreter } else { *way })
        });
        Self { rules: rules.collect(), idle: Arc::default(), ..self.clone() }
    }

    /// A machine for one worker.
    pub fn machine(&self) -> Machine<'_> {
        Machine::new(self, false)
    }

    /// A machine that interprets what it can, because only the interpreter tells what was printed and which lines ran.
    pub fn watched(&self) -> Machine<'_> {
        Machine::new(self, true)
    }

    /// An engine for machines that are watched, or one that shares nothing with others.
    pub(super) fn engine(&self, watched: bool) -> Result<Engine, Stop> {
        let new = |data: &Value| {
            interpreter(&self.policies, data, &self.functions).map_err(|errors| {
                Stop::Error(errors.into_iter().next().map(|error| error.message).unwrap_or_default())
            })
        };
        let known = || self.watcher.get_or_init(|| new(&self.data).ok()).clone();
        if watched && let Some(engine) = known() { Ok(engine) } else { new(&own::copied(&self.data)) }
    }

    /// What the interpreter says, about the line as people wrote it: it knows the one that was rewritten.
    pub(super) fn told(&self, stop: Stop) -> Stop {
        let error = located(&self.policies, usize::MAX, &stop, Reader::Interpreter);
        let line = |policy: &Policy| {
            let at = (error.line as usize).checked_sub(1)?;
            policy.original.lines().nth(at).map(|line| line.trim().to_owned())
        };
        match (stop, self.policies.get(error.policy).and_then(|policy| Some((policy, line(policy)?)))) {
            (Stop::Error(_), Some((policy, line))) => {
                let PolicyError { line: number, column, message, .. } = error;
                Stop::Error(format!("--> {}:{number}:{column}\n{line}\nerror: {message}", policy.name))
            }
            (stop, _) => stop,
        }
    }

    /// The data that policies see.
    pub fn data(&self) -> &Value {
        &self.data
    }
}

/// An engine without policies.
fn engine(functions: &[Function]) -> Engine {
    let mut engine = Engine::new();
    for function in functions {
        // Refused only when the name is taken, and then the first one stays.
        let _ = engine.add_extension(function.name.to_owned(), function.arguments, function.extension());
    }
    engine.set_policy_length_config(PolicyLengthConfig {
        max_col: NonZeroU32::MAX,
        max_file_bytes: NonZeroUsize::MAX,
        max_lines: NonZeroUsize::MAX,
    });
    builtins::install(&mut engine);
    // As in OPA, a function whose arguments are wrong is undefined.
    engine.set_strict_builtin_errors(false);
    engine
}

fn added(engine: &mut Engine, policy: &Policy, text: &str) -> Result<String, Stop> {
    engine.set_rego_v0(policy.is_v0);
    guarded(|| engine.add_policy(policy.name.clone(), text.to_owned()))
}

/// Definitions for rules that several policies define differently: only the interpreter notices when they conflict.
fn shared(policies: &[Policy]) -> FxHashMap<usize, String> {
    let mut known: FxHashMap<&str, (usize, &Output, bool)> = FxHashMap::default();
    for (index, output) in policies
        .iter()
        .enumerate()
        .flat_map(|(index, policy)| policy.outputs.iter().map(move |output| (index, output)))
    {
        let (first, one, may_conflict) = known.entry(&output.path).or_insert((index, output, false));
        *may_conflict |= *first != index && one.signature != output.signature;
    }
    let mut definitions: Vec<_> = known.into_values().filter(|(_, _, may_conflict)| *may_conflict).collect();
    definitions.sort_by(|(_, one, _), (_, other, _)| one.path.cmp(&other.path));
    let mut texts: FxHashMap<usize, String> = FxHashMap::default();
    for (index, output, _) in definitions {
        *texts.entry(index).or_default() += output.interpreted.as_deref().unwrap_or_default();
    }
    texts
}

/// An engine that interprets, with the texts it must have.
fn interpreter(
    policies: &[Policy],
    data: &Value,
    functions: &[Function],
) -> Result<Engine, Vec<PolicyError>> {
    let mut engine = engine(functions);
    for (index, policy) in policies.iter().enumerate() {
        added(&mut engine, policy, &policy.interpreted.0)
            .map_err(|stop| vec![located(policies, index, &stop, Reader::Interpreter)])?;
    }
    guarded(|| engine.add_data(data.clone()))
        .map_err(|stop| vec![located(policies, 0, &stop, Reader::Interpreter)])?;
    Ok(engine)
}

pub(super) fn timer(limits: Limits) -> ExecutionTimerConfig {
    ExecutionTimerConfig { limit: limits.time, check_interval: NonZeroU32::MIN.saturating_add(255) }
}

/// Does something with regorus, whose panics must not end the run.
pub(super) fn guarded<T, E: Display>(run: impl FnOnce() -> Result<T, E>) -> Result<T, Stop> {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Stop::of(&error.to_string())),
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            Err(Stop::Panic(text.unwrap_or_default()))
        }
    }
}

/// A limit as people read about it.
fn limit(error: &str) -> String {
    let small = error.to_ascii_lowercase();
    if small.contains("instruction limit") {
        let limit = small.split("limit of ").nth(1).and_then(|rest| rest.split(' ').next());
        return format!("the answer takes more than {} steps", limit.unwrap_or_default());
    }
    if small.contains("time limit") {
        return "the answer takes more than the time limit for one question".to_owned();
    }
    "the answer asks a function for more than 16 MiB of text, a million items, or a pattern or path that is too long".to_owned()
}

impl Stop {
    fn of(error: &str) -> Self {
        let is_limit = ["time limit", "instruction limit", "memory limit"]
            .iter()
            .any(|limit| error.to_ascii_lowercase().contains(limit));
        if is_limit { Stop::Limit(limit(error)) } else { Stop::Error(error.to_owned()) }
    }

    /// What happened, on one line.
    pub fn line(&self) -> &str {
        let text = self.text();
        text.rsplit("error: ").next().unwrap_or(text).lines().next().unwrap_or_default().trim()
    }

    /// What happened, in words of regorus.
    pub fn text(&self) -> &str {
        match self {
            Stop::Limit(text) | Stop::Error(text) | Stop::Panic(text) => text,
        }
    }
}

/// The place that an error names: regorus writes `--> name:line:column`, the line, and `error: what`.
fn located(policies: &[Policy], otherwise: usize, stop: &Stop, reader: Reader) -> PolicyError {
    let text = stop.text();
    let place = text.split("--> ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let mut parts = place.rsplitn(3, ':');
    let mut number = || parts.next().and_then(|part| part.trim().parse::<u32>().ok()).unwrap_or_default();
    let (column, line) = (number(), number());
    let name = parts.next().unwrap_or_default();
    let index = policies.iter().position(|policy| policy.name == name).unwrap_or(otherwise);
    let message = text.rsplit("error: ").next().unwrap_or(text).trim().to_owned();
    // The place in the text as people wrote it.
    let (line, column) = match policies.get(index) {
        Some(policy) if line > 0 => {
            let (text, edits) = match reader {
                Reader::Compiler => (&policy.text, &policy.edits),
                Reader::Interpreter => (&policy.interpreted.0, &policy.interpreted.1),
            };
            position(&policy.original, edits.before(offset(text, line, column)))
        }
        _ => (line, column),
    };
    PolicyError { policy: index, line, column, message }
}

/// Data, and what was taken out of the texts.
fn with_literals(mut data: Value, policies: &[Policy]) -> Value {
    let taken = policies.iter().filter(|policy| !policy.literals.is_empty());
    let taken = taken.map(|policy| (Value::from(policy.name.as_str()), Value::from(policy.literals.clone())));
    let taken: BTreeMap<Value, Value> = taken.collect();
    if !taken.is_empty()
        && let Ok(data) = data.as_object_mut()
    {
        data.insert(LITERALS.into(), taken.into());
    }
    data
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::super::Module;
    use super::*;

    fn policies(text: &str) -> [Policy; 1] {
        [Module::read("a.rego", text).unwrap().policy()]
    }

    fn program(text: &str, rules: &[&str]) -> Program {
        let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
        Program::new(&policies(text), Value::new_object(), &rules, Limits::default()).unwrap()
    }

    #[test]
    fn both_ways_give_the_same() {
        let text = "package a\ndeny contains msg if { some i; input.xs[i] > 1; msg := sprintf(\"%d\", [i]) }\n\
            all_walked contains p if { walk(input, [p, 1]) }\n";
        let program = program(text, &["data.a.deny", "data.a.all_walked"]);
        assert_eq!(program.compiled(), 2);
        for program in [program.interpreted(), program] {
            let mut machine = program.machine();
            for (xs, denied, walked) in
                [("[1, 2, 3]", "[\"1\", \"2\"]", "[[\"xs\", 0]]"), ("[0]", "[]", "[]")]
            {
                machine.set_input(Value::from_json_str(&format!("{{\"xs\": {xs}}}")).unwrap());
                let answers = [0, 1].map(|rule| machine.ask(rule).unwrap().unwrap().to_json_str().unwrap());
                let answers = answers.map(|text| text.split_whitespace().collect::<String>());
                assert_eq!(answers, [denied, walked].map(|text| text.replace(' ', "")));
            }
        }
    }

    #[test]
    fn what_is_printed_is_kept_for_who_watches() {
        let text = "package a\nx if {\n\ty := input.y\n\tprint(\"y is\", y, input.gone)\n\ty == 2\n}\n";
        let program = program(text, &["data.a.x"]);
        for (mut machine, printed) in [
            (program.watched(), vec!["a.rego:4: y is 1 <undefined>".to_owned()]),
            (program.machine(), Vec::new()),
        ] {
            machine.set_input(Value::from_json_str("{\"y\": 1}").unwrap());
            assert_eq!(machine.interpret("data.a.x"), Ok(Value::Undefined));
            assert_eq!(machine.prints(), printed);
        }
    }

    #[test]
    fn errors_have_places_and_loops_an_end() {
        let text = "package a\nx if { y > 1 }\n";
        let errors =
            Program::new(&policies(text), Value::new_object(), &["data.a.x".into()], Limits::default());
        let error = errors.err().unwrap().remove(0);
        assert_eq!((error.line, error.column), (2, 8), "{error:?}");

        let text = "package a\nx := count([1 | some a in numbers.range(1, 5000); some b in numbers.range(1, 5000); a == b])";
        let program = program(text, &["data.a.x"]);
        let stop = program.machine().ask(0).unwrap_err();
        assert!(matches!(stop, Stop::Limit(_)), "{stop:?}");
    }
}
