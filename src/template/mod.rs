//! Go's `text/template` with the functions of sprig, every byte of its output with its origin.
//!
//! Owns the language: Argo CD's ApplicationSets are written in it, and Helm's charts. A template makes text of values;
//! text knows where it was copied from, be it the template or a value ([`Text`]), so that a finding about what was
//! rendered points at the line a person would edit. Must not know what the text is for, nor how a chart is laid out.
//!
//! There are two ways in.
//!
//! [`render`] executes one text with [`Dialect::ApplicationSet`]. What is not known there, because a cluster or a
//! service would have to be asked or a function is not one of ours, is opaque and makes all of the output unknown:
//! nothing is guessed.
//!
//! A chart is rendered in three steps, with [`Dialect::Helm`]:
//!
//! 1. [`Template::parse`]`(dialect, name, text: &Text)` or [`Template::file`]`(dialect, name, map, source)` gives an
//!    `Arc<Template>` or a [`Failure`] of kind [`FailureKind::Syntax`]. A template is immutable, `Send` and `Sync`, and
//!    may be shared by all renders of a chart. [`Set::new`]`()` and [`Set::add`]`(&Arc<Template>)` in the order that Helm
//!    has (the caller decides it) make a set: of two definitions of one name the last wins, unless it is blank.
//! 2. [`Render::new`]`(&SourceMap, &Set, Helm { version, .. })` is one render of one chart: it owns the limits, which are
//!    spent by all files together, and what is remembered about origins. [`Render::execute`]`(&mut self, name, &Value)`
//!    executes one template with a root value and gives an [`Output`], which is `Send`, or a [`Failure`], after which
//!    the next file may be executed. The root is a map that the caller makes: `Values`, `Release`, `Chart`,
//!    `Capabilities`, `Files`, `Template`, `Subcharts`. Maps are references: what one file `set`s, the next sees, so a
//!    caller that executes files of one chart passes the same map and sets `Template` in it before each.
//!    [`Object`] has what Go has as structs: [`Object::files`] from a map of paths to [`ChartFile`]s,
//!    [`Object::capabilities`], [`Object::chart`] (Helm 3; Helm 4 has a map with Go's field names).
//! 3. [`Render::finish`]`()` gives the [`Trace`] of all of its outputs, `Send` and `Sync`. [`Trace::explain`]`(&output,
//!    range)` says of a range of bytes of an output, such as the span of a scalar in the document that was parsed from
//!    it: the origins (values first, longest first), the conditions that the text depends on with what they read, the
//!    calls it was made through, and the markers inside of it (branches not taken, actions that printed nothing, with
//!    what they read). [`Output::text`] is a [`Text`]-like string whose [`Output::document`]`(&SourceMap)` is a source
//!    with pieces, to be parsed.
//!
//! Values come from [`Value::read`] (YAML as Helm reads it, every leaf and key with its span and step) or are put
//! together with [`Map`]. What a leaf replaced is in its step, as for Kustomize: the caller records a
//! [`Step`](crate::source::Step) with [`InputRole::Replaced`](crate::source::InputRole) when it merges values files, and
//! gives the leaf's [`Origin`] that step. Values, maps and objects are `Rc` and stay in the task that renders.
//!
//! Random, certificate and clock functions give fixed text whose origin has [`Mark::Chance`]. What hitting a limit
//! looks like: [`FailureKind::Limit`], and the message names the limit.

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
