//! Rego: texts of policies in, answers out.
//!
//! The only module that knows regorus, and how it differs from OPA. Must not know what an answer means, who asks, or how
//! a policy is reported; no policy reaches a file, the network, a clock or the environment.

mod annotation;
mod builtins;
mod bytecode;
mod check;
mod function;
mod machine;
mod module;
mod own;
mod program;
mod rewrite;
mod syntax;
mod value;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

pub use annotation::{Annotation, Scope};
pub use builtins::{State, Support, table};
pub use check::{STACK, check};
pub use function::Function;
pub use machine::{Lines, Machine};
pub use module::{Head, Module};
pub use program::{Answer, Limits, Policy, Program, Stop};
pub use syntax::{Import, RuleKind, Span};
pub use value::{Builder, Value};

/// What is wrong with a policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyError {
    /// The policy, an index into the list that was given.
    pub policy: usize,
    /// Line, from 1; 0 where nobody knows.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// What is wrong: one sentence without a full stop.
    pub message: String,
}
