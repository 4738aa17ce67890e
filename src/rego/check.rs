//! What OPA refuses when policies are loaded, and regorus finds late or never.
//!
//! Owns the graph of rules: recursion overflows regorus' stack and ends the process, so it is found before anything runs. Must not
//! evaluate.

use rustc_hash::{FxHashMap, FxHashSet};

use super::PolicyError;
use super::builtins::{Support, support};
use super::module::{Module, error};
use super::rewrite::{BRACKETS, READINGS, readings, too_deep};
use super::syntax::{Body, Expr, Fault, Kind, Literal, Op, Part, Rule, Statement, Step, parts};

/// How deep rules may lead into rules, where each loop and comprehension on the way counts, too: regorus takes stack for
/// each of them. Twice as deep still fits [`STACK`] in a debug build.
const CHAIN: u32 = 256;

/// Bytes of stack that a thread needs to ask anything that passed [`check`].
pub const STACK: usize = 16 << 20;

/// What is wrong with policies that are loaded together.
pub fn check(modules: &[Module]) -> Vec<PolicyError> {
    let graph = Graph::of(modules);
    let mut errors: Vec<PolicyError> = graph.faults.clone();
    errors.extend(graph.recursion(modules));
    for (index, module) in modules.iter().enumerate() {
        for rule in &module.tree.rules {
            if let Some(at) = too_deep(module, rule) {
                let message = format!("brackets are nested deeper than {BRACKETS} levels here");
                errors.push(error(index, &module.text, &Fault::new(at, message)));
            } else if readings(module, rule) > READINGS {
                let fault = Fault::new(rule.span.start, "brackets are nested too deep in this rule");
                errors.push(error(index, &module.text, &fault));
            }
        }
    }
    errors.sort_by_key(|error| (error.policy, error.line, error.column));
    errors
}

/// A rule by module and index.
type RuleId = (usize, usize);

struct Graph {
    /// Rules by their paths: `data.main.deny`.
    rules: FxHashMap<String, Vec<RuleId>>,
    /// Paths by what they start with, themselves among them.
    below: FxHashMap<String, Vec<String>>,
    /// Paths that rules lead to, with the place that leads there.
    edges: FxHashMap<RuleId, Vec<(String, u32)>>,
    /// How deep rules are in themselves.
    depths: FxHashMap<RuleId, u32>,
    faults: Vec<PolicyError>,
}

impl Graph {
    fn of(modules: &[Module]) -> Self {
        let (mut rules, mut below) = (FxHashMap::<_, Vec<_>>::default(), FxHashMap::<_, Vec<_>>::default());
        for (index, module) in modules.iter().enumerate() {
            for (number, rule) in module.tree.rules.iter().enumerate() {
                let path = module.path(&rule.path.join("."));
                rules.entry(path).or_default().push((index, number));
            }
        }
        for path in rules.keys() {
            let path: &String = path;
            for (at, _) in path.match_indices('.') {
                below.entry(path.get(..at).unwrap_or_default().to_owned()).or_default().push(path.clone());
            }
            below.entry(path.clone()).or_default().push(path.clone());
        }
        let mut graph = Self {
            rules,
            below,
            edges: FxHashMap::default(),
            depths: FxHashMap::default(),
            faults: Vec::new(),
        };
        for (index, module) in modules.iter().enumerate() {
            for (number, rule) in module.tree.rules.iter().enumerate() {
                let mut reader =
                    Reader { graph: &graph, module, leads: Vec::new(), faults: Vec::new(), depth: 0 };
                let depth = reader.rule(rule);
                let Reader { leads, faults, .. } = reader;
                graph.faults.extend(faults.iter().map(|fault| error(index, &module.text, fault)));
                graph.edges.insert((index, number), leads);
                graph.depths.insert((index, number), depth);
            }
        }
        graph
    }

    /// Walks from each rule, without recursion of its own.
    fn recursion(&self, modules: &[Module]) -> Vec<PolicyError> {
        let mut errors = Vec::new();
        // How long the longest chain from a path is.
        let mut known: FxHashMap<&str, u32> = FxHashMap::default();
        let rules = modules.iter().flat_map(|module| module.heads.iter().map(|head| module.path(&head.name)));
        let starts: Vec<&String> =
            rules.filter_map(|path| self.rules.get_key_value(&path).map(|(path, _)| path)).collect();
        for start in starts {
            if known.contains_key(start.as_str()) {
                continue;
            }
            let mut open: FxHashSet<&str> = FxHashSet::default();
            let first = (start.as_str(), self.targets(start), 0);
            let mut stack: Vec<(_, _, u32)> = vec![first];
            open.insert(start);
            while let Some((path, targets, longest)) = stack.last_mut() {
                let Some((target, rule, at)) = targets.pop() else {
                    let below = *longest;
                    let longest = below.saturating_add(self.depth(path));
                    let path = *path;
                    open.remove(path);
                    known.insert(path, longest);
                    stack.pop();
                    if let Some((_, _, above)) = stack.last_mut() {
                        *above = (*above).max(longest);
                    }
                    // Said once, at the rule that is one too many.
                    if longest > CHAIN && below <= CHAIN {
                        errors.extend(self.place(path, modules, too_long(path)));
                    }
                    continue;
                };
                let here: &str = path;
                let problem = if open.contains(target) {
                    Some(format!("`{here}` leads back to itself through `{target}`"))
                } else if let Some(length) = known.get(target) {
                    *longest = (*longest).max(*length);
                    None
                } else {
                    stack.push((target, self.targets(target), 0));
                    open.insert(target);
                    None
                };
                let module = modules.get(rule.0);
                if let (Some(message), Some(module)) = (problem, module) {
                    errors.push(error(rule.0, &module.text, &Fault::new(at, message)));
                    known.insert(target, 0);
                }
            }
        }
        errors.sort_by(|a, b| {
            (a.policy, a.line, a.column, &a.message).cmp(&(b.policy, b.line, b.column, &b.message))
        });
        errors.dedup_by_key(|error| (error.policy, error.line, error.column));
        errors
    }

    /// An error at the first rule of a path.
    fn place(&self, path: &str, modules: &[Module], message: String) -> Option<PolicyError> {
        let (module, rule) = self.rules.get(path)?.first().copied()?;
        let module_of = modules.get(module)?;
        let start = module_of.tree.rules.get(rule)?.span.start;
        Some(error(module, &module_of.text, &Fault::new(start, message)))
    }

    /// How deep the rules of a path are in themselves.
    fn depth(&self, path: &str) -> u32 {
        let rules = self.rules.get(path).into_iter().flatten();
        rules.filter_map(|rule| self.depths.get(rule)).max().copied().unwrap_or_default()
    }

    fn targets(&self, path: &str) -> Vec<(&str, RuleId, u32)> {
        let rules = self.rules.get(path).into_iter().flatten();
        let leads =
            rules.flat_map(|rule| self.edges.get(rule).into_iter().flatten().map(|lead| (*rule, lead)));
        leads.map(|(rule, (target, at))| (target.as_str(), rule, *at)).collect()
    }

    /// The rules that a path may ask: the longest start of it that is one, or all below it.
    fn asked(&self, path: &str) -> Vec<String> {
        if let Some(below) = self.below.get(path) {
            return below.clone();
        }
        let ends = path.match_indices('.').map(|(at, _)| at).rev();
        let rule = ends.filter_map(|at| path.get(..at)).find(|start| self.rules.contains_key(*start));
        rule.map(str::to_owned).into_iter().collect()
    }
}

fn too_long(path: &str) -> String {
    format!(
        "`{path}` leads through rules and loops that are {CHAIN} deep, each `some … in` of a rule within the one before"
    )
}

/// What one rule leads to.
struct Reader<'g> {
    graph: &'g Graph,
    module: &'g Module,
    leads: Vec<(String, u32)>,
    faults: Vec<Fault>,
    /// Loops and comprehensions of a branch so far.
    depth: u32,
}

impl Reader<'_> {
    /// Reads a rule; how deep it is in itself.
    fn rule(&mut self, rule: &Rule) -> u32 {
        let mut deepest = 0;
        let mut locals = FxHashSet::default();
        rule.arguments.iter().for_each(|argument| declared_in(argument, &mut locals));
        for branch in &rule.branches {
            let mut locals = locals.clone();
            self.depth = 1;
            if let Some(body) = &branch.body {
                self.body(body, &mut locals);
            }
            branch.value.iter().for_each(|value| self.expr(value, &locals));
            let indices = rule.steps.iter().filter_map(index).chain(&rule.key);
            indices.for_each(|expr| self.expr(expr, &locals));
            deepest = deepest.max(self.depth);
        }
        deepest
    }

    /// Reads statements; what they declare is known in all of them.
    fn body(&mut self, body: &Body, locals: &mut FxHashSet<String>) {
        body.statements.iter().for_each(|statement| declared(statement, locals));
        self.depth += 1;
        for statement in &body.statements {
            self.depth += u32::from(matches!(statement.literal, Literal::SomeIn(..)));
            statement.with.iter().for_each(|(_, value)| self.expr(value, locals));
            match &statement.literal {
                Literal::Some(_) => (),
                Literal::SomeIn(key, value, collection) => {
                    key.iter().chain([value, collection]).for_each(|expr| self.expr(expr, locals));
                }
                Literal::Every(key, value, domain, body) => {
                    self.expr(domain, locals);
                    let mut inner = locals.clone();
                    inner.extend(key.iter().chain([value]).cloned());
                    self.body(body, &mut inner);
                }
                Literal::Not(expr) | Literal::Expr(expr) => self.expr(expr, locals),
            }
        }
    }

    fn expr(&mut self, expr: &Expr, locals: &FxHashSet<String>) {
        let mut inner = locals.clone();
        for part in parts(expr) {
            if let Part::Body(body) = part {
                self.body(body, &mut inner);
            }
        }
        match &expr.kind {
            Kind::Call(function, arguments) => {
                self.call(function);
                arguments.iter().for_each(|argument| self.expr(argument, locals));
            }
            Kind::Variable(name) if !inner.contains(name) => {
                self.lead(std::slice::from_ref(&name.as_str()), expr.span.start);
            }
            Kind::Ref(head, steps) => {
                let is_loop = |index: &&Expr| matches!(index.kind, Kind::Variable(_));
                self.depth += steps.iter().filter_map(index).filter(is_loop).count() as u32;
                match &head.kind {
                    Kind::Variable(name) if !inner.contains(name) => {
                        let known = steps.iter().map_while(Step::name);
                        let path: Vec<&str> = std::iter::once(name.as_str()).chain(known).collect();
                        self.lead(&path, expr.span.start);
                    }
                    _ => self.expr(head, &inner),
                }
                steps.iter().filter_map(index).for_each(|index| self.expr(index, &inner));
            }
            _ => {
                for part in parts(expr) {
                    if let Part::Expr(part) = part {
                        self.expr(part, &inner);
                    }
                }
            }
        }
    }

    /// The path that names mean here.
    fn resolved(&self, names: &[&str]) -> Option<String> {
        let (first, rest) = names.split_first()?;
        if *first == "data" {
            return Some(names.join("."));
        }
        let import = self.module.imports.iter().find(|import| import.name() == Some(first));
        match import {
            Some(import) => Some(
                import
                    .path
                    .iter()
                    .map(String::as_str)
                    .chain(rest.iter().copied())
                    .collect::<Vec<_>>()
                    .join("."),
            ),
            None => Some(self.module.path(&names.join("."))).filter(|_| *first != "input"),
        }
    }

    fn lead(&mut self, names: &[&str], at: u32) {
        let asked = self.resolved(names).map(|path| self.graph.asked(&path)).unwrap_or_default();
        self.leads.extend(asked.into_iter().map(|path| (path, at)));
    }

    fn call(&mut self, function: &Expr) {
        let Some(names) = function.path() else { return };
        let at = function.span.start;
        let path = self.resolved(&names).unwrap_or_default();
        if self.graph.rules.contains_key(&path) {
            self.leads.push((path, at));
            return;
        }
        let name = names.join(".");
        let fault = match support(&name) {
            Some(Support::Native | Support::Own) => return,
            Some(Support::Refused(reason)) => format!("`{name}` is refused: {reason}"),
            Some(Support::Missing) => format!("`{name}` is a function of OPA that nobody has written here"),
            None => format!("there is no function `{name}`"),
        };
        self.faults.push(Fault::new(at, fault));
    }
}

fn index(step: &Step) -> Option<&Expr> {
    match step {
        Step::Index(index) => Some(index),
        Step::Field(..) => None,
    }
}

/// The names that a statement declares.
fn declared(statement: &Statement, locals: &mut FxHashSet<String>) {
    match &statement.literal {
        Literal::Some(names) => locals.extend(names.iter().map(|(name, _)| name.clone())),
        Literal::SomeIn(key, value, _) => {
            key.iter().chain([value]).for_each(|expr| declared_in(expr, locals))
        }
        Literal::Expr(Expr { kind: Kind::Binary(Op::Assign, target, _), .. }) => declared_in(target, locals),
        _ => (),
    }
}

/// The names of a pattern.
fn declared_in(pattern: &Expr, locals: &mut FxHashSet<String>) {
    match &pattern.kind {
        Kind::Variable(name) => {
            locals.insert(name.clone());
        }
        Kind::Array(_) | Kind::Object(_) | Kind::Parens(_) => {
            for part in parts(pattern) {
                if let Part::Expr(part) = part {
                    declared_in(part, locals);
                }
            }
        }
        _ => (),
    }
}
