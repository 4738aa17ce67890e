//! What runs where: environments across, components and their images and charts down.
//!
//! Owns what of it is worth a mark, and how it is shown. Must not know how environments are told apart.

mod json;
mod moving;
mod table;
mod text;

pub(super) use table::{Mark, Table};

use camino::Utf8PathBuf;
use clap::ValueEnum;

use crate::graph::GraphView;

/// How `matrix` prints.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub enum MatrixFormat {
    /// A table for people
    #[default]
    Text,
    /// A table for pull requests and documents
    Markdown,
    /// For programs; see `plimsoll schema matrix`
    Json,
}

/// The matrix in a format, ending with a line break. `named` are the paths it is limited to, relative to the root;
/// none for all of it.
pub fn matrix(view: GraphView<'_>, format: MatrixFormat, named: &[Utf8PathBuf]) -> String {
    let table = Table::new(view, named);
    match format {
        MatrixFormat::Text => text::text(&table),
        MatrixFormat::Markdown => text::markdown(&table),
        MatrixFormat::Json => json::render(&table),
    }
}

/// The JSON schema of `matrix --format json`.
pub fn matrix_schema() -> serde_json::Value {
    json::schema()
}
