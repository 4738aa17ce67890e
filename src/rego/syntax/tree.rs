//! What a module says, as a tree.
//!
//! Owns the shapes. Must not know how they are written, nor what they are for.

/// A stretch of the text, in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Span {
    /// Where it starts.
    pub start: u32,
    /// Where the next thing starts.
    pub end: u32,
}

/// A module.
#[derive(Debug)]
pub struct Tree {
    /// The names of the package, without `data`.
    pub package: Vec<String>,
    /// Where `package a.b` stands.
    pub package_span: Span,
    /// What it imports.
    pub imports: Vec<Import>,
    /// Its rules, in order.
    pub rules: Vec<Rule>,
}

/// An import.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    /// Where it stands.
    pub span: Span,
    /// Its path: `["data", "lib", "text"]`.
    pub path: Vec<String>,
    /// What it is called from here on.
    pub alias: Option<String>,
}

impl Import {
    /// What it is called in its module; nothing for what only changes the language.
    pub fn name(&self) -> Option<&str> {
        let is_language = matches!(self.path.first().map(String::as_str), Some("rego" | "future"));
        let name = self.alias.as_deref().or(self.path.last().map(String::as_str));
        name.filter(|_| !is_language)
    }
}

/// What a rule makes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RuleKind {
    /// One value.
    Complete,
    /// A set, one item at a time.
    Set,
    /// An object, one field at a time.
    Object,
    /// A value for arguments.
    Function,
}

/// A rule: a head, and branches, the first of which that holds decides.
#[derive(Debug)]
pub struct Rule {
    /// All of it.
    pub span: Span,
    /// Its head, up to `if` or the body.
    pub head: Span,
    /// What it makes.
    pub kind: RuleKind,
    /// Whether it is a `default`.
    pub is_default: bool,
    /// The names before anything that is computed: `["a", "b"]` in `a.b[x]`.
    pub path: Vec<String>,
    /// What is computed, or follows what is.
    pub steps: Vec<Step>,
    /// Arguments of a function.
    pub arguments: Vec<Expr>,
    /// The item of a set.
    pub key: Option<Expr>,
    /// Branches; those after the first are `else`, or bodies in a row.
    pub branches: Vec<Branch>,
}

/// A value under a condition.
#[derive(Debug)]
pub struct Branch {
    /// What it gives; `true` where nothing is written.
    pub value: Option<Expr>,
    /// When.
    pub body: Option<Body>,
    /// Whether it comes after `else`.
    pub is_else: bool,
}

/// Statements that must all hold.
#[derive(Debug)]
pub struct Body {
    /// Without the brackets.
    pub span: Span,
    /// In order.
    pub statements: Vec<Statement>,
}

/// A statement.
#[derive(Debug)]
pub struct Statement {
    /// With its modifiers.
    pub span: Span,
    /// What must hold.
    pub literal: Literal,
    /// `with target as value`.
    pub with: Vec<(Expr, Expr)>,
}

/// What must hold.
#[derive(Debug)]
pub enum Literal {
    /// `some x, y`.
    Some(Vec<(String, Span)>),
    /// `some key, value in collection`.
    SomeIn(Option<Expr>, Expr, Expr),
    /// `every key, value in domain { … }`.
    Every(Option<String>, String, Expr, Body),
    /// `not …`.
    Not(Expr),
    /// Anything that is neither undefined nor false.
    Expr(Expr),
}

/// An expression.
#[derive(Debug)]
pub struct Expr {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What an expression is.
#[derive(Debug)]
pub enum Kind {
    /// `null`, `true`, `false`.
    Word,
    /// A number.
    Number,
    /// A text, decoded.
    Text(String),
    /// A variable.
    Variable(String),
    /// `head.field[index]`.
    Ref(Box<Expr>, Vec<Step>),
    /// `function(arguments)`.
    Call(Box<Expr>, Vec<Expr>),
    /// `[a, b]`.
    Array(Vec<Expr>),
    /// `{a, b}`.
    Set(Vec<Expr>),
    /// `{a: b}`.
    Object(Vec<(Expr, Expr)>),
    /// `[value | body]`.
    ArrayOf(Box<Expr>, Body),
    /// `{value | body}`.
    SetOf(Box<Expr>, Body),
    /// `{key: value | body}`.
    ObjectOf(Box<Expr>, Box<Expr>, Body),
    /// `left op right`.
    Binary(Op, Box<Expr>, Box<Expr>),
    /// `-value`.
    Minus(Box<Expr>),
    /// `(value)`.
    Parens(Box<Expr>),
    /// `key, value in collection`.
    In(Option<Box<Expr>>, Box<Expr>, Box<Expr>),
}

/// A step of a reference.
#[derive(Debug)]
pub enum Step {
    /// `.name`.
    Field(String, Span),
    /// `[index]`.
    Index(Expr),
}

impl Step {
    /// The name of a field, where it is known before anything runs.
    pub fn name(&self) -> Option<&str> {
        match self {
            Step::Field(name, _) => Some(name),
            Step::Index(Expr { kind: Kind::Text(name), .. }) => Some(name),
            Step::Index(_) => None,
        }
    }
}

/// An operator between two expressions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// `:=`.
    Assign,
    /// `=`.
    Unify,
    /// `==`, `!=`, `<`, `<=`, `>`, `>=`.
    Compare,
    /// `|`, `&`.
    Sets,
    /// `+`, `-`, `*`, `/`, `%`.
    Compute,
}

impl Expr {
    /// The dotted name of a variable or a reference that is known before anything runs: `input.a`, `regex.match`.
    pub fn path(&self) -> Option<Vec<&str>> {
        match &self.kind {
            Kind::Variable(name) => Some(vec![name]),
            Kind::Ref(head, steps) => {
                let Kind::Variable(name) = &head.kind else { return None };
                let names = steps.iter().map(Step::name);
                std::iter::once(Some(name.as_str())).chain(names).collect()
            }
            _ => None,
        }
    }
}
