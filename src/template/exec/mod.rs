//! From nodes and values to text.
//!
//! Owns the state of an execution: scopes, the budget, what is remembered about origins, and what failures say. Source:
//! Go's `text/template/exec.go`. [`flow`] has the nodes, [`eval`] the pipelines, [`named`] the templates that call each
//! other.

mod eval;
mod flow;
mod named;

use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::ast::{Ast, At, VariableId};
use super::functions::{self, Scope};
use super::set::{Defined, Set, Template};
use super::text::{NodeId, Text};
use super::trace::{Reads, Recorder};
use super::value::{Data, Value};
use super::{Dialect, Failure, FailureKind, Hole, Limits, MissingKey};

/// Why an execution stops. Boxed: it is passed through every call.
pub(super) type Stop = Box<Failure>;

type Result<T> = std::result::Result<T, Stop>;

/// A variable that can be used.
struct Variable {
    id: VariableId,
    value: Value,
    /// What was read to compute it.
    reads: Reads,
}

/// The template that is executed.
#[derive(Clone)]
struct Current {
    template: Arc<Template>,
    /// The name it was called by.
    name: Rc<str>,
}

/// The state of the executions of one render.
pub(super) struct Machine<'s> {
    set: &'s Set,
    scope: Scope,
    missing: MissingKey,
    limits: Limits,
    pub recorder: Recorder,
    pub holes: Vec<Hole>,
    /// What is printed now.
    output: Text,
    /// The node that prints now.
    node: NodeId,
    current: Option<Current>,
    variables: Vec<Variable>,
    /// The first variable of the template that is executed.
    base: usize,
    /// Definitions in texts that `tpl` executes now.
    local: Vec<FxHashMap<Box<str>, Defined>>,
    /// Texts that `tpl` has parsed.
    parsed: FxHashMap<Rc<str>, Arc<Ast>>,
}

impl<'s> Machine<'s> {
    pub fn new(set: &'s Set, scope: Scope, missing: MissingKey, limits: Limits) -> Self {
        let recorder = Recorder::new(scope.dialect != Dialect::ApplicationSet);
        Self {
            set,
            scope,
            missing,
            limits,
            recorder,
            holes: Vec::new(),
            output: Text::default(),
            node: super::text::UNPRINTED,
            current: None,
            variables: Vec::new(),
            base: 0,
            local: Vec::new(),
            parsed: FxHashMap::default(),
        }
    }

    /// Executes a template of the set from the outside.
    pub fn execute(&mut self, name: &str, dot: &Value) -> Result<Text> {
        let Some(defined) = self.set.get(name).cloned() else {
            let message = format!("no template {name:?} associated with template \"gotpl\"");
            let full = format!("template: {message}");
            return Err(Box::new(Failure { kind: FailureKind::Wrong, at: None, message, full }));
        };
        // What an execution that failed has left behind.
        self.output = Text::default();
        self.variables.clear();
        self.local.clear();
        self.current = None;
        let depth = self.limits.depth;
        self.node = self.recorder.file(name);
        let done = self.run(&defined, name.into(), dot);
        self.limits.depth = depth;
        done.map(|()| std::mem::take(&mut self.output))
    }

    /// Executes nodes as a template of their own, which sees no variable but `$`.
    fn run(&mut self, defined: &Defined, name: Rc<str>, dot: &Value) -> Result<()> {
        let current = Current { template: Arc::clone(&defined.template), name };
        let outer = self.current.replace(current);
        let base = std::mem::replace(&mut self.base, self.variables.len());
        self.variables.push(Variable { id: 0, value: dot.clone(), reads: Reads::default() });
        self.nodes(defined.body(), dot)?;
        self.variables.truncate(self.base);
        self.base = base;
        self.current = outer;
        Ok(())
    }

    /// What may come one level deeper; every recursion of the execution goes through here.
    fn deeper<T>(&mut self, at: At, run: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let Some(depth) = self.limits.depth.checked_sub(1) else {
            return self.limit(at, "templates call each other too deeply");
        };
        self.limits.depth = depth;
        let done = run(self)?;
        self.limits.depth += 1;
        Ok(done)
    }

    fn step(&mut self, at: At) -> Result<()> {
        match self.limits.steps.checked_sub(1) {
            Some(left) => self.limits.steps = left,
            None => return self.limit(at, "it takes too many steps"),
        }
        match self.output.len() > self.limits.output {
            true => self.limit(at, functions::TOO_LARGE),
            false => Ok(()),
        }
    }

    /// Takes what it costs to walk or copy a value.
    fn charge(&mut self, value: &Value, depth: u32, at: At) -> Result<()> {
        match functions::walk(value, depth, &mut self.limits.work) {
            Some(()) => Ok(()),
            None => self.limit(at, functions::TOO_LARGE),
        }
    }

    /// Takes bytes that are printed.
    fn spend(&mut self, bytes: usize, at: At) -> Result<()> {
        match self.limits.printed.checked_sub(bytes as u64 + 1) {
            Some(left) => self.limits.printed = left,
            None => return self.limit(at, functions::TOO_LARGE),
        }
        Ok(())
    }

    fn limit<T>(&self, at: At, message: &str) -> Result<T> {
        self.fail(FailureKind::Limit, at, at, message)
    }

    fn opaque<T>(&self, at: At, why: &str) -> Result<T> {
        self.fail(FailureKind::Opaque, at, at, why)
    }

    fn wrong<T>(&self, at: At, message: impl Into<String>) -> Result<T> {
        self.fail(FailureKind::Wrong, at, at, message)
    }

    /// A failure at a place of the template that is executed; `shown` is what Go names.
    fn fail<T>(&self, kind: FailureKind, at: At, shown: At, message: impl Into<String>) -> Result<T> {
        let message = message.into();
        let full = self.located(at, shown, &message);
        let at = self.current.as_ref().and_then(|current| current.template.span(shown));
        Err(Box::new(Failure { kind, at, message, full }))
    }

    /// A message with where it is about, as Go puts it.
    fn located(&self, at: At, shown: At, message: &str) -> String {
        let Some(current) = self.current.as_ref().filter(|_| self.scope.dialect != Dialect::ApplicationSet)
        else {
            return message.to_owned();
        };
        let text = current.template.text();
        let before = text.get(..at.start as usize).unwrap_or_default();
        let line = 1 + memchr::memchr_iter(b'\n', before.as_bytes()).count();
        let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
        let shown = text.get(shown.range()).unwrap_or_default();
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        // Go writes the nodes anew, without the spaces between.
        let shown = match shown.strip_prefix("{{").and_then(|inner| inner.strip_suffix("}}")) {
            Some(inner) => format!("{{{{{}}}}}", inner.trim_matches(['-', ' '])),
            None => shown,
        };
        let (name, executing) = (current.template.name(), &current.name);
        format!("template: {name}:{line}:{column}: executing {executing:?} at <{shown}>: {message}")
    }

    /// Notes that a value was read.
    fn read(&mut self, value: &Value) {
        match value.origin {
            Some(origin) => self.recorder.read(origin),
            None if value.is_nil() => self.recorder.read_nothing(),
            None => {}
        }
    }

    fn variable(&mut self, id: VariableId) -> Option<&mut Variable> {
        self.variables[self.base..].iter_mut().rev().find(|variable| variable.id == id)
    }

    /// Declares a variable, or sets the one that is there.
    fn assign(&mut self, id: VariableId, assigns: bool, value: Value, reads: Reads) {
        match self.variable(id).filter(|_| assigns) {
            Some(variable) => (variable.value, variable.reads) = (value, reads),
            None => self.variables.push(Variable { id, value, reads }),
        }
    }
}

/// Nil as it is once it came out of a pipeline: nothing at all.
fn unwrapped(value: Value) -> Value {
    match value.data {
        Data::Nil => Value { data: Data::Missing, origin: value.origin },
        _ => value,
    }
}
