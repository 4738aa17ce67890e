//! Parameters of functions, called the same everywhere.
//!
//! The interpreter takes all definitions of a function for one when they are in several files, and then does not know the names
//! of the second one.

use rustc_hash::{FxHashMap, FxHashSet};

use super::determined::bound;
use crate::rego::syntax::{Body, Expr, Kind, Literal, Op, Part, Rule, RuleKind, parts};

/// What parameters of a function are called, where nothing else in it is declared by that name.
pub fn renamed(rule: &Rule) -> FxHashMap<String, String> {
    let mut renamed = FxHashMap::default();
    if rule.kind != RuleKind::Function {
        return renamed;
    }
    let mut taken = FxHashSet::from_iter(["_".to_owned()]);
    for branch in &rule.branches {
        branch.value.iter().for_each(|value| declared(value, &mut taken));
        branch.body.iter().for_each(|body| declared_in(body, &mut taken));
    }
    for (index, argument) in rule.arguments.iter().enumerate() {
        if let Kind::Variable(name) = &argument.kind
            && !taken.contains(name)
        {
            renamed.insert(name.clone(), format!("plimsoll_a{index}__"));
        }
    }
    renamed
}

fn declared_in(body: &Body, names: &mut FxHashSet<String>) {
    for statement in &body.statements {
        for (target, value) in &statement.with {
            declared(target, names);
            declared(value, names);
        }
        match &statement.literal {
            Literal::Some(some) => names.extend(some.iter().map(|(name, _)| name.clone())),
            Literal::SomeIn(key, value, collection) => {
                for expr in key.iter().chain([value]) {
                    bound(expr, names);
                    declared(expr, names);
                }
                declared(collection, names);
            }
            Literal::Every(key, value, domain, body) => {
                names.extend(key.iter().chain([value]).cloned());
                declared(domain, names);
                declared_in(body, names);
            }
            Literal::Not(expr) | Literal::Expr(expr) => declared(expr, names),
        }
    }
}

/// Names of functions, too, which are no variables.
fn declared(expr: &Expr, names: &mut FxHashSet<String>) {
    match &expr.kind {
        Kind::Binary(Op::Assign, target, _) => bound(target, names),
        Kind::Call(function, _) => {
            names.extend(function.path().and_then(|path| path.first().map(|name| (*name).to_owned())))
        }
        _ => (),
    }
    for part in parts(expr) {
        match part {
            Part::Expr(part) => declared(part, names),
            Part::Body(body) => declared_in(body, names),
        }
    }
}
