//! Which variables of a body have one value only, and which are found by a loop.
//!
//! Must not know what that is asked for.

use rustc_hash::FxHashSet;

use crate::rego::syntax::{Body, Expr, Kind, Literal, Op, Part, Step, parts};

/// Names of variables.
pub type Names = FxHashSet<String>;

/// Rounds in which a variable may turn out to depend on others that have one value; the rest is taken for found.
const ROUNDS: usize = 16;

/// The variables of a body, and of an expression that belongs to it, that a loop may find; `known` are those that have one value.
pub fn undetermined(body: &Body, known: &Names, value: Option<&Expr>) -> Names {
    let mut open = Names::from_iter(["_".to_owned()]);
    value.iter().for_each(|value| indices(value, &mut open));
    // Pairs of what is bound, and what gives it a value.
    let mut given: Vec<(Vec<&Expr>, Vec<&Expr>)> = Vec::new();
    for statement in &body.statements {
        match &statement.literal {
            Literal::Some(names) => open.extend(names.iter().map(|(name, _)| name.clone())),
            Literal::SomeIn(key, value, collection) => {
                key.iter().chain([value]).for_each(|expr| bound(expr, &mut open));
                indices(collection, &mut open);
                if let Some(key) = key {
                    given.push((vec![value], vec![key, collection]));
                }
            }
            Literal::Expr(Expr {
                kind: Kind::Binary(op @ (Op::Assign | Op::Unify), left, right), ..
            }) => {
                for side in [left, right] {
                    indices(side, &mut open);
                }
                bound(left, &mut open);
                given.push((vec![left], vec![right]));
                if *op == Op::Unify {
                    bound(right, &mut open);
                    given.push((vec![right], vec![left]));
                }
            }
            Literal::Expr(expr) => indices(expr, &mut open),
            Literal::Not(_) | Literal::Every(..) => (),
        }
    }
    open.retain(|name| name == "_" || !known.contains(name));
    for _ in 0..ROUNDS {
        let before = open.len();
        for (targets, from) in &given {
            if from.iter().all(|expr| is_free(expr, &open)) {
                let mut names = Names::default();
                targets.iter().for_each(|target| bound(target, &mut names));
                open.retain(|name| name == "_" || !names.contains(name));
            }
        }
        if open.len() == before {
            break;
        }
    }
    open
}

/// The variables that a pattern binds.
pub fn bound(expr: &Expr, names: &mut Names) {
    match &expr.kind {
        Kind::Variable(name) => _ = names.insert(name.clone()),
        Kind::Array(items) => items.iter().for_each(|item| bound(item, names)),
        Kind::Object(pairs) => pairs.iter().for_each(|(_, value)| bound(value, names)),
        Kind::Parens(inner) => bound(inner, names),
        _ => (),
    }
}

/// Variables between brackets, and arguments of `walk`: they are found where nothing else gives them a value.
fn indices(expr: &Expr, names: &mut Names) {
    match &expr.kind {
        Kind::Ref(_, steps) => steps.iter().for_each(|step| {
            if let Step::Index(index) = step {
                bound(index, names);
            }
        }),
        Kind::Call(_, arguments) if is_walk(expr) => {
            arguments.iter().for_each(|argument| bound(argument, names))
        }
        _ => (),
    }
    for part in parts(expr) {
        if let Part::Expr(part) = part
            && !matches!(expr.kind, Kind::ArrayOf(..) | Kind::SetOf(..) | Kind::ObjectOf(..))
        {
            indices(part, names);
        }
    }
}

fn is_walk(expr: &Expr) -> bool {
    matches!(&expr.kind, Kind::Call(function, _) if matches!(&function.kind, Kind::Variable(name) if name == "walk"))
}

/// Whether an expression has none of these variables, `_` in comprehensions aside, and is no loop itself.
pub fn is_free(expr: &Expr, open: &Names) -> bool {
    let is_open = matches!(&expr.kind, Kind::Variable(name) if open.contains(name));
    let is_comprehension = matches!(expr.kind, Kind::ArrayOf(..) | Kind::SetOf(..) | Kind::ObjectOf(..));
    if is_comprehension && open.contains("_") {
        let mut inside = open.clone();
        inside.remove("_");
        return parts(expr).into_iter().all(|part| is_free_part(part, &inside));
    }
    !is_open
        && (is_comprehension || !is_walk(expr) || !open.contains("_"))
        && parts(expr).into_iter().all(|part| is_free_part(part, open))
}

fn is_free_part(part: Part<'_>, open: &Names) -> bool {
    let body = match part {
        Part::Expr(part) => return is_free(part, open),
        Part::Body(body) => body,
    };
    body.statements.iter().all(|statement| {
        statement.with.iter().all(|(_, value)| is_free(value, open))
            && match &statement.literal {
                // What is declared here is another variable.
                Literal::Some(_) => true,
                Literal::SomeIn(_, _, collection) => is_free(collection, open),
                Literal::Every(_, _, domain, body) => {
                    is_free(domain, open) && is_free_part(Part::Body(body), open)
                }
                Literal::Not(expr) | Literal::Expr(expr) => is_free(expr, open),
            }
    })
}
