//! Literals that are nested deep become data: regorus takes exponential time to read them.
//!
//! Owns what a literal costs to read. Must not know where it is used.

use super::{LITERALS, Rewriter};
use crate::rego::Value;
use crate::rego::module::Module;
use crate::rego::syntax::{Body, Expr, Kind, Literal, Part, Rule, Statement, parts};

/// Literals that are nested this deep stay where they are.
const DEPTH: u32 = 2;

impl Rewriter<'_> {
    /// Takes an expression out of the text if it is a literal that is nested deep.
    pub(super) fn is_literal(&mut self, expr: &Expr) -> bool {
        if !matches!(expr.kind, Kind::Array(_) | Kind::Object(_)) {
            return false;
        }
        let deep = ground(&self.module.text, expr).filter(|(_, depth)| *depth > DEPTH);
        let Some((value, _)) = deep else { return false };
        let at = self.literal(value);
        self.edits.replace(expr.span, at);
        true
    }

    /// Where a value is read.
    pub(super) fn literal(&mut self, value: Value) -> String {
        self.literals.push(value);
        let name = serde_json::Value::from(self.module.name.as_str());
        format!("data.{LITERALS}[{name}][{}]", self.literals.len() - 1)
    }
}

/// The value of a literal that has nothing to be computed, and how deep it is nested.
fn ground(text: &str, expr: &Expr) -> Option<(Value, u32)> {
    let written = text.get(expr.span.start as usize..expr.span.end as usize)?;
    match &expr.kind {
        Kind::Word | Kind::Number => Value::from_json_str(written).ok().map(|value| (value, 0)),
        Kind::Minus(number) if matches!(number.kind, Kind::Number) => {
            Value::from_json_str(written).ok().map(|value| (value, 0))
        }
        Kind::Text(text) => Some((Value::from(text.as_str()), 0)),
        Kind::Array(items) => {
            let items = items.iter().map(|item| ground(text, item)).collect::<Option<Vec<_>>>()?;
            let depth = items.iter().map(|(_, depth)| *depth).max().unwrap_or_default() + 1;
            Some((items.into_iter().map(|(item, _)| item).collect::<Vec<_>>().into(), depth))
        }
        Kind::Object(pairs) => {
            let mut depth = 0;
            let mut object = std::collections::BTreeMap::new();
            for (key, value) in pairs {
                let ((key, one), (value, two)) = (ground(text, key)?, ground(text, value)?);
                depth = depth.max(one).max(two);
                object.insert(key, value);
            }
            Some((object.into(), depth + 1))
        }
        _ => None,
    }
}

/// Words that regorus may read for a rule.
pub const READINGS: u64 = 500_000;

/// How many words regorus reads for a rule: the first item in brackets once more, in case a comprehension follows. What is
/// taken out of the text costs nothing.
pub fn readings(module: &Module, rule: &Rule) -> u64 {
    let values = rule.branches.iter().filter_map(|branch| branch.value.as_ref());
    let bodies = rule.branches.iter().filter_map(|branch| branch.body.as_ref());
    let exprs = rule.arguments.iter().chain(&rule.key).chain(values).map(|expr| cost(&module.text, expr));
    let bodies = bodies.map(|body| body_cost(&module.text, body));
    exprs.chain(bodies).fold(0, u64::saturating_add)
}

/// Brackets that regorus reads in each other.
pub const BRACKETS: u32 = 31;

/// The first place of a rule where brackets are nested deeper than regorus reads, after literals were taken out of the text.
pub fn too_deep(module: &Module, rule: &Rule) -> Option<u32> {
    let values = rule.branches.iter().filter_map(|branch| branch.value.as_ref());
    let mut exprs = rule.arguments.iter().chain(&rule.key).chain(values);
    let mut bodies = rule.branches.iter().filter_map(|branch| branch.body.as_ref());
    exprs
        .find_map(|expr| deep(&module.text, expr, BRACKETS))
        .or_else(|| bodies.find_map(|body| deep_body(&module.text, body, BRACKETS)))
}

fn deep_body(text: &str, body: &Body, left: u32) -> Option<u32> {
    body.statements.iter().find_map(|statement| {
        let with = || statement.with.iter().find_map(|(_, value)| deep(text, value, left));
        let literal = match &statement.literal {
            Literal::Some(_) => None,
            Literal::SomeIn(_, _, collection) => deep(text, collection, left),
            Literal::Every(_, _, domain, body) => {
                deep(text, domain, left).or_else(|| deep_body(text, body, left))
            }
            Literal::Not(expr) | Literal::Expr(expr) => deep(text, expr, left),
        };
        literal.or_else(with)
    })
}

fn deep(text: &str, expr: &Expr, left: u32) -> Option<u32> {
    let is_bracket = !matches!(expr.kind, Kind::Binary(..) | Kind::Minus(_) | Kind::In(..));
    let mut below = parts(expr).into_iter().peekable();
    if below.peek().is_none() || ground(text, expr).is_some_and(|(_, depth)| depth > DEPTH) {
        return None;
    }
    let left = if is_bracket { left.checked_sub(1) } else { Some(left) };
    let Some(left) = left else { return Some(expr.span.start) };
    below.find_map(|part| match part {
        Part::Expr(part) => deep(text, part, left),
        Part::Body(body) => deep_body(text, body, left),
    })
}

fn body_cost(text: &str, body: &Body) -> u64 {
    let statement = |statement: &Statement| {
        let with = statement.with.iter().map(|(_, value)| cost(text, value));
        let literal = match &statement.literal {
            Literal::Some(_) => 0,
            Literal::SomeIn(key, value, collection) => key
                .iter()
                .chain([value, collection])
                .map(|expr| cost(text, expr))
                .fold(0, u64::saturating_add),
            Literal::Every(_, _, domain, body) => cost(text, domain).saturating_add(body_cost(text, body)),
            Literal::Not(expr) | Literal::Expr(expr) => cost(text, expr),
        };
        with.fold(literal, u64::saturating_add)
    };
    body.statements.iter().map(statement).fold(1, u64::saturating_add)
}

fn cost(text: &str, expr: &Expr) -> u64 {
    let is_taken_out = || ground(text, expr).is_some_and(|(_, depth)| depth > DEPTH);
    let first = match &expr.kind {
        Kind::Array(_) | Kind::Object(_) if is_taken_out() => return 1,
        Kind::Array(_) | Kind::Set(_) => 1,
        Kind::Object(_) => 2,
        Kind::ObjectOf(..) => 1,
        _ => 0,
    };
    let costs = parts(expr).into_iter().enumerate().map(|(index, part)| {
        let cost = match part {
            Part::Expr(part) => cost(text, part),
            Part::Body(body) => body_cost(text, body),
        };
        if index < first { cost.saturating_mul(2) } else { cost }
    });
    costs.fold(1, u64::saturating_add)
}
