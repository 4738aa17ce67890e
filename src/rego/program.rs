//! Policies that were compiled together, and the machines that ask them.
//!
//! Bytecode where a policy compiles to it, the interpreter where it does not: which of the two answers is nobody's business.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::num::{NonZeroU32, NonZeroUsize};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::RegoVM;
use regorus::rvm::program::Program as Bytecode;
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, PolicyLengthConfig, Value};

use super::builtins;
use super::module::{offset, position};
use super::rewrite::{Edits, LITERALS};
use super::{Function, PolicyError};

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
    /// The text as the interpreter must have it.
    pub(super) interpreted: String,
    /// How the text came about.
    pub(super) edits: Edits,
    /// What was taken out of the text.
    pub(super) literals: Vec<Value>,
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
enum Way {
    /// An entry point of the bytecode.
    Bytecode(usize),
    /// By its path.
    Interpreter,
    /// There is no such rule, which is undefined.
    Nowhere,
}

/// Policies with their data, compiled once and shared by all workers.
#[derive(Clone)]
pub struct Program {
    engine: Engine,
    bytecode: Option<Arc<Bytecode>>,
    rules: Vec<(String, Way)>,
    data: Value,
    limits: Limits,
    /// The engine of machines that are watched, made when somebody wants one.
    watcher: OnceLock<Option<Engine>>,
    policies: Arc<[Policy]>,
    functions: Arc<[Function]>,
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
        for (index, policy) in policies.iter().enumerate() {
            if let Err(stop) = added(&mut engine, policy, &policy.text) {
                errors.push(located(policies, index, &stop));
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        guarded(|| engine.add_data(data.clone())).map_err(|stop| vec![located(policies, 0, &stop)])?;
        let mut compiled: Vec<(usize, &str)> = Vec::new();
        let mut ways = vec![Way::Interpreter; rules.len()];
        let mut policy = None;
        for (index, rule) in rules.iter().enumerate() {
            let entry: Arc<str> = rule.as_str().into();
            // Errors that regorus finds late are found here.
            let one = guarded(|| engine.compile_with_entrypoint(&entry));
            if matches!(&one, Err(stop) if stop.text().contains("not a valid rule path")) {
                ways[index] = Way::Nowhere;
                continue;
            }
            let one = one.map_err(|stop| vec![located(policies, 0, &stop)])?;
            if guarded(|| Compiler::compile_from_policy(&one, &[rule])).is_ok() {
                compiled.push((index, rule));
            }
            policy = Some(one);
        }
        let bytecode = policy.filter(|_| !compiled.is_empty()).and_then(|policy| {
            let entries: Vec<&str> = compiled.iter().map(|(_, rule)| *rule).collect();
            let mut bytecode = guarded(|| Compiler::compile_from_policy(&policy, &entries)).ok()?;
            builtins::patch(Arc::make_mut(&mut bytecode));
            Some(bytecode)
        });
        if bytecode.is_some() {
            for (entry, (index, _)) in compiled.iter().enumerate() {
                ways[*index] = Way::Bytecode(entry);
            }
        }
        let rules: Vec<(String, Way)> = rules.iter().cloned().zip(ways).collect();
        if rules.iter().any(|(_, way)| *way == Way::Interpreter) {
            engine = interpreter(policies, &data, functions)?;
        }
        let watcher = OnceLock::new();
        let (policies, functions) = (policies.into(), functions.into());
        Ok(Self { engine, bytecode, rules, data, limits, watcher, policies, functions })
    }

    /// How many of the rules are asked as bytecode.
    pub fn compiled(&self) -> usize {
        self.rules.iter().filter(|(_, way)| matches!(way, Way::Bytecode(_))).count()
    }

    /// The same without bytecode: both must answer alike.
    #[cfg(test)]
    #[allow(clippy::unwrap_used)]
    pub(super) fn interpreted(&self, policies: &[Policy]) -> Self {
        let rules = self.rules.iter().map(|(path, way)| {
            (path.clone(), if matches!(way, Way::Bytecode(_)) { Way::Interpreter } else { *way })
        });
        let engine = interpreter(policies, &self.data, &[]).unwrap();
        Self { engine, rules: rules.collect(), ..self.clone() }
    }

    /// A machine for one worker.
    pub fn machine(&self) -> Machine<'_> {
        let data = self.data.clone();
        let (input, kept) = (Value::Undefined, (Vec::new(), Vec::new()));
        Machine { program: self, vm: None, engine: None, input, data, watched: false, kept }
    }

    /// A machine that interprets what it can, because only the interpreter tells what was printed and which lines ran.
    pub fn watched(&self) -> Machine<'_> {
        Machine { watched: true, ..self.machine() }
    }

    fn watcher(&self) -> &Engine {
        let new = || interpreter(&self.policies, &self.data, &self.functions).ok();
        self.watcher.get_or_init(new).as_ref().unwrap_or(&self.engine)
    }

    /// The data that policies see.
    pub fn data(&self) -> &Value {
        &self.data
    }
}

/// What one worker asks with.
pub struct Machine<'p> {
    program: &'p Program,
    vm: Option<RegoVM>,
    engine: Option<Engine>,
    data: Value,
    input: Value,
    watched: bool,
    /// What engines printed and ran that are gone.
    kept: (Vec<String>, Vec<Lines>),
}

impl Machine<'_> {
    /// Puts documents beside those of the program's data, for the next questions; one of the same name takes the place of
    /// the program's.
    pub fn set_data(&mut self, documents: &Value) {
        // Both are made anew: regorus has no way back when only a part of the data is taken.
        (self.vm, self.engine) = (None, None);
        self.data = self.program.data.clone();
        if let (Ok(data), Ok(documents)) = (self.data.as_object_mut(), documents.as_object()) {
            for (name, document) in documents.iter() {
                data.insert(name.clone(), document.clone());
            }
        }
    }

    /// What the next questions are about.
    pub fn set_input(&mut self, input: Value) {
        if let Some(vm) = &mut self.vm {
            vm.set_input(input.clone());
        }
        if let Some(engine) = &mut self.engine {
            engine.set_input(input.clone());
        }
        self.input = input;
    }

    /// Asks a rule, an index into those of the program.
    pub fn ask(&mut self, rule: usize) -> Answer {
        let Some((path, way)) = self.program.rules.get(rule) else { return Ok(None) };
        let answer = match (way, &self.program.bytecode) {
            (Way::Bytecode(entry), Some(bytecode)) if self.watched => match self.interpret(path) {
                // What regorus interprets wrongly, its bytecode may do.
                Err(Stop::Error(_)) => self.run(*entry, bytecode),
                answer => answer,
            },
            (Way::Bytecode(entry), Some(bytecode)) => self.run(*entry, bytecode),
            (Way::Nowhere, _) => Ok(Value::Undefined),
            _ => self.interpret(path),
        };
        if answer.is_err() {
            if self.watched {
                self.kept.1.extend(self.reported());
                self.kept.0 = self.prints();
            }
            // Nobody knows what state it is in.
            (self.vm, self.engine) = (None, None);
        }
        answer.map(|value| Some(value).filter(|value| *value != Value::Undefined))
    }

    fn run(&mut self, entry: usize, bytecode: &Arc<Bytecode>) -> Result<Value, Stop> {
        let Self { program, input, data, vm, .. } = self;
        guarded(|| {
            if vm.is_none() {
                let mut new = RegoVM::new();
                new.load_program(Arc::clone(bytecode));
                new.set_data(data.clone()).map_err(|error| error.to_string())?;
                new.set_max_instructions(program.limits.instructions);
                new.set_execution_timer_config(Some(timer(program.limits)));
                new.set_input(input.clone());
                *vm = Some(new);
            }
            match vm {
                Some(vm) => vm.execute_entry_point_by_index(entry).map_err(|error| error.to_string()),
                None => Ok(Value::Undefined),
            }
        })
    }

    fn interpret(&mut self, path: &str) -> Result<Value, Stop> {
        let Self { program, input, data, engine, watched, .. } = self;
        guarded(|| {
            if engine.is_none() {
                let mut new = if *watched { program.watcher().clone() } else { program.engine.clone() };
                if *data != program.data {
                    new.clear_data();
                    new.add_data(data.clone())?;
                }
                new.set_execution_timer_config(timer(program.limits));
                new.set_gather_prints(true);
                new.set_enable_coverage(*watched);
                new.set_input(input.clone());
                *engine = Some(new);
            }
            let Some(engine) = engine else { return Ok(Value::Undefined) };
            let answer = engine.eval_rule(path.to_owned());
            if !*watched {
                // Nobody reads what policies print about thousands of inputs; it is gathered so that it goes nowhere else.
                engine.take_prints()?;
            }
            answer
        })
    }

    /// What policies printed since the last time, `file:line: text`.
    pub fn prints(&mut self) -> Vec<String> {
        let mut prints = std::mem::take(&mut self.kept.0);
        prints.extend(self.engine.iter_mut().filter_map(|engine| engine.take_prints().ok()).flatten());
        prints
    }

    /// Which lines of policies ran, and which did not; of a watched machine. A policy may be there several times.
    pub fn lines(&mut self) -> Vec<Lines> {
        let mut lines = std::mem::take(&mut self.kept.1);
        lines.extend(self.reported());
        lines
    }

    fn reported(&self) -> Vec<Lines> {
        let Some(engine) = &self.engine else { return Vec::new() };
        let report = engine.get_coverage_report();
        let files = report.map(|report| report.files).unwrap_or_default();
        let lines = |file: regorus::coverage::File| Lines {
            policy: file.path,
            ran: file.covered.into_iter().collect(),
            not: file.not_covered.into_iter().collect(),
        };
        files.into_iter().map(lines).collect()
    }
}

/// Which lines of a policy ran.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lines {
    /// The name of the policy.
    pub policy: String,
    /// Lines that ran, from 1.
    pub ran: Vec<u32>,
    /// Lines with something to run that did not.
    pub not: Vec<u32>,
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

/// An engine that interprets, with the texts it must have.
fn interpreter(
    policies: &[Policy],
    data: &Value,
    functions: &[Function],
) -> Result<Engine, Vec<PolicyError>> {
    let mut engine = engine(functions);
    for (index, policy) in policies.iter().enumerate() {
        added(&mut engine, policy, &policy.interpreted)
            .map_err(|stop| vec![located(policies, index, &stop)])?;
    }
    guarded(|| engine.add_data(data.clone())).map_err(|stop| vec![located(policies, 0, &stop)])?;
    Ok(engine)
}

fn timer(limits: Limits) -> ExecutionTimerConfig {
    ExecutionTimerConfig { limit: limits.time, check_interval: NonZeroU32::MIN.saturating_add(255) }
}

/// Does something with regorus, whose panics must not end the run.
fn guarded<T, E: Display>(run: impl FnOnce() -> Result<T, E>) -> Result<T, Stop> {
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

impl Stop {
    fn of(error: &str) -> Self {
        let is_limit = ["time limit", "instruction limit", "memory limit"]
            .iter()
            .any(|limit| error.to_ascii_lowercase().contains(limit));
        if is_limit { Stop::Limit(error.to_owned()) } else { Stop::Error(error.to_owned()) }
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
fn located(policies: &[Policy], otherwise: usize, stop: &Stop) -> PolicyError {
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
            position(&policy.original, policy.edits.before(offset(&policy.text, line, column)))
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
        for program in [program.interpreted(&policies(text)), program] {
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
