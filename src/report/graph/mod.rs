//! The graph as people and programs look at it: a tree for the terminal, diagrams, JSON.
//!
//! Owns what is shown of owners, overlays and objects, and how. Must not know how the graph is found out.

mod chart;
mod diagram;
mod focus;
mod json;
mod text;
mod words;

pub(super) use chart::Chart;
pub(super) use words::{
    cluster_name, directory_name, kinds, kinds_words, owner_name, owner_place, source_words, status_words,
    unit_words,
};

use camino::Utf8PathBuf;
use clap::ValueEnum;

use crate::graph::GraphView;

use focus::Focus;

/// How `graph` prints.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub enum GraphFormat {
    /// A tree for people
    #[default]
    Text,
    /// A Mermaid flowchart, which GitHub and GitLab draw; large graphs are cut
    Mermaid,
    /// For Graphviz
    Dot,
    /// For programs; see `plimsoll schema graph`
    Json,
}

/// The graph in a format, ending with a line break. `named` are the paths it is limited to, relative to the root; none
/// for all of it. With `focus`, only what uses that file or directory.
pub fn graph(
    view: GraphView<'_>,
    format: GraphFormat,
    named: &[Utf8PathBuf],
    focus: Option<&Utf8PathBuf>,
) -> String {
    let focus = focus.map(|path| Focus::new(view, path));
    let chart = match &focus {
        Some(focus) => Chart::focused(view, focus),
        None => Chart::new(view, named),
    };
    match format {
        GraphFormat::Text => text::render(&chart, focus.as_ref()),
        GraphFormat::Mermaid => diagram::Diagram::new(&chart, focus.as_ref()).mermaid(),
        GraphFormat::Dot => diagram::Diagram::new(&chart, focus.as_ref()).dot(),
        GraphFormat::Json => json::render(&chart, focus.as_ref()),
    }
}

/// The JSON schema of `graph --format json`.
pub fn graph_schema() -> serde_json::Value {
    json::schema()
}
