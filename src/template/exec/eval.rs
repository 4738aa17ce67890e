//! Pipelines: commands, operands, fields, calls.

use super::super::ast::{At, Command, Operand, Pipe, Term};
use super::super::functions::{self, Function, Run, Special};
use super::super::text::{Mark, Origin, Text};
use super::super::value::{Data, Value};
use super::super::{Dialect, FailureKind, MissingKey};
use super::{Machine, Result, unwrapped};
use crate::source::StepId;

/// So many parts of a text are remembered when something is computed from it.
const MOST_PARTS: usize = 1 << 10;

impl Machine<'_> {
    /// The value of a pipeline. Its variables are set; those of `range` by `range`.
    pub(super) fn pipe(&mut self, pipe: &Pipe, dot: &Value) -> Result<Value> {
        let from = self.recorder.mark();
        let mut value: Option<Value> = None;
        for command in &pipe.commands {
            value = Some(unwrapped(self.command(command, dot, value)?));
        }
        let value = value.unwrap_or(Data::Missing.into());
        if let [id] = pipe.variables.as_slice() {
            let reads = self.recorder.since(from);
            self.assign(*id, pipe.assigns, value.clone(), reads);
        }
        Ok(value)
    }

    fn command(&mut self, command: &Command, dot: &Value, last: Option<Value>) -> Result<Value> {
        self.step(command.at)?;
        let Some((first, arguments)) = command.operands.split_first() else { return Ok(Data::Nil.into()) };
        match &first.term {
            Term::Function(function) if first.fields.is_empty() => {
                self.function(function, arguments, dot, last, command.at, first.at)
            }
            Term::Unknown(name) if first.fields.is_empty() => {
                let mut values = Vec::with_capacity(arguments.len() + 1);
                for argument in arguments {
                    values.push(self.operand(argument, dot)?);
                }
                Ok(Value::opaque(&format!("the function `{name}` is not evaluated")))
            }
            Term::Nil => self.wrong(first.at, "nil is not a command"),
            _ if arguments.is_empty() && last.is_none() => self.operand(first, dot),
            _ if !first.fields.is_empty() => self.chain(first, arguments, dot, last),
            _ if self.scope.dialect == Dialect::ApplicationSet => {
                self.wrong(command.at, "can't give arguments to what is no function")
            }
            term => {
                let text = self.template().map(|template| template.text().to_owned()).unwrap_or_default();
                let (at, shown) = match term {
                    Term::Pipe(pipe) => (command.at, text.get(pipe.at.range())),
                    _ => (first.at, text.get(first.at.range())),
                };
                let message = format!("can't give argument to non-function {}", shown.unwrap_or_default());
                self.wrong(at, message)
            }
        }
    }

    /// Fields of a value, of which the last is a method that gets arguments.
    fn chain(
        &mut self,
        of: &Operand,
        arguments: &[Operand],
        dot: &Value,
        last: Option<Value>,
    ) -> Result<Value> {
        let Some((method, fields)) = of.fields.split_last() else { return Ok(Data::Nil.into()) };
        let mut value = self.term(&of.term, dot, of)?;
        for (index, field) in fields.iter().enumerate() {
            value = self.field(&value, field, of, index)?;
        }
        let mut values = Vec::with_capacity(arguments.len() + 1);
        for argument in arguments {
            values.push(self.operand(argument, dot)?);
        }
        values.extend(last);
        if let Data::Object(object) = &value.data
            && let Some(answer) = object.method(method, &values)
        {
            let at = of.at;
            return match answer {
                Ok(value) => Ok(value),
                Err(message) => {
                    self.fail(FailureKind::Wrong, at, at, format!("error calling {method}: {message}"))
                }
            };
        }
        let place = At { start: of.position, end: of.at.end };
        let shown = At { start: of.at.start, end: of.at.end };
        let message = format!("{method} is not a method but has arguments");
        self.fail(FailureKind::Wrong, place, shown, message)
    }

    fn function(
        &mut self,
        function: &'static Function,
        arguments: &[Operand],
        dot: &Value,
        last: Option<Value>,
        at: At,
        name_at: At,
    ) -> Result<Value> {
        let given = arguments.len() + usize::from(last.is_some());
        if self.scope.dialect != Dialect::ApplicationSet
            && let Some(wanted) = function.refuses(given)
        {
            let message = format!("wrong number of args for {}: want {wanted} got {given}", function.name);
            return self.wrong(name_at, message);
        }
        if let Run::Special(Special::And | Special::Or) = function.run {
            return self.short_circuit(function.name == "and", arguments, dot, last);
        }
        let mut values = Vec::with_capacity(given);
        for (index, argument) in arguments.iter().enumerate() {
            let value = self.operand(argument, dot)?;
            let value = self.fitting(function, index, value, argument)?;
            values.push(value);
        }
        if let Some(last) = last {
            let place = arguments.last().map_or(at, |argument| argument.at);
            if self.scope.dialect != Dialect::ApplicationSet
                && let Some(wanted) = function.mismatch(values.len(), &last)
            {
                let message = match last.is_nil() {
                    true => format!("invalid value; expected {wanted}"),
                    false => format!("wrong type for value; expected {wanted}; got {}", last.type_name()),
                };
                return self.wrong(place, message);
            }
            values.push(last);
        }
        self.call(function, &values, at)
    }

    /// An argument of the type that its parameter has.
    fn fitting(&mut self, function: &Function, index: usize, value: Value, of: &Operand) -> Result<Value> {
        if self.scope.dialect == Dialect::ApplicationSet {
            return Ok(value);
        }
        let Some(wanted) = function.mismatch(index, &value) else { return Ok(value) };
        let is_literal = of.fields.is_empty();
        let message = match &of.term {
            // A constant takes the type that is asked for.
            Term::Float(number) if is_literal && wanted == "int" && number.fract() == 0.0 => {
                return Ok(Data::Int(*number as i64).into());
            }
            Term::Nil if is_literal => format!("cannot assign nil to {wanted}"),
            Term::Bool(_) | Term::Int(_) | Term::Float(_) | Term::Text(..) if is_literal => {
                let template = self.template();
                let text = template.as_ref().and_then(|template| template.text().get(of.at.range()));
                let text = text.unwrap_or_default();
                match wanted {
                    "int" => format!("expected integer; found {text}"),
                    "string" | "bool" => format!("expected {wanted}; found {text}"),
                    _ => format!("can't handle {text} for arg of type {wanted}"),
                }
            }
            Term::Pipe(_) | Term::Variable(_) if is_literal && value.is_nil() => {
                format!("invalid value; expected {wanted}")
            }
            _ => {
                let got = if value.is_nil() { "interface {}" } else { value.type_name() };
                format!("wrong type for value; expected {wanted}; got {got}")
            }
        };
        self.fail(FailureKind::Wrong, At { start: of.position, end: of.at.end }, of.at, message)
    }

    /// `and` ends at the first empty argument, `or` at the first that is not.
    fn short_circuit(
        &mut self,
        ends_at_empty: bool,
        arguments: &[Operand],
        dot: &Value,
        last: Option<Value>,
    ) -> Result<Value> {
        let mut value: Value = Data::Nil.into();
        let start = self.recorder.mark();
        for argument in arguments {
            let from = self.recorder.mark();
            value = self.operand(argument, dot)?;
            if matches!(value.data, Data::Opaque(_)) || value.is_empty() == ends_at_empty {
                self.recorder.undecided(start, from);
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    pub(super) fn call(&mut self, function: &'static Function, values: &[Value], at: At) -> Result<Value> {
        if let Run::Special(special) = &function.run {
            return self.special(special, values, at);
        }
        let value = match functions::call(&self.scope, function, values, &mut self.limits.work) {
            Ok(value) => value,
            Err(message) if message == functions::TOO_LARGE => return self.limit(at, &message),
            Err(message) => {
                let joined = match self.scope.dialect {
                    Dialect::ApplicationSet => format!("{}: {message}", function.name),
                    Dialect::Helm(_) => format!("error calling {}: {message}", function.name),
                };
                return self.wrong(at, joined);
            }
        };
        if value.text().is_some_and(|text| text.len() > self.limits.output) {
            return self.limit(at, functions::TOO_LARGE);
        }
        Ok(if self.recorder.is_on() { self.placed(function, value, values, at) } else { value })
    }

    /// Gives a value that a function made the origin of what it was made of.
    fn placed(&mut self, function: &Function, value: Value, values: &[Value], at: At) -> Value {
        // A checksum is that of all of a text, of which it can name one place.
        if value.text().and_then(Text::origin).is_some_and(|origin| origin.mark == Mark::Derived) {
            let parts = values.iter().filter_map(Value::text).flat_map(Text::parts).take(MOST_PARTS);
            let origins = parts.filter_map(|(_, origin)| origin).filter(|origin| origin.mark == Mark::Value);
            origins.for_each(|origin| self.recorder.read(origin));
        }
        let origin = |value: &Value| value.origin.or_else(|| value.text().and_then(Text::origin));
        if function.is_chance {
            let span = self.span(at);
            let origin = span.map(|span| Origin { span, step: StepId::PARSED, mark: Mark::Chance });
            return match value.data {
                Data::Text(text) => Text::with(text.as_str().to_owned(), origin).into(),
                _ => Value { origin, ..value },
            };
        }
        match &value.data {
            Data::Bool(_) | Data::Int(_) | Data::Int64(_) | Data::Float(_) if value.origin.is_none() => {
                let mut origins = values.iter().filter_map(origin);
                let first = origins.next();
                let first = if origins.next().is_some() { first.map(Origin::derived) } else { first };
                Value { origin: first, ..value }
            }
            Data::Text(text) if !text.is_empty() && text.origin().is_none() => {
                // Literals such as formats matter least.
                let origins = || values.iter().filter_map(origin);
                let first =
                    origins().find(|origin| origin.mark != Mark::Template).or_else(|| origins().next());
                match first {
                    Some(origin) => Text::with(text.as_str().to_owned(), Some(origin.derived())).into(),
                    None => value,
                }
            }
            _ => value,
        }
    }

    /// The functions that need more than their arguments.
    fn special(&mut self, special: &Special, values: &[Value], at: At) -> Result<Value> {
        let text = |index: usize| values.get(index).and_then(Value::text).cloned().unwrap_or_default();
        let nil = Value::from(Data::Missing);
        let value = |index: usize| values.get(index).unwrap_or(&nil);
        match special {
            Special::Include => self.include(text(0).as_str(), value(1), at).map(Value::from),
            Special::Tpl => self.tpl(&text(0), value(1), at).map(Value::from),
            Special::Required => match &value(1).data {
                Data::Text(given) if !given.is_empty() => Ok(value(1).clone()),
                Data::Nil | Data::Missing | Data::Text(_) => {
                    let stop = self.asked("required", text(0).as_str(), at);
                    // A value that is written and empty is what a person fills in.
                    let written = value(1).origin.filter(|origin| origin.mark == Mark::Value);
                    stop.map_err(|mut failure| {
                        failure.at = written.map(|origin| origin.span).or(failure.at);
                        failure
                    })
                }
                _ => Ok(value(1).clone()),
            },
            Special::Fail => {
                // The message may have been put together where a check failed, and only printed here.
                let message = text(0);
                let made = message.runs().find_map(|(_, run)| self.recorder.decider(run.node));
                let decider = made.or_else(|| self.recorder.decider(self.node));
                self.asked("fail", message.as_str(), at).map_err(|mut failure| {
                    failure.at = decider.map(|origin| origin.span).or(failure.at);
                    failure
                })
            }
            Special::Call => {
                let shown = self.template();
                let shown =
                    shown.as_ref().and_then(|template| template.text().get(at.range())).unwrap_or_default();
                let shown = shown.split_whitespace().nth(1).unwrap_or_default();
                let message = match value(0).is_nil() {
                    true => "error calling call: call of nil".to_owned(),
                    false => {
                        let name = value(0).type_name();
                        format!("error calling call: non-function {shown} of type {name}")
                    }
                };
                self.wrong(at, message)
            }
            Special::And | Special::Or => Ok(nil),
        }
    }

    /// A failure that the template itself asks for.
    fn asked<T>(&self, function: &str, message: &str, at: At) -> Result<T> {
        if self.scope.dialect == Dialect::ApplicationSet {
            return self.wrong(at, format!("{function}: {message}"));
        }
        let stop = self.fail::<T>(FailureKind::Asked, at, at, message);
        stop.map_err(|mut failure| {
            failure.full = self.located(at, at, &format!("error calling {function}: {message}"));
            failure
        })
    }

    fn operand(&mut self, operand: &Operand, dot: &Value) -> Result<Value> {
        let mut value = self.term(&operand.term, dot, operand)?;
        for (index, field) in operand.fields.iter().enumerate() {
            value = self.field(&value, field, operand, index)?;
        }
        if !operand.fields.is_empty() {
            self.read(&value);
        }
        self.charge(&value, 0, operand.at)?;
        Ok(value)
    }

    fn term(&mut self, term: &Term, dot: &Value, operand: &Operand) -> Result<Value> {
        Ok(match term {
            Term::Dot => {
                if operand.fields.is_empty() {
                    self.read(dot);
                }
                dot.clone()
            }
            Term::Nil => Data::Nil.into(),
            Term::Bool(value) => Data::Bool(*value).into(),
            Term::Int(value) => Data::Int(*value).into(),
            Term::Float(value) => Data::Float(*value).into(),
            Term::Text(value, copied) => match (copied, self.template()) {
                (Some(at), Some(template)) => template.slice(*at).into(),
                (_, template) => {
                    let span = template.and_then(|template| template.span(operand.at));
                    let origin = span.map(|span| Origin::template(span, StepId::PARSED));
                    let origin = origin.filter(|_| self.recorder.is_on());
                    Text::with(value.to_string(), origin).into()
                }
            },
            Term::Function(function) => self.function(function, &[], dot, None, operand.at, operand.at)?,
            Term::Unknown(name) => Value::opaque(&format!("the function `{name}` is not evaluated")),
            Term::Variable(id) => {
                let found = self.variable(*id).map(|variable| (variable.value.clone(), variable.reads));
                let (value, reads) = found.unwrap_or_else(|| (Data::Missing.into(), Default::default()));
                self.recorder.read_again(reads);
                if operand.fields.is_empty() {
                    self.read(&value);
                }
                value
            }
            Term::Pipe(pipe) => {
                let scope = self.variables.len();
                let value = self.deeper(pipe.at, |machine| machine.pipe(pipe, dot))?;
                self.variables.truncate(scope);
                value
            }
        })
    }

    fn field(&mut self, value: &Value, name: &str, of: &Operand, index: usize) -> Result<Value> {
        match &value.data {
            Data::Map(map) => match map.get(name) {
                Some(value) => return Ok(value),
                // A method of `.Values`.
                None if name == "AsMap" && self.scope.dialect != Dialect::ApplicationSet => {
                    return Ok(value.clone());
                }
                None => match self.missing {
                    MissingKey::Invalid => return Ok(Data::Missing.into()),
                    MissingKey::Zero => return Ok(Data::Nil.into()),
                    MissingKey::Error => {
                        let known = map.entries().into_iter().map(|(key, _)| key).collect();
                        let kind = FailureKind::MissingKey { key: name.to_owned(), known };
                        return self.fail(kind, of.at, of.at, format!("map has no entry for key {name:?}"));
                    }
                },
            },
            Data::Object(object) => {
                if let Some(field) = object.field(name) {
                    // What a certificate is made of is as new as all of it.
                    return Ok(match (value.origin, field.text()) {
                        (Some(origin), Some(text)) if text.origin().is_none() => {
                            Text::with(text.as_str().to_owned(), Some(origin)).into()
                        }
                        _ => field,
                    });
                }
                match object.method(name, &[]) {
                    Some(Ok(value)) => return Ok(value),
                    Some(Err(message)) => {
                        return self.wrong(of.at, format!("error calling {name}: {message}"));
                    }
                    None if object.kind() == "map" => return Ok(Data::Nil.into()),
                    None => {}
                }
            }
            Data::Opaque(_) => return Ok(value.clone()),
            Data::Missing => match self.missing {
                MissingKey::Error => {
                    let kind = FailureKind::MissingKey { key: name.to_owned(), known: Vec::new() };
                    return self.fail(kind, of.at, of.at, format!("map has no entry for key {name:?}"));
                }
                MissingKey::Zero if self.scope.dialect == Dialect::ApplicationSet => {
                    return Ok(Data::Nil.into());
                }
                _ => return Ok(Data::Missing.into()),
            },
            _ => {}
        }
        let place = At { start: of.position, end: of.at.end };
        if matches!(value.data, Data::Nil) {
            let message = format!("nil pointer evaluating interface {{}}.{name}");
            return self.fail(FailureKind::Wrong, place, of.at, message);
        }
        let is_element = index > 0 && self.scope.dialect != Dialect::ApplicationSet;
        let of_type = if is_element { "interface {}" } else { value.type_name() };
        let message = format!("can't evaluate field {name} in type {of_type}");
        self.fail(FailureKind::Wrong, place, of.at, message)
    }
}
