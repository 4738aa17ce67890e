//! What a template says, once parsed.
//!
//! Owns the nodes. Ranges are bytes of the template's text.

use std::ops::Range;

/// A node of a template.
#[derive(Clone, Debug)]
pub enum Node {
    /// Text that is printed as it stands.
    Text(Range<usize>),
    /// A pipeline whose value is printed, unless it declares variables.
    Action(Pipe),
    /// `if`, `with`, `range`
    Branch(Branch),
    /// `template "name" pipeline`, and `block`.
    Template { name: String, argument: Option<Pipe>, at: Range<usize> },
    /// `break`
    Break,
    /// `continue`
    Continue,
}

/// What a branch does with its condition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BranchKind {
    /// Decides.
    If,
    /// Decides, and is the dot.
    With,
    /// Is gone through.
    Range,
}

/// A node with a condition.
#[derive(Clone, Debug)]
pub struct Branch {
    /// What it does.
    pub kind: BranchKind,
    /// The condition.
    pub pipe: Pipe,
    /// What is executed when it is not empty.
    pub body: Vec<Node>,
    /// What is executed when it is.
    pub otherwise: Vec<Node>,
}

/// Commands of which each gets the value of the one before as its last argument.
#[derive(Clone, Debug)]
pub struct Pipe {
    /// All of it.
    pub at: Range<usize>,
    /// Variables that get its value; two in `range`.
    pub variables: Vec<String>,
    /// Whether the variables are there already: `=` in place of `:=`.
    pub assigns: bool,
    /// At least one.
    pub commands: Vec<Command>,
}

/// A function or a value, with arguments.
#[derive(Clone, Debug)]
pub struct Command {
    /// All of it.
    pub at: Range<usize>,
    /// At least one.
    pub operands: Vec<Operand>,
}

/// A part of a command.
#[derive(Clone, Debug)]
pub enum Operand {
    /// `.`
    Dot,
    /// `nil`
    Nil,
    /// `true`
    Bool(bool),
    /// `1`
    Int(i64),
    /// `1.5`
    Float(f64),
    /// A string in quotes: its value, and the bytes of the template when they are the value.
    Text(String, Option<Range<usize>>),
    /// The name of a function.
    Function(String),
    /// `$name`
    Variable(String),
    /// A pipeline in parentheses.
    Pipe(Box<Pipe>),
    /// `.a.b`, `$x.a`, `(pipeline).a`: fields of a value.
    Fields(Box<Operand>, Vec<String>, Range<usize>),
}
