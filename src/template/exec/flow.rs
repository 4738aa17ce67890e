//! Nodes: text, actions, branches, loops.

use std::sync::Arc;

use super::super::ast::{At, Body, Branch, BranchKind, Node};
use super::super::text::NodeId;
use super::super::trace::Reads;
use super::super::value::{DEPTH, Data, Value};
use super::super::{Dialect, FailureKind, Hole};
use super::{Machine, Result, Variable};

/// How a list of nodes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
}

impl Machine<'_> {
    pub(super) fn nodes(&mut self, body: &Body, dot: &Value) -> Result<Flow> {
        for node in &body.nodes {
            let flow = match node {
                Node::Text(at) => {
                    self.text(*at)?;
                    Flow::Next
                }
                Node::Action(pipe) => {
                    self.step(pipe.at)?;
                    let outer = self.node;
                    if pipe.variables.is_empty() {
                        self.node = self.recorder.action(outer, self.span(pipe.at));
                    }
                    let value = self.pipe(pipe, dot)?;
                    if pipe.variables.is_empty() {
                        self.recorder.done(self.node);
                        self.print(&value, pipe.at)?;
                    }
                    self.node = outer;
                    Flow::Next
                }
                Node::Branch(branch) => self.deeper(branch.pipe.at, |machine| machine.branch(branch, dot))?,
                Node::Template { name, argument, name_at, at } => {
                    self.call_template(name, argument.as_ref(), *name_at, *at, dot)?;
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

    /// Where a part of the template that is executed stands; only looked for when somebody may ask.
    pub(super) fn span(&self, at: At) -> Option<crate::source::Span> {
        match self.recorder.is_on() {
            true => self.current.as_ref().and_then(|current| current.template.span(at)),
            false => None,
        }
    }

    fn text(&mut self, at: At) -> Result<()> {
        self.step(at)?;
        self.spend((at.end - at.start) as usize, at)?;
        let Some(current) = &self.current else { return Ok(()) };
        let (output, node) = (&mut self.output, self.node);
        current.template.each(at, |part, origin| output.push_run(part, origin, node));
        Ok(())
    }

    fn print(&mut self, value: &Value, at: At) -> Result<()> {
        if self.scope.dialect == Dialect::ApplicationSet {
            self.charge(value, DEPTH, at)?;
            if let Some(why) = value.why_opaque() {
                return self.opaque(at, &why);
            }
        }
        if value.is_nil() {
            let text = self.current.as_ref().map_or("", |current| current.template.text());
            let expression = text.get(at.range()).unwrap_or_default().to_owned();
            let at = self.current.as_ref().and_then(|current| current.template.span(at));
            self.holes.push(Hole { at, expression });
        }
        let printed = match &value.data {
            Data::Text(text) => text.clone(),
            Data::Object(object) => object.shown(),
            Data::List(_) | Data::Map(_) => {
                self.charge(value, DEPTH, at)?;
                value.printed("<no value>")
            }
            _ => value.printed("<no value>"),
        };
        self.spend(printed.len(), at)?;
        self.output.push_printed(&printed, self.node);
        if self.recorder.is_on()
            && matches!(printed.as_str().trim(), "" | "{}" | "[]" | "null" | "<no value>")
        {
            self.output.push_run("", None, self.node);
        }
        Ok(())
    }

    /// Leaves a marker where nodes are skipped.
    fn skip(&mut self, body: &Body, at: At, reads: Reads, outer: NodeId, is_met: bool) {
        if self.recorder.is_on() && !body.nodes.is_empty() {
            let node = self.recorder.skipped(outer, self.span(body.at), self.span(at), reads, is_met);
            self.output.push_run("", None, node);
        }
    }

    fn branch(&mut self, branch: &Branch, dot: &Value) -> Result<Flow> {
        let at = branch.pipe.at;
        self.step(at)?;
        let scope = self.variables.len();
        let outer = self.node;
        let from = self.recorder.mark();
        // What the condition calls is not printed.
        let value = self.pipe(&branch.pipe, dot)?;
        let reads = self.recorder.since(from);
        if let Data::Opaque(why) = &value.data {
            return self.opaque(at, why);
        }
        let flow = match branch.kind {
            BranchKind::Range => self.range(branch, &value, dot, reads)?,
            _ if value.is_empty() => {
                self.skip(&branch.body, at, reads, outer, false);
                self.within(branch, reads, false, |machine| machine.nodes(&branch.otherwise, dot))?
            }
            kind => {
                let dot = if kind == BranchKind::With { &value } else { dot };
                let flow = self.within(branch, reads, true, |machine| machine.nodes(&branch.body, dot))?;
                self.skip(&branch.otherwise, at, reads, outer, true);
                flow
            }
        };
        self.variables.truncate(scope);
        Ok(flow)
    }

    /// Executes what depends on a condition.
    fn within<T>(
        &mut self,
        branch: &Branch,
        reads: Reads,
        is_met: bool,
        run: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let outer = self.node;
        self.node = self.recorder.branch(outer, self.span(branch.pipe.at), reads, is_met);
        let done = run(self)?;
        self.node = outer;
        Ok(done)
    }

    fn range(&mut self, branch: &Branch, value: &Value, dot: &Value, reads: Reads) -> Result<Flow> {
        let at = branch.pipe.at;
        self.charge(value, 1, at)?;
        let items: Vec<(Value, Value)> = match &value.data {
            Data::Missing | Data::Nil => Vec::new(),
            Data::List(items) => {
                (0..).zip(items.iter()).map(|(index, item)| (Data::Int(index).into(), item.clone())).collect()
            }
            Data::Map(map) => match map.why_open() {
                Some(why) => return self.opaque(at, &why),
                None => {
                    let slots = map.slots().into_iter();
                    slots.map(|(key, slot)| (Value::word(&key, slot.key), slot.value)).collect()
                }
            },
            Data::Int(count) | Data::Int64(count) => {
                let count = (*count).min(i64::from(self.limits.steps));
                (0..count).map(|index| (Data::Int(index).into(), Data::Int(index).into())).collect()
            }
            Data::Object(object) if object.entries().is_some() => object.entries().unwrap_or_default(),
            _ if self.scope.dialect == Dialect::ApplicationSet => {
                return self.wrong(at, "range can't iterate over this value");
            }
            _ => {
                let message = format!("range can't iterate over {}", value.printed("<nil>").as_str());
                let place = branch.pipe.commands.first().and_then(|command| command.operands.first());
                let place = place.map_or(at, |operand| At { start: operand.position, end: at.end });
                return self.fail(FailureKind::Wrong, place, at, message);
            }
        };
        if items.is_empty() {
            self.skip(&branch.body, at, reads, self.node, false);
            return self.within(branch, reads, false, |machine| machine.nodes(&branch.otherwise, dot));
        }
        let outer = self.node;
        self.node = self.recorder.branch(outer, self.span(at), reads, true);
        let scope = self.variables.len();
        for (key, item) in items {
            self.step(at)?;
            match branch.pipe.variables.as_slice() {
                [one] => self.declare(*one, branch.pipe.assigns, &item),
                [index, one] => {
                    self.declare(*index, branch.pipe.assigns, &key);
                    self.declare(*one, branch.pipe.assigns, &item);
                }
                _ => {}
            }
            let flow = self.nodes(&branch.body, &item)?;
            self.variables.truncate(scope);
            if flow == Flow::Break {
                break;
            }
        }
        self.node = outer;
        self.skip(&branch.otherwise, at, reads, outer, true);
        Ok(Flow::Next)
    }

    fn declare(&mut self, id: u32, assigns: bool, value: &Value) {
        match assigns {
            true => self.assign(id, true, value.clone(), Reads::default()),
            false => self.variables.push(Variable { id, value: value.clone(), reads: Reads::default() }),
        }
    }

    fn call_template(
        &mut self,
        name: &str,
        argument: Option<&super::super::ast::Pipe>,
        name_at: At,
        at: At,
        dot: &Value,
    ) -> Result<()> {
        self.step(at)?;
        let Some(defined) = self.defined(name) else {
            return self.fail(FailureKind::Wrong, name_at, at, format!("template {name:?} not defined"));
        };
        let value = match argument {
            Some(argument) => self.pipe(argument, dot)?,
            None => Data::Missing.into(),
        };
        let outer = self.node;
        self.node = self.recorder.call(outer, self.span(at), name);
        self.deeper(at, |machine| machine.run(&defined, name.into(), &value))?;
        self.node = outer;
        Ok(())
    }

    /// The template that is executed, to be kept while it is gone through.
    pub(super) fn template(&self) -> Option<Arc<super::super::set::Template>> {
        self.current.as_ref().map(|current| Arc::clone(&current.template))
    }
}
