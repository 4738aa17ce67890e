//! `not f(x.missing)`: OPA asks for the operands before it negates.
//!
//! To OPA such a statement is undefined, since `x.missing` is; regorus negates that, too, and finds what is not there.

use super::Rewriter;
use crate::rego::syntax::{Expr, Kind, Op, Part, Statement, Step, parts};

impl Rewriter<'_> {
    /// What must stand before a negated statement, in which names take the place of operands. The expression has
    /// been rewritten since `mark`.
    pub(super) fn negated(&mut self, expr: &Expr, statement: &Statement, mark: usize) -> String {
        let mut operands = Vec::new();
        self.operands(expr, &mut operands);
        let modifiers = statement.with.first().map_or("", |(target, _)| {
            // `with` stands before the first target.
            let written =
                self.slice(crate::rego::syntax::Span { start: expr.span.end, end: target.span.start });
            if written.trim().is_empty() { "" } else { "with" }
        });
        let with = match (statement.with.first(), modifiers.is_empty()) {
            (Some(_), false) => {
                let from = crate::rego::syntax::Span { start: expr.span.end, end: statement.span.end };
                let mut edits = self.edits.clone();
                edits.moved(mark, &self.module.text, from)
            }
            _ => String::new(),
        };
        let mut before = String::new();
        for operand in operands {
            let written = self.edits.moved(mark, &self.module.text, operand.span);
            let name = self.variable();
            before += &format!("{name} = {written}{with}; ");
            self.edits.replace(operand.span, name);
        }
        before
    }

    /// What OPA asks for on its own.
    fn operands<'e>(&self, expr: &'e Expr, operands: &mut Vec<&'e Expr>) {
        match &expr.kind {
            Kind::Parens(inner) => self.operands(inner, operands),
            Kind::Call(_, arguments) => operands.extend(arguments.iter().filter(|part| self.is_asked(part))),
            Kind::Binary(Op::Assign | Op::Unify, ..) => (),
            // What is compared for equality is unified, and a reference may be undefined there.
            Kind::Binary(Op::Compare, left, right) if self.is_equality(left, right) => {
                for side in [left, right] {
                    match side.kind {
                        Kind::Ref(..) | Kind::Variable(_) => self.indices(side, operands),
                        _ => operands.extend(Some(&**side).filter(|side| self.is_asked(side))),
                    }
                }
            }
            Kind::Binary(_, left, right) => {
                operands
                    .extend([left, right].into_iter().map(|side| &**side).filter(|side| self.is_asked(side)));
            }
            Kind::In(key, value, collection) => {
                let parts = key.as_deref().into_iter().chain([&**value, &**collection]);
                operands.extend(parts.filter(|part| self.is_asked(part)));
            }
            Kind::Ref(..) => self.indices(expr, operands),
            Kind::Array(_) | Kind::Set(_) | Kind::Object(_) => {
                operands.extend(Some(expr).filter(|expr| self.is_asked(expr)));
            }
            _ => (),
        }
    }

    fn is_equality(&self, left: &Expr, right: &Expr) -> bool {
        let between = crate::rego::syntax::Span { start: left.span.end, end: right.span.start };
        self.slice(between).trim() == "=="
    }

    fn indices<'e>(&self, expr: &'e Expr, operands: &mut Vec<&'e Expr>) {
        let Kind::Ref(_, steps) = &expr.kind else { return };
        for step in steps {
            if let Step::Index(index) = step {
                operands.extend(Some(index).filter(|index| self.is_asked(index)));
            }
        }
    }

    /// Whether something has to be looked up that may be undefined, and only one thing can be found.
    fn is_asked(&self, expr: &Expr) -> bool {
        self.looks_up(expr) && !has_wildcard(expr)
    }

    fn looks_up(&self, expr: &Expr) -> bool {
        match &expr.kind {
            Kind::Ref(..) | Kind::Call(..) | Kind::Binary(..) | Kind::In(..) => true,
            Kind::Variable(name) => {
                self.heads.contains(name.as_str())
                    || self.module.imports.iter().any(|import| import.name() == Some(name))
            }
            Kind::ArrayOf(..) | Kind::SetOf(..) | Kind::ObjectOf(..) => false,
            _ => parts(expr).into_iter().any(|part| matches!(part, Part::Expr(part) if self.looks_up(part))),
        }
    }
}

/// Whether `_` stands for anything here.
fn has_wildcard(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Variable(name) => name == "_",
        Kind::ArrayOf(..) | Kind::SetOf(..) | Kind::ObjectOf(..) => false,
        _ => parts(expr).into_iter().any(|part| matches!(part, Part::Expr(part) if has_wildcard(part))),
    }
}
