//! Templates that execute templates: `include` and `tpl`.

use std::rc::Rc;
use std::sync::Arc;

use super::super::ast::At;
use super::super::set::{Defined, Template};
use super::super::text::Text;
use super::super::value::Value;
use super::super::{Failure, FailureKind};
use super::{Machine, Result};

/// What Helm calls a text that `tpl` executes.
const NAMELESS: &str = "gotpl";

impl Machine<'_> {
    /// The template of a name: what a text of `tpl` defines wins.
    pub(super) fn defined(&self, name: &str) -> Option<Defined> {
        let local = self.local.iter().rev().find_map(|defined| defined.get(name));
        local.or_else(|| self.set.get(name)).cloned()
    }

    /// The text that a template makes of a value.
    pub(super) fn include(&mut self, name: &str, value: &Value, at: At) -> Result<Text> {
        let Some(defined) = self.defined(name) else {
            let message = format!("no template {name:?} associated with template {NAMELESS:?}");
            let full = format!("template: {message}");
            let failure = Failure { kind: FailureKind::Wrong, at: self.span(at), message, full };
            return Err(self.called("include", at, Box::new(failure)));
        };
        self.captured("include", name.into(), at, &defined, value)
    }

    /// The text that a template in a text makes of a value.
    pub(super) fn tpl(&mut self, text: &Text, value: &Value, at: At) -> Result<Text> {
        if !text.as_str().contains("{{") {
            return Ok(text.clone());
        }
        let template = match self.parsed.get(text.as_str()) {
            Some(ast) => Template::again(NAMELESS, Arc::clone(ast), text),
            None => match Template::parse(self.scope.dialect, NAMELESS, text) {
                Ok(template) => {
                    self.parsed.insert(text.as_str().into(), Arc::clone(&template.ast));
                    template
                }
                Err(mut failure) => {
                    failure.full = format!("cannot parse template {:?}: {}", text.as_str(), failure.full);
                    return Err(self.called("tpl", at, Box::new(failure)));
                }
            },
        };
        let of = |index| Defined { template: Arc::clone(&template), index };
        let bodies = template.ast.defined.iter().enumerate();
        let local = bodies
            .filter(|(_, (name, body))| !(body.is_blank(template.text()) && self.defined(name).is_some()))
            .map(|(index, (name, _))| (name.clone(), of(Some(index))))
            .collect::<rustc_hash::FxHashMap<_, _>>();
        let is_local = !local.is_empty();
        if is_local {
            self.local.push(local);
        }
        let made = self.captured("tpl", NAMELESS.into(), at, &of(None), value)?;
        if is_local {
            self.local.pop();
        }
        Ok(made.replaced("<no value>", &Text::default()))
    }

    /// What a template prints, in place of printing it.
    fn captured(
        &mut self,
        function: &str,
        name: Rc<str>,
        at: At,
        defined: &Defined,
        value: &Value,
    ) -> Result<Text> {
        let outer = self.node;
        self.node = self.recorder.call(outer, self.span(at), if function == "tpl" { "tpl" } else { &name });
        let printed = std::mem::take(&mut self.output);
        let caller = self.current.clone();
        let done = self.deeper(at, |machine| machine.run(defined, name, value));
        if let Err(mut failure) = done {
            self.current = caller;
            if function == "tpl" && self.recorder.is_on() {
                let text = defined.template.text();
                failure.full = format!("error during tpl function execution for {text:?}: {}", failure.full);
            }
            return Err(self.called(function, at, failure));
        }
        self.node = outer;
        Ok(std::mem::replace(&mut self.output, printed))
    }

    /// A failure inside of what a function called.
    pub(super) fn called(&self, function: &str, at: At, mut failure: Box<Failure>) -> Box<Failure> {
        failure.full = self.located(at, at, &format!("error calling {function}: {}", failure.full));
        failure
    }
}
