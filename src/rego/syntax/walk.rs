//! What an expression is made of.
//!
//! One list of children for everybody who walks trees. Must not know what is looked for.

use super::{Body, Expr, Kind, Step};

/// A child of an expression.
#[derive(Clone, Copy, Debug)]
pub enum Part<'t> {
    /// Evaluated with it.
    Expr(&'t Expr),
    /// Evaluated in a scope of its own; the expressions before it are evaluated there, too.
    Body(&'t Body),
}

/// The children of an expression, in the order they are written.
pub fn parts(expr: &Expr) -> Vec<Part<'_>> {
    let indices = |steps| {
        let steps: &[Step] = steps;
        steps.iter().filter_map(|step| match step {
            Step::Index(index) => Some(Part::Expr(index)),
            Step::Field(..) => None,
        })
    };
    match &expr.kind {
        Kind::Word | Kind::Number | Kind::Text(_) | Kind::Variable(_) => Vec::new(),
        Kind::Ref(head, steps) => {
            let head: &Expr = head;
            std::iter::once(Part::Expr(head)).chain(indices(steps)).collect()
        }
        Kind::Call(function, arguments) => {
            let function: &Expr = function;
            std::iter::once(function).chain(arguments).map(Part::Expr).collect()
        }
        Kind::Array(items) | Kind::Set(items) => items.iter().map(Part::Expr).collect(),
        Kind::Object(pairs) => {
            pairs.iter().flat_map(|(key, value)| [Part::Expr(key), Part::Expr(value)]).collect()
        }
        Kind::ArrayOf(value, body) | Kind::SetOf(value, body) => vec![Part::Expr(value), Part::Body(body)],
        Kind::ObjectOf(key, value, body) => vec![Part::Expr(key), Part::Expr(value), Part::Body(body)],
        Kind::Binary(_, left, right) => vec![Part::Expr(left), Part::Expr(right)],
        Kind::Minus(value) | Kind::Parens(value) => vec![Part::Expr(value)],
        Kind::In(key, value, collection) => {
            key.as_deref().into_iter().chain([value.as_ref(), collection.as_ref()]).map(Part::Expr).collect()
        }
    }
}
