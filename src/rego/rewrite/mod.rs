//! What regorus reads differently from OPA, written so that both read the same.
//!
//! Owns the differences that a text can avoid; each is named where it is avoided. Must not know how a policy is evaluated.

mod branches;
mod conflicts;
mod determined;
mod edits;
mod literals;
mod negation;
mod parameters;

pub use conflicts::{interpreted, signature};
pub use edits::Edits;
pub use literals::{BRACKETS, READINGS, readings, too_deep};

use rustc_hash::{FxHashMap, FxHashSet};

use super::Value;
use super::builtins::{self, numbers};
use super::module::Module;
use super::syntax::{Body, Expr, Import, Kind, Literal, Op, Part, Rule, RuleKind, Span, Statement, parts};

/// A text as regorus must have it.
#[derive(Debug)]
pub struct Rewritten {
    /// The text.
    pub text: String,
    /// How it came about.
    pub edits: Edits,
    /// What was taken out of it: read at `data.__plimsoll[name]`.
    pub literals: Vec<Value>,
}

/// Who will read a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reader {
    /// regorus' compiler.
    Compiler,
    /// Its interpreter, which has differences of its own.
    Interpreter,
}

/// Where what was taken out of texts is read.
pub const LITERALS: &str = "__plimsoll";

/// Rewrites a module.
pub fn rewrite(module: &Module, reader: Reader) -> Rewritten {
    let (edits, renamed) = (Edits::default(), FxHashMap::default());
    let heads = module.heads.iter().map(|head| head.name.as_str()).collect();
    let firsts = module.heads.iter().filter_map(|head| head.name.split('.').next()).collect();
    let mut rewriter =
        Rewriter { module, reader, edits, literals: Vec::new(), names: 0, renamed, heads, firsts };
    rewriter.imports();
    for rule in &module.tree.rules {
        rewriter.rule(rule);
    }
    let Rewriter { mut edits, literals, .. } = rewriter;
    edits.sort();
    let mut text = edits.apply(&module.text, Span { start: 0, end: module.text.len() as u32 });
    if reader == Reader::Compiler {
        let rules = conflicts::conflicting(module).into_iter();
        let rules = rules.filter_map(|index| module.tree.rules.get(index));
        rules.filter_map(|rule| interpreted(module, rule)).for_each(|definition| text += &definition);
    }
    Rewritten { text, edits, literals }
}

struct Rewriter<'m> {
    module: &'m Module,
    reader: Reader,
    edits: Edits,
    literals: Vec<Value>,
    /// Variables made up so far.
    names: usize,
    /// Variables that are called something else here.
    renamed: FxHashMap<String, String>,
    /// The names of rules.
    heads: FxHashSet<&'m str>,
    /// What they start with.
    firsts: FxHashSet<&'m str>,
}

impl<'m> Rewriter<'m> {
    fn slice(&self, span: Span) -> &'m str {
        self.module.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// A variable that no policy has.
    fn variable(&mut self) -> String {
        self.names += 1;
        format!("plimsoll_{}__", self.names)
    }

    /// Imports may follow rules in OPA.
    fn imports(&mut self) {
        let tree = &self.module.tree;
        let Some(first) = tree.rules.first().map(|rule| rule.span.start) else { return };
        let late: Vec<&Import> = tree.imports.iter().filter(|import| import.span.start > first).collect();
        for import in late {
            self.edits.replace(import.span, "");
            self.edits.insert(tree.package_span.end, format!("\n{}", self.slice(import.span)));
        }
    }

    fn rule(&mut self, rule: &Rule) {
        let mark = self.edits.len();
        let indices = rule.steps.iter().filter_map(|step| match step {
            super::syntax::Step::Index(index) => Some(index),
            super::syntax::Step::Field(..) => None,
        });
        if self.reader == Reader::Interpreter {
            self.renamed = parameters::renamed(rule);
        }
        for expr in indices.chain(&rule.arguments).chain(&rule.key) {
            self.expr(expr);
        }
        let mut head = None;
        for (index, branch) in rule.branches.iter().enumerate() {
            // Bodies in a row are rules in a row; regorus takes them for complete rules only.
            if index > 0 && !branch.is_else && rule.kind != RuleKind::Complete {
                let mut edits = self.edits.clone();
                let head = head.get_or_insert_with(|| edits.moved(mark, &self.module.text, rule.head));
                let open =
                    branch.body.as_ref().map_or(rule.head.end, |body| body.span.start.saturating_sub(1));
                self.edits.insert(open, format!("\n{head} "));
            }
            let is_followed = rule.branches.get(index + 1).is_some_and(|next| next.is_else);
            match &branch.body {
                Some(body) if is_followed && self.reader == Reader::Compiler => self.followed(branch, body),
                body => {
                    branch.value.iter().for_each(|value| self.expr(value));
                    body.iter().for_each(|body| self.body(body));
                }
            }
        }
    }

    fn is_braced(&self, body: &Body) -> bool {
        !self.slice(Span { start: body.span.start.saturating_sub(1), end: body.span.start }).trim().is_empty()
    }

    fn body(&mut self, body: &Body) {
        let is_braced = self.is_braced(body);
        self.statements(body, is_braced);
    }

    fn statements(&mut self, body: &Body, is_braced: bool) {
        let mut before = String::new();
        for (index, statement) in body.statements.iter().enumerate() {
            // The interpreter takes `some i` behind a loop for a second declaration in the loop's second round.
            if index > 0
                && let Literal::Some(names) = &statement.literal
                && statement.with.is_empty()
            {
                before += &format!(
                    "some {}; ",
                    names.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
                );
                self.edits.replace(statement.span, "true");
                continue;
            }
            // A bracket on a new line is a call of what stands before it to regorus.
            if index > 0 && self.slice(statement.span).starts_with('(') {
                self.edits.insert(statement.span.start, "; ");
            }
            let lifted = self.statement(statement);
            let defined = match self.reader {
                Reader::Compiler => defined(statement),
                Reader::Interpreter => None,
            };
            self.rename(body, index);
            let name = defined.map(|name| self.renamed.get(name).map_or(name, String::as_str));
            // Not `_ = x`, which regorus' scheduler takes for a definition of `x`.
            let defined = name.map(|name| format!("; {name} == {name}"));
            let behind = defined.unwrap_or_default();
            if is_braced {
                self.edits.insert(statement.span.start, lifted);
                self.edits.insert(statement.span.end, behind);
            } else if !lifted.is_empty() || !behind.is_empty() {
                self.edits.insert(statement.span.start, format!("{{ {lifted}"));
                self.edits.insert(statement.span.end, format!("{behind} }}"));
            }
        }
        if !before.is_empty()
            && let Some(first) = body.statements.first()
        {
            self.edits.insert_first(first.span.start, before);
        }
    }

    /// A comprehension may use a variable from around it, and then declare one of the same name: OPA takes the latter for
    /// another one, regorus for the same.
    fn rename(&mut self, body: &Body, index: usize) {
        let (before, _) = body.statements.split_at(index.min(body.statements.len()));
        let Some(Literal::Expr(Expr { kind: Kind::Binary(Op::Assign, target, _), .. })) =
            body.statements.get(index).map(|statement| &statement.literal)
        else {
            return;
        };
        if let Kind::Variable(name) = &target.kind
            && before.iter().any(|statement| uses(statement, name))
        {
            let new = self.variable();
            self.edits.replace(target.span, new.clone());
            self.renamed.insert(name.clone(), new);
        }
    }

    /// Rewrites a statement; what must stand before it.
    fn statement(&mut self, statement: &Statement) -> String {
        let mark = self.edits.len();
        for (_, value) in &statement.with {
            self.expr(value);
        }
        match &statement.literal {
            Literal::Some(_) => String::new(),
            Literal::SomeIn(key, value, collection) => {
                for expr in key.iter().chain([value, collection]) {
                    self.expr(expr);
                }
                self.each(collection);
                String::new()
            }
            Literal::Every(_, _, domain, body) => {
                self.expr(domain);
                if self.reader == Reader::Compiler || !statement.with.is_empty() {
                    self.each(domain);
                    self.body(body);
                    return String::new();
                }
                // To the interpreter everything holds for each part of what is undefined.
                let written = self.edits.moved(mark, &self.module.text, domain.span);
                let name = self.variable();
                self.edits.replace(domain.span, name.clone());
                self.body(body);
                format!("{name} = trace([\"plimsoll.collection\", {written}]); ")
            }
            Literal::Expr(expr) => {
                match (printed(expr), self.reader) {
                    (true, Reader::Compiler) => self.edits.replace(expr.span, "true"),
                    // Who runs tests wants to read it.
                    (true, Reader::Interpreter) => self.expr(expr),
                    (false, _) => self.top(expr),
                }
                String::new()
            }
            Literal::Not(expr) => {
                self.expr(expr);
                self.negated(expr, statement, mark)
            }
        }
    }

    /// Only the compiler knows that there is nothing in null, nor in a number.
    fn each(&mut self, collection: &Expr) {
        if self.reader == Reader::Interpreter {
            self.edits.insert_first(collection.span.start, "trace([\"plimsoll.each\", ");
            self.edits.insert(collection.span.end, "])");
        }
    }

    /// An expression that is a statement.
    fn top(&mut self, expr: &Expr) {
        // `walk(x, [path, value])` binds its last argument, which only the interpreter of regorus knows.
        if let Kind::Call(function, arguments) = &expr.kind
            && let [of, found] = arguments.as_slice()
            && matches!(&function.kind, Kind::Variable(name) if name == "walk" && self.is_builtin(name))
        {
            let mark = self.edits.len();
            self.expr(of);
            self.expr(found);
            let of = self.edits.moved(mark, &self.module.text, of.span);
            let found = self.edits.moved(mark, &self.module.text, found.span);
            self.edits.replace(expr.span, format!("{found} = trace([\"walk\", {of}])[_]"));
            return;
        }
        self.expr(expr);
    }

    fn expr(&mut self, expr: &Expr) {
        if self.is_literal(expr) {
            return;
        }
        if let Kind::Variable(name) = &expr.kind
            && let Some(new) = self.renamed.get(name)
        {
            self.edits.replace(expr.span, new.clone());
        }
        let computed = self.computed(expr);
        let around = self.renamed.clone();
        // What a body declares is meant by what stands before it.
        for part in parts(expr).into_iter().rev() {
            match part {
                Part::Expr(part) => self.expr(part),
                Part::Body(body) => self.body(body),
            }
        }
        self.renamed = around;
        if computed {
            self.edits.insert(expr.span.end, "])");
        }
        if let Kind::ArrayOf(_, body) | Kind::SetOf(_, body) | Kind::ObjectOf(_, _, body) = &expr.kind
            && self.reader == Reader::Compiler
            && branches::needs_loop(body)
        {
            self.edits.insert_first(body.span.start, branches::ONCE);
        }
        if let Kind::Call(function, arguments) = &expr.kind {
            self.call(expr, function, arguments);
        }
    }

    /// To the interpreter a sum of what is no number is an error that ends the question; to OPA it is undefined. Whether the
    /// end of the expression has to be written, too.
    fn computed(&mut self, expr: &Expr) -> bool {
        let Kind::Binary(Op::Compute | Op::Sets, left, right) = &expr.kind else { return false };
        let between = Span { start: left.span.end, end: right.span.start };
        let operator = self.slice(between).trim();
        // Bytecode multiplies without an end; nobody writes a number that is too long.
        let is_constant = [left, right].iter().any(|side| matches!(side.kind, Kind::Number));
        let is_bounded = self.reader == Reader::Compiler && (operator != "*" || is_constant);
        if is_bounded || !numbers::OPERATORS.contains(&operator) {
            return false;
        }
        self.edits.insert(expr.span.start, format!("trace([\"plimsoll.compute\", \"{operator}\", "));
        self.edits.replace(between, ", ");
        true
    }

    /// What regorus has not is asked through `trace`, which takes anything and is no use to anybody.
    fn call(&mut self, expr: &Expr, function: &Expr, arguments: &[Expr]) {
        let Some(name) = function.path().map(|path| path.join(".")) else { return };
        if !self.is_builtin(&name) {
            return;
        }
        if let Some(found) = self.metadata(&name, expr) {
            let at = self.literal(found);
            self.edits.replace(expr.span, at);
            return;
        }
        if let Some((place, check)) = builtins::checked(&name)
            && let Some(argument) = arguments.get(place)
        {
            self.edits.insert_first(argument.span.start, format!("trace([\"{check}\", "));
            self.edits.insert(argument.span.end, "])");
        }
        if !builtins::is_extra(&name) {
            return;
        }
        let open = Span {
            start: expr.span.start,
            end: arguments.first().map_or(expr.span.end, |first| first.span.start),
        };
        let close = arguments.last().map(|last| Span { start: last.span.end, end: expr.span.end });
        let every = if name == "walk" { "[_]" } else { "" };
        match close {
            Some(close) => {
                self.edits.replace(open, format!("trace([\"{name}\", "));
                self.edits.replace(close, format!("]){every}"));
            }
            None => self.edits.replace(open, format!("trace([\"{name}\"])")),
        }
    }

    /// Whether a name means what OPA means by it, and no rule or import.
    fn is_builtin(&self, name: &str) -> bool {
        let first = name.split('.').next().unwrap_or_default();
        !self.firsts.contains(first) && !self.module.imports.iter().any(|import| import.name() == Some(first))
    }

    /// `rego.metadata.rule()` and `rego.metadata.chain()`.
    fn metadata(&self, name: &str, call: &Expr) -> Option<Value> {
        let at = call.span.start;
        let rule =
            self.module.tree.rules.iter().position(|rule| rule.span.start <= at && at < rule.span.end)?;
        match name {
            "rego.metadata.rule" => Some(self.module.metadata_of(rule)),
            "rego.metadata.chain" => Some(self.module.metadata_chain(rule)),
            _ => None,
        }
    }
}

/// `print` always holds, and only the interpreter knows where it is.
fn printed(expr: &Expr) -> bool {
    matches!(&expr.kind, Kind::Call(function, _) if matches!(&function.kind, Kind::Variable(name) if name == "print"))
}

/// The variable of `x := value`, where the value may be undefined: the compiler takes that for a value.
fn defined(statement: &Statement) -> Option<&str> {
    let Literal::Expr(Expr { kind: Kind::Binary(Op::Assign, target, value), .. }) = &statement.literal else {
        return None;
    };
    let is_constant = matches!(
        value.kind,
        Kind::Word | Kind::Number | Kind::Text(_) | Kind::ArrayOf(..) | Kind::SetOf(..) | Kind::ObjectOf(..)
    );
    match &target.kind {
        Kind::Variable(name) if name != "_" && !is_constant => Some(name),
        _ => None,
    }
}

/// Whether a statement has a variable of a name, outside of comprehensions.
fn uses(statement: &Statement, name: &str) -> bool {
    fn has(expr: &Expr, name: &str) -> bool {
        let is_it = matches!(&expr.kind, Kind::Variable(other) if other == name);
        is_it || parts(expr).into_iter().any(|part| matches!(part, Part::Expr(part) if has(part, name)))
    }
    match &statement.literal {
        Literal::SomeIn(_, _, collection) => has(collection, name),
        Literal::Every(_, _, domain, _) => has(domain, name),
        Literal::Not(expr) | Literal::Expr(expr) => has(expr, name),
        Literal::Some(_) => false,
    }
}
