//! Sources, spans and provenance: where every byte of every value was written.
//!
//! Owns the answer to "which file, line and column is this?". Must not know YAML, Kubernetes or rules.

mod difference;
mod map;
mod step;
mod text;

pub use difference::{new_lines, unified};
pub use map::{Beside, SourceMap};
pub use step::{Input, InputRole, Step, StepId, StepKind};
pub use text::{PADDING, Piece, Position, Segment, Segments, Source, SourceKind};

/// Index of a [`Source`] in its [`SourceMap`]. Ids of files follow the sorted order of their paths; ids of
/// derived sources (embedded documents, text made by a render step, files of a second revision) follow after them in no
/// fixed order, so nothing that is printed may depend on the value of an id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SourceId(pub u32);

/// A run of bytes of one source. Both ends lie on character boundaries of the source's text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span {
    /// The source the bytes belong to.
    pub source: SourceId,
    /// Offset of the first byte.
    pub start: u32,
    /// Number of bytes; zero for a place between two bytes.
    pub len: u32,
}

impl Span {
    /// The span of `start..end` in `source`. An `end` before `start` gives an empty span at `start`.
    pub const fn new(source: SourceId, start: u32, end: u32) -> Self {
        Self { source, start, len: end.saturating_sub(start) }
    }

    /// Offset of the byte after the last one.
    pub const fn end(self) -> u32 {
        self.start + self.len
    }

    /// Whether `other` lies inside this span (a span contains itself).
    pub fn contains(self, other: Span) -> bool {
        self.source == other.source && self.start <= other.start && other.end() <= self.end()
    }

    /// The bytes `from..to` of this span as a span; both are clamped to its length.
    #[must_use]
    pub fn part(self, from: usize, to: usize) -> Span {
        let (from, to) = ((from as u32).min(self.len), (to as u32).min(self.len));
        Span::new(self.source, self.start + from, self.start + to.max(from))
    }
}
