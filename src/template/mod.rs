//! Go's `text/template` with the functions of sprig, every byte of its output with its origin.
//!
//! Owns the language: Argo CD's ApplicationSets are written in it, and Helm's charts. A template makes text of values;
//! text knows where it was copied from, be it the template or a value ([`Text`]), so that a finding about what was
//! rendered points at the line a person would edit. What is not known, because a cluster or a service would have to
//! be asked or a function is not one of ours, is opaque and makes all of the output unknown: nothing is guessed.
//! Must not know what the text is for.

mod ast;
mod exec;
mod functions;
pub(crate) mod go;
pub(crate) mod go_regex;
mod lex;
mod parse;
#[cfg(test)]
mod tests;
mod text;
mod value;

pub use functions::{Dialect, normalize, to_yaml};
pub use text::{Origin, Text};
pub use value::{Data, Map, Value};

use crate::source::{SourceMap, Span};

/// What a map gives for a key that it does not have: the option `missingkey`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum MissingKey {
    /// `default`, `invalid`: nothing, printed as `<no value>`.
    #[default]
    Invalid,
    /// `zero`: nil, which has no fields.
    Zero,
    /// `error`: the template fails.
    Error,
}

impl MissingKey {
    /// The value of an option as `Template.Option` takes it: `missingkey=error`. `None` for any other text, on which
    /// Go panics.
    pub fn option(text: &str) -> Option<Self> {
        match text.strip_prefix("missingkey=")? {
            "default" | "invalid" => Some(MissingKey::Invalid),
            "zero" => Some(MissingKey::Zero),
            "error" => Some(MissingKey::Error),
            _ => None,
        }
    }
}

/// Why a template gives no text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FailureKind {
    /// It does not parse.
    Syntax,
    /// A key is not there, and [`MissingKey::Error`] asks for it. Says which, and which keys there are.
    MissingKey {
        /// The key.
        key: String,
        /// The keys of the map, sorted.
        known: Vec<String>,
    },
    /// Go stops with an error too.
    Wrong,
    /// It depends on something that is only known when it runs for real.
    Opaque,
    /// It is too large or takes too long.
    Limit,
}

/// A template that gives no text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Why, as a kind.
    pub kind: FailureKind,
    /// The part of the template that it is about.
    pub at: Option<Span>,
    /// Why, in words.
    pub message: String,
}

/// An action that printed `<no value>`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hole {
    /// The action.
    pub at: Option<Span>,
    /// What is between its braces.
    pub expression: String,
}

/// What a template made.
#[derive(Clone, Default, Debug)]
pub struct Rendered {
    /// The text.
    pub text: Text,
    /// Where a value was missing.
    pub holes: Vec<Hole>,
}

/// What one execution may use.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Nodes, commands and iterations.
    steps: u32,
    /// Bytes of output, and of any text on the way to it.
    output: usize,
    /// Templates that call templates.
    depth: u32,
    /// Bytes and items that functions walk and make.
    work: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 200_000, output: 1 << 20, depth: 64, work: 8 << 20 }
    }
}

/// Executes a template.
///
/// # Errors
/// The template does not parse, fails as it would in Go, is not bounded, or depends on something opaque.
pub fn render(
    map: &SourceMap,
    dialect: Dialect,
    template: &Text,
    values: &Map,
    missing: MissingKey,
) -> Result<Rendered, Failure> {
    let parsed = parse::parse(template.as_str()).map_err(|(message, at)| {
        let at = template.slice(at..template.len()).origin().map(|origin| origin.span);
        Failure { kind: FailureKind::Syntax, at, message }
    })?;
    let scope = functions::Scope { map, dialect };
    exec::Execution::new(template, &parsed, scope, missing).run(&values.clone().into())
}
