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
//! 2. [`Render::new`]`(&Set, HelmVersion)` is one render of one chart: it owns the limits, which are
//!    spent by all files together, and what is remembered about origins. [`Render::execute`]`(&mut self, name, &Value)`
//!    executes one template with a root value and gives an [`Output`], which is `Send`, or a [`Failure`], after which
//!    the next file may be executed. The root is a map that the caller makes: `Values`, `Release`, `Chart`,
//!    `Capabilities`, `Files`, `Template`, `Subcharts`. Maps are references: what one file `set`s, the next sees, so a
//!    caller that executes files of one chart passes the same map and sets `Template` in it before each.
//!    [`Object`] has what Go has as structs: [`Object::files`] from a map of paths to [`ChartFile`]s,
//!    [`Object::capabilities`], and [`Object::structure`] for `.Chart` of Helm 3 (Helm 4 has a map with Go's field names).
//! 3. [`Render::finish`]`()` gives the [`Trace`] of all of its outputs, `Send` and `Sync`. [`Trace::explain`]`(&output,
//!    range)` says of a range of bytes of an output, such as the span of a scalar in the document that was parsed from
//!    it: the origins (values first, longest first), the conditions that the text depends on with what they read, and
//!    the calls it was made through. [`Trace::markers`] says what is not there: branches not taken, actions that printed
//!    nothing, with what they read. [`Output::text`] is a [`Text`]-like string whose [`Output::document`]`(&SourceMap)` is a source
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
mod bytes;
mod exec;
mod failure;
mod files;
mod functions;
pub(crate) mod go;
pub(crate) mod go_regex;
#[cfg(test)]
mod language_tests;
mod lex;
#[cfg(test)]
mod limit_tests;
mod literal;
mod object;
#[cfg(test)]
mod origin_tests;
mod output;
mod parse;
mod reads;
mod set;
#[cfg(test)]
mod tests;
mod text;
mod trace;
mod value;

pub use failure::{Failure, FailureKind, MissingKey};
pub use files::{ChartFile, Files};
pub use functions::semver::{allows, is_version};
pub use functions::{normalize, to_yaml};
pub use object::{Object, Struct, StructField};
pub use output::{Call, Condition, Explanation, Marker, Output};
pub use reads::{Read, Reads, words};
pub use set::{Set, Template};
pub use text::{Mark, Origin, Text};
pub use trace::Trace;
pub use value::{Data, List, Map, Slot, Value, key_text};

use crate::source::Span;

/// Whose templates they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// Argo CD's ApplicationSet controller: `normalize`, `slugify`, `toYaml`, `fromYaml`, `fromYamlArray`.
    ApplicationSet,
    /// Helm's charts.
    Helm(HelmVersion),
}

/// Which Helm.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum HelmVersion {
    /// Helm 3.
    Three,
    /// Helm 4.
    #[default]
    Four,
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
pub(crate) struct Limits {
    /// Nodes, commands and iterations.
    steps: u32,
    /// Bytes of output, and of any text on the way to it.
    output: usize,
    /// Bytes that are printed, by all templates together and into other templates too.
    printed: u64,
    /// Templates, branches and parentheses in each other.
    depth: u32,
    /// Bytes and items that functions walk and make.
    work: u64,
}

impl Limits {
    /// For one text of an ApplicationSet.
    const APPLICATION_SET: Self =
        Self { steps: 200_000, output: 1 << 20, printed: 1 << 21, depth: 128, work: 8 << 20 };
    /// For all files of a chart together. The largest charts that people have use a hundredth of it.
    const CHART: Self =
        Self { steps: 4_000_000, output: 16 << 20, printed: 128 << 20, depth: 600, work: 1 << 30 };
}

/// Executes a template of an ApplicationSet.
///
/// # Errors
/// The template does not parse, fails as it would in Go, is not bounded, or depends on something opaque.
pub fn render(
    dialect: Dialect,
    template: &Text,
    values: &Map,
    missing: MissingKey,
) -> Result<Rendered, Failure> {
    const NAME: &str = "template";
    let mut set = Set::new();
    set.add(&Template::parse(dialect, NAME, template)?);
    let scope = functions::Scope { dialect };
    let mut machine = exec::Machine::new(&set, scope, missing, Limits::APPLICATION_SET);
    let text = machine.execute(NAME, &values.clone().into()).map_err(|failure| *failure)?;
    Ok(Rendered { text, holes: machine.holes })
}

/// One render of one chart: limits that all of its files share, and what is remembered about origins.
pub struct Render<'s>(exec::Machine<'s>);

impl<'s> Render<'s> {
    /// A render of templates of a set.
    pub fn new(set: &'s Set, version: HelmVersion) -> Self {
        let scope = functions::Scope { dialect: Dialect::Helm(version) };
        Self(exec::Machine::new(set, scope, MissingKey::Zero, Limits::CHART))
    }

    /// Executes one template. What `tpl` and `set` did to values stays done for the next.
    ///
    /// # Errors
    /// It fails as it would in Go, or is not bounded. The next may be executed.
    pub fn execute(&mut self, name: &str, root: &Value) -> Result<Output, Failure> {
        let text = self.0.execute(name, root).map_err(|failure| *failure)?;
        Ok(Output::new(text.replaced("<no value>", &Text::default())))
    }

    /// What is remembered about all outputs.
    pub fn finish(self) -> Trace {
        self.0.recorder.finish()
    }
}
