//! From nodes and values to text.
//!
//! Owns scopes, pipelines, the missing key and the budget. Source: Go's `text/template/exec.go`. Must not know functions
//! apart from `and` and `or`, which do not evaluate all of their arguments.

use std::ops::Range;

use super::ast::{Branch, BranchKind, Command, Node, Operand, Pipe};
use super::functions::{self, Scope};
use super::parse::Parsed;
use super::text::Text;
use super::value::{DEPTH, Data, Value};
use super::{Failure, FailureKind, Hole, Limits, MissingKey, Rendered};

/// How a list of nodes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Continue,
}

type Result<T> = std::result::Result<T, Failure>;

/// The state of one execution.
pub(super) struct Execution<'t, 's> {
    pub text: &'t Text,
    pub parsed: &'t Parsed,
    pub scope: Scope<'s>,
    pub missing: MissingKey,
    pub limits: Limits,
    pub output: Text,
    pub holes: Vec<Hole>,
    variables: Vec<(String, Value)>,
}

impl<'t, 's> Execution<'t, 's> {
    pub fn new(text: &'t Text, parsed: &'t Parsed, scope: Scope<'s>, missing: MissingKey) -> Self {
        let (output, holes, variables) = Default::default();
        Self { text, parsed, scope, missing, limits: Limits::default(), output, holes, variables }
    }

    pub fn run(mut self, root: &Value) -> Result<Rendered> {
        self.variables.push(("$".to_owned(), root.clone()));
        let parsed = self.parsed;
        self.nodes(&parsed.body, root)?;
        Ok(Rendered { text: self.output, holes: self.holes })
    }

    fn failure<T>(&self, kind: FailureKind, at: &Range<usize>, message: impl Into<String>) -> Result<T> {
        let at = self.text.slice(at.clone()).origin().map(|origin| origin.span);
        Err(Failure { kind, at, message: message.into() })
    }

    fn opaque<T>(&self, at: &Range<usize>, why: &str) -> Result<T> {
        self.failure(FailureKind::Opaque, at, why)
    }

    fn step(&mut self, at: &Range<usize>) -> Result<()> {
        match self.limits.steps.checked_sub(1) {
            Some(left) => self.limits.steps = left,
            None => return self.failure(FailureKind::Limit, at, "it takes too many steps"),
        }
        match self.output.len() > self.limits.output {
            true => self.failure(FailureKind::Limit, at, functions::TOO_LARGE),
            false => Ok(()),
        }
    }

    /// Takes what it costs to walk or copy a value.
    fn charge(&mut self, value: &Value, depth: u32, at: &Range<usize>) -> Result<()> {
        match functions::walk(value, depth, &mut self.limits.work) {
            Some(()) => Ok(()),
            None => self.failure(FailureKind::Limit, at, functions::TOO_LARGE),
        }
    }

    fn nodes(&mut self, nodes: &'t [Node], dot: &Value) -> Result<Flow> {
        for node in nodes {
            let flow = match node {
                Node::Text(range) => {
                    let literal = self.text.slice(range.clone());
                    self.step(range)?;
                    self.output.push(&literal);
                    Flow::Next
                }
                Node::Action(pipe) => {
                    self.step(&pipe.at)?;
                    let value = self.pipe(pipe, dot)?;
                    if pipe.variables.is_empty() {
                        self.print(&value, &pipe.at)?;
                    }
                    Flow::Next
                }
                Node::Branch(branch) => self.branch(branch, dot)?,
                Node::Template { name, argument, at } => {
                    self.call_template(name, argument.as_ref(), at, dot)?;
                    Flow::Next
                }
                Node::Break => Flow::Break,
                Node::Continue => Flow::Continue,
            };
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn call_template(
        &mut self,
        name: &str,
        argument: Option<&'t Pipe>,
        at: &Range<usize>,
        dot: &Value,
    ) -> Result<()> {
        self.step(at)?;
        let parsed = self.parsed;
        let Some(body) = parsed.defined.get(name) else {
            return self.failure(FailureKind::Wrong, at, format!("template {name:?} not defined"));
        };
        let value = match argument {
            Some(argument) => self.pipe(argument, dot)?,
            None => Data::Nil.into(),
        };
        let Some(depth) = self.limits.depth.checked_sub(1) else {
            return self.failure(FailureKind::Limit, at, "templates call each other too deeply");
        };
        self.limits.depth = depth;
        let outer = std::mem::replace(&mut self.variables, vec![("$".to_owned(), value.clone())]);
        self.nodes(body, &value)?;
        self.variables = outer;
        self.limits.depth += 1;
        Ok(())
    }

    fn branch(&mut self, branch: &'t Branch, dot: &Value) -> Result<Flow> {
        let at = &branch.pipe.at;
        self.step(at)?;
        let scope = self.variables.len();
        let value = self.pipe(&branch.pipe, dot)?;
        if let Data::Opaque(why) = &value.data {
            return self.opaque(at, why);
        }
        let flow = match branch.kind {
            BranchKind::Range => self.range(branch, &value, dot)?,
            _ if value.is_empty() => self.nodes(&branch.otherwise, dot)?,
            BranchKind::If => self.nodes(&branch.body, dot)?,
            BranchKind::With => self.nodes(&branch.body, &value)?,
        };
        self.variables.truncate(scope);
        Ok(flow)
    }

    fn range(&mut self, branch: &'t Branch, value: &Value, dot: &Value) -> Result<Flow> {
        let at = &branch.pipe.at;
        self.charge(value, 1, at)?;
        let items: Vec<(Value, Value)> = match &value.data {
            Data::Missing | Data::Nil => Vec::new(),
            Data::List(items) => {
                (0..).zip(items.iter()).map(|(index, item)| (Data::Int(index).into(), item.clone())).collect()
            }
            Data::Map(map) => match map.why_open() {
                Some(why) => return self.opaque(at, &why),
                None => map.entries().into_iter().map(|(key, value)| (Value::made(key), value)).collect(),
            },
            Data::Int(count) => {
                let count = (*count).min(i64::from(self.limits.steps));
                (0..count).map(|index| (Data::Int(index).into(), Data::Int(index).into())).collect()
            }
            _ => return self.failure(FailureKind::Wrong, at, "range can't iterate over this value"),
        };
        if items.is_empty() {
            return self.nodes(&branch.otherwise, dot);
        }
        let scope = self.variables.len();
        for (key, item) in items {
            self.step(at)?;
            let mut declare = |name: &String, value: &Value| match self
                .variables
                .iter_mut()
                .rev()
                .find(|(known, _)| known == name)
            {
                Some((_, known)) if branch.pipe.assigns => *known = value.clone(),
                _ => self.variables.push((name.clone(), value.clone())),
            };
            match branch.pipe.variables.as_slice() {
                [one] => declare(one, &item),
                [index, one] => {
                    declare(index, &key);
                    declare(one, &item);
                }
                _ => {}
            }
            let flow = self.nodes(&branch.body, &item)?;
            self.variables.truncate(scope);
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::Next)
    }

    fn print(&mut self, value: &Value, at: &Range<usize>) -> Result<()> {
        self.charge(value, DEPTH, at)?;
        if let Some(why) = value.why_opaque() {
            return self.opaque(at, &why);
        }
        if matches!(value.data, Data::Missing | Data::Nil) {
            let name = self.text.slice(at.clone());
            self.holes.push(Hole {
                at: name.origin().map(|origin| origin.span),
                expression: name.as_str().to_owned(),
            });
        }
        let printed = value.printed("<no value>");
        self.output.push(&printed);
        Ok(())
    }

    /// The value of a pipeline. Its variables are set; those of `range` by `range`.
    fn pipe(&mut self, pipe: &'t Pipe, dot: &Value) -> Result<Value> {
        let mut value: Option<Value> = None;
        for command in &pipe.commands {
            value = Some(self.command(command, dot, value)?);
        }
        let value = value.unwrap_or(Data::Nil.into());
        if let [name] = pipe.variables.as_slice() {
            if pipe.assigns {
                match self.variables.iter_mut().rev().find(|(known, _)| known == name) {
                    Some((_, known)) => *known = value.clone(),
                    None => {
                        return self.failure(
                            FailureKind::Wrong,
                            &pipe.at,
                            format!("undefined variable {name}"),
                        );
                    }
                }
            } else {
                self.variables.push((name.clone(), value.clone()));
            }
        }
        Ok(value)
    }

    fn command(&mut self, command: &'t Command, dot: &Value, last: Option<Value>) -> Result<Value> {
        self.step(&command.at)?;
        let Some((first, arguments)) = command.operands.split_first() else { return Ok(Data::Nil.into()) };
        let Operand::Function(name) = first else {
            if !arguments.is_empty() || last.is_some() {
                return self.failure(
                    FailureKind::Wrong,
                    &command.at,
                    "can't give arguments to what is no function",
                );
            }
            return self.operand(first, dot);
        };
        if matches!(name.as_str(), "and" | "or") {
            return self.short_circuit(name == "and", arguments, dot, last);
        }
        let mut values = Vec::with_capacity(arguments.len() + 1);
        for argument in arguments {
            values.push(self.operand(argument, dot)?);
        }
        values.extend(last);
        self.call(name, &values, &command.at)
    }

    /// `and` ends at the first empty argument, `or` at the first that is not.
    fn short_circuit(
        &mut self,
        ends_at_empty: bool,
        arguments: &'t [Operand],
        dot: &Value,
        last: Option<Value>,
    ) -> Result<Value> {
        let mut value: Value = Data::Nil.into();
        for argument in arguments {
            value = self.operand(argument, dot)?;
            if matches!(value.data, Data::Opaque(_)) || value.is_empty() == ends_at_empty {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    fn call(&mut self, name: &str, values: &[Value], at: &Range<usize>) -> Result<Value> {
        match functions::call(&self.scope, name, values, &mut self.limits.work) {
            Ok(value) => match value.text().is_some_and(|text| text.len() > self.limits.output) {
                true => self.failure(FailureKind::Limit, at, functions::TOO_LARGE),
                false => Ok(value),
            },
            Err(message) if message == functions::TOO_LARGE => self.failure(FailureKind::Limit, at, message),
            Err(message) => self.failure(FailureKind::Wrong, at, format!("{name}: {message}")),
        }
    }

    fn operand(&mut self, operand: &'t Operand, dot: &Value) -> Result<Value> {
        let value = self.evaluated(operand, dot)?;
        self.charge(&value, 0, &(0..self.text.len()))?;
        Ok(value)
    }

    fn evaluated(&mut self, operand: &'t Operand, dot: &Value) -> Result<Value> {
        Ok(match operand {
            Operand::Dot => dot.clone(),
            Operand::Nil => Data::Nil.into(),
            Operand::Bool(value) => Data::Bool(*value).into(),
            Operand::Int(value) => Data::Int(*value).into(),
            Operand::Float(value) => Data::Float(*value).into(),
            Operand::Text(value, copied) => match copied {
                Some(range) => self.text.slice(range.clone()).into(),
                None => Value::made(value.as_str()),
            },
            Operand::Function(name) => self.call(name, &[], &(0..0))?,
            Operand::Variable(name) => match self.variables.iter().rev().find(|(known, _)| known == name) {
                Some((_, value)) => value.clone(),
                None => {
                    let message = format!("undefined variable {name}");
                    return self.failure(FailureKind::Wrong, &(0..self.text.len()), message);
                }
            },
            Operand::Pipe(pipe) => {
                let scope = self.variables.len();
                let value = self.pipe(pipe, dot)?;
                self.variables.truncate(scope);
                value
            }
            Operand::Fields(of, names, at) => {
                let mut value = self.operand(of, dot)?;
                for name in names {
                    value = self.field(&value, name, at)?;
                }
                value
            }
        })
    }

    fn field(&self, value: &Value, name: &str, at: &Range<usize>) -> Result<Value> {
        let absent = |known: Vec<String>| match self.missing {
            MissingKey::Invalid => Ok(Data::Missing.into()),
            MissingKey::Zero => Ok(Data::Nil.into()),
            MissingKey::Error => {
                let message = format!("map has no entry for key {name:?}");
                self.failure(FailureKind::MissingKey { key: name.to_owned(), known }, at, message)
            }
        };
        match &value.data {
            Data::Map(map) => match map.get(name) {
                Some(value) => Ok(value),
                None if self.missing == MissingKey::Error => {
                    absent(map.entries().into_iter().map(|(key, _)| key).collect())
                }
                None => absent(Vec::new()),
            },
            Data::Opaque(_) => Ok(value.clone()),
            Data::Missing => absent(Vec::new()),
            Data::Nil => {
                self.failure(FailureKind::Wrong, at, format!("nil pointer evaluating interface {{}}.{name}"))
            }
            _ => self.failure(
                FailureKind::Wrong,
                at,
                format!("can't evaluate field {name} in type {}", value.type_name()),
            ),
        }
    }
}
