//! Reports: an outcome or a rendered unit in, text out, one file a format.
//!
//! Must not know rules, and must not show a byte of a file that has not gone through the mask and the escapes.

mod changes;
mod escape;
mod fingerprint;
mod graph;
mod html;
mod json;
mod line_hash;
mod lines;
mod matrix;
mod objects;
mod place;
mod sarif;
mod summary;
mod text;
mod units;
mod xml;

pub use changes::changes;
pub use escape::escape;
pub use fingerprint::fingerprints_of;
pub use graph::{GraphFormat, graph, graph_schema};
pub use html::html;
pub use json::schema;
pub use matrix::{MatrixFormat, matrix, matrix_schema};
pub use objects::Rendered;
pub use summary::plural;
pub use text::{diagnostic, gaps};
pub use xml::attribute as xml_attribute;

use clap::ValueEnum;

use crate::engine::Outcome;

/// The formats.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, ValueEnum)]
pub enum Format {
    /// For people: source, reason and remedy
    Text,
    /// One line a finding: file:line:col: level rule message
    Concise,
    /// For programs; see `plimsoll schema output`
    Json,
    /// SARIF 2.1.0, for GitHub code scanning and editors
    Sarif,
    /// Workflow commands, which GitHub shows as annotations
    Github,
    /// GitLab Code Quality
    Gitlab,
    /// JUnit XML
    Junit,
    /// A page to look at in a browser, with nothing outside of it
    Html,
}

/// What of an outcome is shown, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// Colours, in the formats for people.
    pub color: bool,
    /// Findings only.
    pub quiet: bool,
    /// A table of findings by rule.
    pub statistics: bool,
    /// Suppressed findings too, in the text, concise and SARIF reports; JSON always has them.
    pub show_suppressed: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { color: false, quiet: false, statistics: false, show_suppressed: false, width: 100 }
    }
}

/// The report in a format, ending with a line break unless it is empty.
pub fn render(format: Format, outcome: &Outcome, options: &Options) -> String {
    match format {
        Format::Text => text::render(outcome, options),
        Format::Concise => lines::concise(outcome, options),
        Format::Json => json::render(outcome),
        Format::Sarif => sarif::render(outcome, options),
        Format::Github => lines::github(outcome),
        Format::Gitlab => lines::gitlab(outcome),
        Format::Junit => xml::junit(outcome),
        Format::Html => html(outcome),
    }
}
