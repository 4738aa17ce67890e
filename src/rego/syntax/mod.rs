//! The syntax of Rego: text in, a tree with spans out.
//!
//! Owns the grammar as OPA has it. regorus' own parser is asked only for what was rewritten: it takes exponential time for
//! nested literals, refuses some texts that OPA takes, and drops comments. Must not know regorus, nor what a rule is for.

mod lex;
mod parse;
mod rules;
mod tree;
mod walk;

pub use lex::{Comment, Token, TokenKind, lex};
pub use rules::parse;
pub use tree::{Body, Branch, Expr, Import, Kind, Literal, Op, Rule, RuleKind, Span, Statement, Step, Tree};
pub use walk::{Part, parts};

/// What is wrong with a text, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Byte offset.
    pub at: u32,
    /// One sentence without a full stop.
    pub message: String,
}

impl Fault {
    /// A fault.
    pub fn new(at: u32, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}
