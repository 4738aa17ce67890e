//! Rules that may give two values for one question: an error to OPA, which regorus' bytecode does not notice.
//!
//! Owns which rules those are; they are interpreted, since the interpreter notices. Must not evaluate: what cannot be told apart
//! here may conflict.

use rustc_hash::{FxHashMap, FxHashSet};

use super::determined::{Names, bound, is_free, undetermined};
use crate::rego::module::Module;
use crate::rego::syntax::{
    Body, Branch, Expr, Kind, Literal, Op, Part, Rule, RuleKind, Span, Statement, Step, parts,
};

/// Definitions of a rule that are compared with each other; more of them may conflict.
const DEFINITIONS: usize = 64;

/// The rules of a module that may conflict, by their indices, one for each path.
pub fn conflicting(module: &Module) -> Vec<usize> {
    let reader = Conflicts { module, globals: globals(module) };
    let mut paths: FxHashMap<&[String], Vec<usize>> = FxHashMap::default();
    for (index, rule) in module.tree.rules.iter().enumerate() {
        paths.entry(&rule.path).or_default().push(index);
    }
    let mut found: Vec<usize> = paths
        .into_values()
        .filter(|rules| reader.may_conflict(rules))
        .filter_map(|rules| rules.first().copied())
        .collect();
    found.sort_unstable();
    found
}

/// The constant that a rule always gives, if it is one: `true` for what has no value.
fn constant<'m>(module: &'m Module, rule: &'m Rule) -> Option<&'m str> {
    let mut constants = rule.branches.iter().map(|branch| match &branch.value {
        None => Some("true"),
        Some(value) if matches!(value.kind, Kind::Word | Kind::Number | Kind::Text(_)) => {
            Some(slice(module, value.span))
        }
        Some(_) => None,
    });
    let first = constants.next().unwrap_or(Some("true"))?;
    constants.all(|other| other == Some(first)).then_some(first)
}

/// What can be compared with the rule of another module: rules with the same say the same.
pub fn signature(module: &Module, rule: &Rule) -> String {
    let written = || slice(module, rule.span).split_whitespace().collect::<Vec<_>>().join(" ");
    constant(module, rule).map_or_else(written, str::to_owned)
}

/// A definition that never holds, and that the compiler does not compile: whatever asks this rule is interpreted.
pub fn interpreted(module: &Module, rule: &Rule) -> Option<String> {
    let is_name = |name: &String| {
        let is_part = |char: char| char.is_ascii_alphanumeric() || char == '_';
        name.chars().all(is_part) && !name.starts_with(|char: char| char.is_ascii_digit())
    };
    if !rule.path.iter().all(is_name) {
        return None;
    }
    let (name, is) = (rule.path.join("."), if module.is_v0 { "=" } else { ":=" });
    let head = match rule.kind {
        RuleKind::Complete => format!("{name} {is} 0"),
        RuleKind::Set if module.is_v0 => format!("{name}[0]"),
        RuleKind::Set => format!("{name} contains 0"),
        RuleKind::Object => format!("{name}[\"\"] {is} 0"),
        RuleKind::Function => {
            let names = (0..rule.arguments.len()).map(|index| format!("plimsoll_a{index}__"));
            format!("{name}({}) {is} 0", names.collect::<Vec<_>>().join(", "))
        }
    };
    Some(format!("\n{head}{} {{ false with input as {{}} }}\n", if module.is_v0 { "" } else { " if" }))
}

fn slice(module: &Module, span: Span) -> &str {
    module.text.get(span.start as usize..span.end as usize).unwrap_or_default().trim()
}

/// What means the same in every body.
fn globals(module: &Module) -> Names {
    let heads = module.heads.iter().filter_map(|head| head.name.split('.').next());
    let imports = module.imports.iter().filter_map(|import| import.name());
    heads.chain(imports).chain(["input", "data"]).map(str::to_owned).collect()
}

struct Conflicts<'m> {
    module: &'m Module,
    globals: Names,
}

/// One definition: branches, the first of which that holds decides.
type Definition<'m> = (&'m Rule, &'m [Branch]);

/// What holds in a body: a text, and whether it is negated.
type Facts = FxHashSet<(String, bool)>;

impl<'m> Conflicts<'m> {
    fn may_conflict(&self, rules: &[usize]) -> bool {
        let rules: Vec<&Rule> = rules
            .iter()
            .filter_map(|index| self.module.tree.rules.get(*index))
            .filter(|rule| !rule.is_default)
            .collect();
        if rules.iter().any(|rule| self.has_object(rule)) {
            return true;
        }
        let Some(first) = rules.first().filter(|rule| rule.kind != RuleKind::Set) else { return false };
        let same = constant(self.module, first);
        if same.is_some() && rules.iter().all(|rule| constant(self.module, rule) == same) {
            return false;
        }
        let definitions: Vec<Definition<'_>> =
            rules.iter().flat_map(|rule| chains(rule).into_iter().map(|chain| (*rule, chain))).collect();
        if definitions.iter().any(|(rule, chain)| !chain.iter().all(|branch| self.is_single(rule, branch))) {
            return true;
        }
        if definitions.len() > DEFINITIONS {
            return true;
        }
        let facts: Vec<Vec<Facts>> = definitions
            .iter()
            .map(|(rule, chain)| chain.iter().map(|branch| self.facts(rule, branch)).collect())
            .collect();
        definitions.iter().zip(&facts).enumerate().any(|(index, (one, facts_of_one))| {
            definitions.iter().zip(&facts).skip(index + 1).any(|(other, facts_of_other)| {
                !self.differ(one.0, other.0)
                    && !facts_of_one.iter().all(|a| facts_of_other.iter().all(|b| exclude(a, b)))
            })
        })
    }

    /// Whether two heads are never meant by one question.
    fn differ(&self, one: &Rule, other: &Rule) -> bool {
        let keys = one.steps.iter().zip(&other.steps).filter_map(|(one, other)| match (one, other) {
            (Step::Index(one), Step::Index(other)) => Some((one, other)),
            _ => None,
        });
        let mut pairs = one.arguments.iter().zip(&other.arguments).chain(keys);
        one.arguments.len() != other.arguments.len()
            || pairs.any(|(one, other)| {
                are_distinct(slice(self.module, one.span), slice(self.module, other.span))
            })
    }

    /// Whether a branch gives one value at most for each key.
    fn is_single(&self, rule: &Rule, branch: &Branch) -> bool {
        let Some(value) = &branch.value else { return true };
        let Some(body) = &branch.body else { return !self.has_loop(value) };
        let keys = rule.steps.iter().filter_map(|step| match step {
            Step::Index(key) => Some(key),
            Step::Field(_) => None,
        });
        let mut known = self.globals.clone();
        rule.arguments.iter().chain(keys).for_each(|expr| bound(expr, &mut known));
        is_free(value, &undetermined(body, &known, Some(value)))
    }

    fn has_loop(&self, value: &Expr) -> bool {
        let empty = Body { span: value.span, statements: Vec::new() };
        !is_free(value, &undetermined(&empty, &self.globals, Some(value)))
    }

    /// What holds in a branch, where it can be compared with other branches: nothing that depends on a loop.
    fn facts(&self, rule: &Rule, branch: &Branch) -> Facts {
        let mut facts = Facts::default();
        let Some(body) = &branch.body else { return facts };
        let mut known = self.globals.clone();
        rule.arguments.iter().for_each(|expr| bound(expr, &mut known));
        let local = undetermined(body, &known, None);
        // A variable of the body means the same in two of them where it is given the same; arguments by their place.
        let mut means: FxHashMap<String, String> = FxHashMap::default();
        for (index, argument) in rule.arguments.iter().enumerate() {
            if let Kind::Variable(name) = &argument.kind {
                means.insert(name.clone(), format!("${index}"));
            }
        }
        for statement in body.statements.iter().filter(|statement| statement.with.is_empty()) {
            let written = |expr: &Expr, means: &FxHashMap<String, String>| {
                is_free(expr, &local).then(|| self.written(expr, means)).flatten()
            };
            match &statement.literal {
                Literal::Expr(Expr { kind: Kind::Binary(Op::Assign | Op::Unify, target, value), .. }) => {
                    let Some(meaning) = written(value, &means) else { continue };
                    match &target.kind {
                        Kind::Variable(name) if !means.contains_key(name) && !self.globals.contains(name) => {
                            means.insert(name.clone(), meaning);
                        }
                        _ => {
                            let Some(target) = written(target, &means) else { continue };
                            facts.insert((format!("{target}=={meaning}"), true));
                        }
                    }
                }
                Literal::Expr(expr) => facts.extend(written(expr, &means).map(|fact| (fact, true))),
                Literal::Not(expr) => facts.extend(written(expr, &means).map(|fact| (fact, false))),
                _ => (),
            }
        }
        facts
    }

    /// An expression in a form that is the same where it means the same; nothing where a name may mean anything.
    fn written(&self, expr: &Expr, means: &FxHashMap<String, String>) -> Option<String> {
        let mut names = Vec::new();
        if !variables(expr, &mut names) {
            return None;
        }
        let (mut out, mut at) = (String::new(), expr.span.start);
        names.sort_by_key(|(_, span)| span.start);
        for (name, span) in names {
            out += slice(self.module, Span { start: at, end: span.start });
            out += means.get(name).map_or(name, String::as_str);
            at = span.end;
        }
        out += slice(self.module, Span { start: at, end: expr.span.end });
        Some(out.split_whitespace().collect::<Vec<_>>().join(" ").replace(" == ", "==").replace(", ", ","))
    }

    /// Whether an object is made of what a loop finds, and a key may be found twice.
    fn has_object(&self, rule: &Rule) -> bool {
        let mut around = self.globals.clone();
        rule.arguments.iter().for_each(|argument| bound(argument, &mut around));
        let exprs = rule.arguments.iter().chain(&rule.key).any(|expr| object(expr, &around));
        exprs
            || rule.branches.iter().any(|branch| {
                let mut around = around.clone();
                branch.body.iter().for_each(|body| declared(body, &mut around));
                branch.value.iter().any(|value| object(value, &around))
                    || branch.body.iter().any(|body| object_in(body, &around))
            })
    }
}

/// The definitions of a rule.
fn chains(rule: &Rule) -> Vec<&[Branch]> {
    rule.branches.chunk_by(|_, next| next.is_else).collect()
}

/// Whether two bodies never hold together.
fn exclude(one: &Facts, other: &Facts) -> bool {
    one.iter().any(|(fact, holds)| {
        other.contains(&(fact.clone(), !holds))
            || *holds && other.iter().any(|(other, holds)| *holds && contradict(fact, other))
    })
}

/// Whether two facts never hold together: two types of a thing, or two constants.
fn contradict(one: &str, other: &str) -> bool {
    const TYPES: [&str; 6] =
        ["is_string(", "is_number(", "is_boolean(", "is_object(", "is_array(", "is_null("];
    let typed = |fact: &str| TYPES.iter().find_map(|name| Some((*name, fact.strip_prefix(name)?.to_owned())));
    if let (Some((one, of_one)), Some((other, of_other))) = (typed(one), typed(other)) {
        return one != other && of_one == of_other && of_one.matches(')').count() == 1;
    }
    match (one.split_once("=="), other.split_once("==")) {
        (Some((left, one)), Some((same, other))) => left == same && are_distinct(one, other),
        _ => false,
    }
}

/// Whether two texts are constants, and not the same one.
fn are_distinct(one: &str, other: &str) -> bool {
    let constant = |text| serde_json::from_str::<serde_json::Value>(text).ok();
    match (constant(one), constant(other)) {
        (Some(one), Some(other)) => match (one.as_f64(), other.as_f64()) {
            (Some(one), Some(other)) => one < other || other < one,
            _ => one != other,
        },
        _ => false,
    }
}

/// The variables of an expression; whether there is nothing in it with names of its own.
fn variables<'e>(expr: &'e Expr, names: &mut Vec<(&'e str, Span)>) -> bool {
    if let Kind::Variable(name) = &expr.kind {
        names.push((name, expr.span));
        return name != "_";
    }
    parts(expr).into_iter().all(|part| match part {
        Part::Expr(part) => variables(part, names),
        Part::Body(_) => false,
    })
}

fn declared(body: &Body, names: &mut Names) {
    let open = undetermined(body, &Names::default(), None);
    names.extend(open);
    for statement in &body.statements {
        if let Literal::Expr(Expr { kind: Kind::Binary(Op::Assign | Op::Unify, target, value), .. }) =
            &statement.literal
        {
            bound(target, names);
            bound(value, names);
        }
    }
    names.remove("_");
}

fn object_in(body: &Body, around: &Names) -> bool {
    let exprs = |statement: &Statement| match &statement.literal {
        Literal::Some(_) => false,
        Literal::SomeIn(_, _, collection) => object(collection, around),
        Literal::Every(key, value, domain, body) => {
            let mut inside = around.clone();
            inside.extend(key.iter().chain([value]).cloned());
            declared(body, &mut inside);
            object(domain, around) || object_in(body, &inside)
        }
        Literal::Not(expr) | Literal::Expr(expr) => object(expr, around),
    };
    body.statements
        .iter()
        .any(|statement| exprs(statement) || statement.with.iter().any(|(_, value)| object(value, around)))
}

fn object(expr: &Expr, around: &Names) -> bool {
    if let Kind::ObjectOf(key, value, body) = &expr.kind {
        let mut known = around.clone();
        for statement in &body.statements {
            match &statement.literal {
                Literal::Some(names) => names.iter().for_each(|(name, _)| _ = known.remove(name)),
                Literal::SomeIn(key, value, _) => {
                    key.iter().chain([value]).for_each(|expr| remove(expr, &mut known))
                }
                Literal::Expr(Expr { kind: Kind::Binary(Op::Assign, target, _), .. }) => {
                    remove(target, &mut known)
                }
                _ => (),
            }
        }
        // What the key says is the same wherever the key is.
        if matches!(key.kind, Kind::Variable(_) | Kind::Array(_)) {
            bound(key, &mut known);
        }
        let is_constant = matches!(value.kind, Kind::Word | Kind::Number | Kind::Text(_));
        if !is_constant && !is_free(value, &undetermined(body, &known, Some(value))) {
            return true;
        }
    }
    let bodies = parts(expr).into_iter().find_map(|part| match part {
        Part::Body(body) => Some(body),
        Part::Expr(_) => None,
    });
    let mut inside = around.clone();
    bodies.iter().for_each(|body| declared(body, &mut inside));
    parts(expr).into_iter().any(|part| match part {
        Part::Expr(part) => object(part, &inside),
        Part::Body(body) => object_in(body, &inside),
    })
}

fn remove(expr: &Expr, names: &mut Names) {
    let mut bound_here = Names::default();
    bound(expr, &mut bound_here);
    bound_here.iter().for_each(|name| _ = names.remove(name));
}
