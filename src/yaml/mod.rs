//! YAML and JSON with exact spans: bytes in, an arena of nodes out, problems as data.
//!
//! Owns the grammar, the tree and the way Kubernetes reads scalars. Must not know what a document means.
//! [`parse`] asks the fast reader first; whatever it refuses, the full reader (granit-parser) decides.

mod aliases;
mod cursor;
mod draft;
mod duplicates;
mod fast;
mod full;
mod inflate;
mod key_hash;
mod problem;
mod scalar;
mod tape;
mod tree;

pub use cursor::{Cursor, Entry, Mark, Route, push_name};
pub use draft::Draft;
pub use inflate::inflate;
pub use key_hash::key_hash;
pub use problem::{Problem, ProblemKind};
pub use scalar::{Schema, Timestamp, Typed, decode, resolve, segments};
pub use tree::{Arena, Comment, Flags, Kind, Node, Parsed, Place, Property, Style, Tree};

use crate::source::{Source, SourceId};

use fast::QuotedLines;

/// Limits on what a reader accepts. What is beyond them becomes a [`Problem`] that names the limit.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Deepest nesting of collections.
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 256 }
    }
}

/// Reads every document of a source. Never fails: what cannot be read is in [`Parsed::problems`].
///
/// The fast reader takes what it is sure of, the full reader decides about the rest. Only when the full reader
/// has problems is the fast reader asked again, now as lenient as go-yaml about the indentation of quoted text and
/// about aliases with a colon behind them: YAML 1.2 refuses such text, and Kubernetes reads it. Text that both readers accept never gets that far, so the
/// two cannot differ about it.
///
/// Documents whose aliases stand for themselves, or for more than anybody reads, are lost.
pub fn parse(source: &Source, id: SourceId, limits: Limits) -> Parsed {
    aliases::bounded(read(source, id, limits), limits)
}

fn read(source: &Source, id: SourceId, limits: Limits) -> Parsed {
    if let Ok(parsed) = fast::parse(source, id, limits, QuotedLines::Indented) {
        return parsed;
    }
    let parsed = full::parse(source, id, limits);
    let refused = parsed.problems.iter().any(|problem| problem.kind == ProblemKind::Syntax);
    if !refused {
        return parsed;
    }
    fast::parse(source, id, limits, QuotedLines::Anywhere).unwrap_or(parsed)
}

/// The two readers by name, for the tests and the measurements that compare them.
pub mod reader {
    pub use super::fast::{Bail, QuotedLines, parse as fast};
    pub use super::full::parse as full;
}
