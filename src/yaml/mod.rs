//! YAML and JSON with exact spans: bytes in, an arena of nodes out, problems as data.
//!
//! Owns the grammar, the tree and the way Kubernetes reads scalars. Must not know what a document means.
//! [`parse`] asks the fast reader first; whatever it refuses, the full reader (granit-parser) decides.

mod cursor;
mod duplicates;
mod edit;
mod fast;
mod full;
mod key_hash;
mod problem;
mod scalar;
mod tape;
mod tree;

pub use cursor::{Cursor, Entry, Route};
pub use edit::{Edit, edit};
pub use key_hash::key_hash;
pub use problem::{Problem, ProblemKind};
pub use scalar::{Schema, Typed, decode, resolve, segments};
pub use tree::{Arena, Comment, Flags, Kind, Node, Parsed, Property, Style, Tree};

use crate::source::{Source, SourceId};

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
pub fn parse(source: &Source, id: SourceId, limits: Limits) -> Parsed {
    fast::parse(source, id, limits).unwrap_or_else(|_| full::parse(source, id, limits))
}
