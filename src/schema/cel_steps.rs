//! Which expressions in CEL are evaluated, and how many steps they may take.
//!
//! The interpreter has no limit of its own. What can be evaluated is therefore so little that the number of steps is
//! known beforehand: loops are over what stands in the object, and nothing makes a text or a list that is longer than
//! what it is made from. Must not know what an expression is about.

use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue};

/// Expressions that are nested deeper are not evaluated: the interpreter calls itself.
const DEPTH: u32 = 32;

/// Sums are not longer than this: each of them may copy what was added before.
const SUMS: usize = 8;

/// How many steps a pattern takes for each part of a text.
const PATTERN: u64 = 16;

/// What the API server and the interpreter agree on. `string` is not among them: of numbers and durations it makes other
/// texts. Nor are those that make something longer than what they are given.
const FUNCTIONS: [&str; 13] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "duration",
    "int",
    "double",
    "lowerAscii",
    "upperAscii",
    "substring",
    "trim",
    "charAt",
];

/// Those of them that come to a number or a boolean, however large what they look at is, as comparisons do.
const SINGLE: [&str; 16] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "duration",
    "int",
    "double",
    "_==_",
    "_!=_",
    "_<_",
    "_<=_",
    "_>_",
    "_>=_",
    "@in",
    "!_",
];

/// How many steps an expression takes.
#[derive(Default)]
pub struct Steps {
    /// How many of its parts are evaluated once, once for each part of the value, once for each two of them, and so on.
    counts: Vec<u64>,
    /// The fields that it compares with each other: equal lists may be in another order for the API server.
    pub compared: Vec<String>,
    /// The patterns that it matches with.
    pub patterns: Vec<String>,
    sums: usize,
}

impl Steps {
    /// The steps of an expression; nothing when it cannot be evaluated, or nobody knows for how long.
    pub fn count(expression: &Expr) -> Option<Self> {
        let mut steps = Self::default();
        steps.look(expression, 0, DEPTH)?;
        Some(steps)
    }

    /// The most that there can be for a value with so many parts.
    pub fn of(&self, size: u64) -> Option<u64> {
        let of_each = (0_u32..).zip(&self.counts);
        of_each
            .map(|(loops, count)| count.checked_mul(size.checked_pow(loops)?))
            .try_fold(0, |sum, steps| u64::checked_add(sum, steps?))
    }

    fn add(&mut self, loops: usize, count: u64) {
        if self.counts.len() <= loops {
            self.counts.resize(loops + 1, 0);
        }
        if let Some(known) = self.counts.get_mut(loops) {
            *known += count;
        }
    }

    /// Counts an expression inside of so many loops. Whether it is small: a single value, or a part of an item, of which
    /// all together are no more than the value has.
    fn look(&mut self, expression: &Expr, loops: usize, depth: u32) -> Option<bool> {
        let depth = depth.checked_sub(1)?;
        self.add(loops, 1);
        match expression {
            Expr::Call(call) => self.call(call, loops, depth),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension, loops, depth),
            Expr::List(list) => self.all(list.elements.iter().map(|item| &item.expr), loops, depth),
            Expr::Map(map) => {
                let mut is_small = true;
                for entry in &map.entries {
                    let EntryExpr::MapEntry(entry) = &entry.expr else { return None };
                    is_small &= self.all([&entry.key.expr, &entry.value.expr].into_iter(), loops, depth)?;
                }
                Some(is_small)
            }
            Expr::Select(select) => Some(self.look(&select.operand.expr, loops, depth)? || select.test),
            Expr::Ident(name) => Some(name != "self"),
            Expr::Literal(_) => Some(true),
            Expr::Struct(_) | Expr::Unspecified => None,
        }
    }

    fn all<'e>(&mut self, parts: impl Iterator<Item = &'e Expr>, loops: usize, depth: u32) -> Option<bool> {
        let mut is_small = true;
        for part in parts {
            is_small &= self.look(part, loops, depth)?;
        }
        Some(is_small)
    }

    fn call(&mut self, call: &CallExpr, loops: usize, depth: u32) -> Option<bool> {
        let name = call.func_name.as_str();
        // Operators are named like `_&&_`, and what macros are made of like `@not_strictly_false`.
        let is_operator = !name.starts_with(|letter: char| letter.is_ascii_alphabetic());
        if !is_operator && !FUNCTIONS.contains(&name) {
            return None;
        }
        let parts: Vec<&Expr> = call
            .target
            .iter()
            .map(|part| &part.expr)
            .chain(call.args.iter().map(|part| &part.expr))
            .collect();
        match name {
            "matches" => match parts.last() {
                Some(Expr::Literal(LiteralValue::String(text))) => {
                    self.patterns.push(text.inner().to_string())
                }
                _ => return None,
            },
            "_+_" => self.sum(&parts, loops)?,
            _ => {}
        }
        if ["_==_", "_!=_", "_+_", "@in"].contains(&name) {
            self.compared.extend(parts.iter().filter_map(|part| last_name(part)));
        }
        let mut small = Vec::new();
        for part in &parts {
            small.push(self.look(part, loops, depth)?);
        }
        let is_small = small.iter().all(|small| *small);
        let is_cheap = match name {
            // As long as the smaller one.
            "_==_" | "_!=_" | "_<_" | "_<=_" | "_>_" | "_>=_" => small.contains(&true),
            // As long as the list.
            "@in" => small.last() == Some(&true),
            "_&&_" | "_||_" | "!_" | "_?_:_" | "_[_]" | "@not_strictly_false" => true,
            _ => is_small,
        };
        let weight = if name == "matches" { PATTERN } else { 1 };
        self.add(if is_cheap { loops } else { loops + 1 }, weight);
        Some(is_small || SINGLE.contains(&name))
    }

    /// Inside of loops only numbers are added, and what macros collect.
    fn sum(&mut self, parts: &[&Expr], loops: usize) -> Option<()> {
        let is_collected = matches!(parts.first(), Some(Expr::Ident(name)) if name.starts_with('@'));
        let is_number = |part: &&Expr| {
            matches!(
                part,
                Expr::Literal(LiteralValue::Int(_) | LiteralValue::UInt(_) | LiteralValue::Double(_))
            )
        };
        self.sums += usize::from(!is_collected);
        (is_collected || parts.iter().any(is_number) || (loops == 0 && self.sums <= SUMS)).then_some(())
    }

    fn comprehension(&mut self, loop_: &ComprehensionExpr, loops: usize, depth: u32) -> Option<bool> {
        // What is written out or made is as long as somebody likes, and no part of the value.
        if !is_path(&loop_.iter_range.expr) {
            return None;
        }
        self.all([&loop_.iter_range.expr, &loop_.accu_init.expr].into_iter(), loops, depth)?;
        let inside = [&loop_.loop_cond.expr, &loop_.loop_step.expr];
        self.all(inside.into_iter(), loops + 1, depth)?;
        self.look(&loop_.result.expr, loops, depth)?;
        // What it collects may be as long as the value.
        Some(false)
    }
}

/// Whether an expression is the value, an item of a loop, or a field of one.
fn is_path(mut expression: &Expr) -> bool {
    loop {
        match expression {
            Expr::Ident(name) => return !name.starts_with('@'),
            Expr::Select(select) if !select.test => expression = &select.operand.expr,
            _ => return false,
        }
    }
}

/// The field that an operand names.
fn last_name(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => Some(select.field.clone()),
        _ => None,
    }
}
