//! `else` behind a body with a loop: the compiler takes a loop that finds nothing for a body that holds.
//!
//! Also owns how comprehensions start. Such a body becomes a comprehension, whose first item is the value: there is none where the body never holds.

use super::Rewriter;
use crate::rego::syntax::{Body, Branch, Expr, Kind, Literal, Part, Step, parts};

impl Rewriter<'_> {
    /// Rewrites a branch that others follow.
    pub(super) fn followed(&mut self, branch: &Branch, body: &Body) {
        if !has_loop(body) {
            branch.value.iter().for_each(|value| self.expr(value));
            self.body(body);
            return;
        }
        let name = self.variable();
        let written = branch.value.as_ref().map(|value| {
            let mark = self.edits.len();
            self.expr(value);
            let written = self.edits.moved(mark, &self.module.text, value.span);
            self.edits.replace(value.span, name.clone());
            written
        });
        let (open, close) = if self.is_braced(body) { ("", "") } else { ("{ ", " }") };
        let value = written.as_deref().unwrap_or("true");
        self.edits.insert(body.span.start, format!("{open} {name} = [{value} | {ONCE}"));
        self.statements(body, true);
        self.edits.insert(body.span.end, format!("][0]{close}"));
    }
}

/// What a comprehension starts with: a condition that fails outside of a loop sends the compiler's machine round forever.
pub(super) const ONCE: &str = "[0][_]; ";

/// Whether a comprehension needs that.
pub(super) fn needs_loop(body: &Body) -> bool {
    let first = body.statements.iter().find(|statement| !matches!(statement.literal, Literal::Some(_)));
    !first.is_some_and(|first| match &first.literal {
        Literal::SomeIn(..) => true,
        Literal::Expr(expr) => loops(expr),
        _ => false,
    })
}

fn has_loop(body: &Body) -> bool {
    body.statements.iter().any(|statement| match &statement.literal {
        Literal::SomeIn(..) => true,
        Literal::Some(_) => false,
        Literal::Every(_, _, domain, _) => loops(domain),
        Literal::Not(expr) | Literal::Expr(expr) => loops(expr),
    })
}

fn loops(expr: &Expr) -> bool {
    let here = match &expr.kind {
        Kind::Ref(_, steps) => steps.iter().any(
            |step| matches!(step, Step::Index(index) if !matches!(index.kind, Kind::Text(_) | Kind::Number)),
        ),
        Kind::Call(function, _) => matches!(&function.kind, Kind::Variable(name) if name == "walk"),
        _ => false,
    };
    here || parts(expr).into_iter().any(|part| matches!(part, Part::Expr(part) if loops(part)))
}
