//! What a template says, once parsed.
//!
//! Owns the nodes. Places are bytes of the template's text.

use super::functions::Function;

/// A run of bytes of the text of a template.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct At {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last one.
    pub end: u32,
}

impl At {
    /// The bytes between two offsets.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// The bytes as a range.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A parsed text: its own nodes, and those that it defines under names.
#[derive(Debug)]
pub struct Ast {
    /// The text.
    pub text: Box<str>,
    /// The nodes outside of definitions.
    pub body: Body,
    /// The definitions, in the order in which they stand.
    pub defined: Vec<(Box<str>, Body)>,
}

/// Nodes that are executed together.
#[derive(Default, Debug)]
pub struct Body {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// All of them, with what is between them.
    pub at: At,
}

impl Body {
    /// Whether there is nothing but white space and comments: such a definition replaces no other.
    pub fn is_blank(&self, text: &str) -> bool {
        self.nodes.iter().all(|node| match node {
            Node::Text(at) => text.get(at.range()).is_some_and(|text| text.trim().is_empty()),
            _ => false,
        })
    }
}

/// A node of a template.
#[derive(Debug)]
pub enum Node {
    /// Text that is printed as it stands.
    Text(At),
    /// A pipeline whose value is printed, unless it declares variables.
    Action(Pipe),
    /// `if`, `with`, `range`
    Branch(Box<Branch>),
    /// `template "name" pipeline`, and `block`.
    Template { name: Box<str>, argument: Option<Pipe>, name_at: At, at: At },
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

impl BranchKind {
    /// The keyword.
    pub const fn word(self) -> &'static str {
        match self {
            BranchKind::If => "if",
            BranchKind::With => "with",
            BranchKind::Range => "range",
        }
    }
}

/// A node with a condition.
#[derive(Debug)]
pub struct Branch {
    /// What it does.
    pub kind: BranchKind,
    /// The condition.
    pub pipe: Pipe,
    /// What is executed when it is not empty.
    pub body: Body,
    /// What is executed when it is.
    pub otherwise: Body,
}

/// A variable, by its place among the names of its template.
pub type VariableId = u32;

/// Commands of which each gets the value of the one before as its last argument.
#[derive(Debug)]
pub struct Pipe {
    /// All of it.
    pub at: At,
    /// Variables that get its value; two in `range`.
    pub variables: Vec<VariableId>,
    /// Whether the variables are there already: `=` in place of `:=`.
    pub assigns: bool,
    /// At least one.
    pub commands: Vec<Command>,
}

/// A function or a value, with arguments.
#[derive(Debug)]
pub struct Command {
    /// All of it.
    pub at: At,
    /// At least one.
    pub operands: Vec<Operand>,
}

/// A part of a command.
#[derive(Debug)]
pub struct Operand {
    /// All of it.
    pub at: At,
    /// Where Go says that it is.
    pub position: u32,
    /// What it is.
    pub term: Term,
    /// Fields of it: `.a.b`.
    pub fields: Vec<Box<str>>,
}

/// A part of a command without its fields.
#[derive(Debug)]
pub enum Term {
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
    Text(Box<str>, Option<At>),
    /// A function.
    Function(&'static Function),
    /// The name of a function that we do not have.
    Unknown(Box<str>),
    /// `$name`
    Variable(VariableId),
    /// A pipeline in parentheses.
    Pipe(Box<Pipe>),
}
