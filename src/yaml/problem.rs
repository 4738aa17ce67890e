//! What a reader could not read, as data.

use crate::source::Span;

/// A place where the text is not YAML, or is YAML that Kubernetes refuses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// Where.
    pub span: Span,
    /// What stands there and what was expected, without the position.
    pub message: String,
    /// A second place that explains the first: the opening quote, the first of two equal keys.
    pub related: Option<(Span, String)>,
}

/// The classes of problems; each is reported by one rule.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ProblemKind {
    /// Not YAML, or beyond a limit. The document is lost.
    Syntax,
    /// Aliases that stand for themselves, or for more than anybody reads. The document is lost.
    Aliases,
    /// A mapping has two keys that Kubernetes reads as the same text. The document is kept.
    DuplicateKey,
}

impl ProblemKind {
    /// Whether the document is lost.
    pub const fn loses_document(self) -> bool {
        matches!(self, ProblemKind::Syntax | ProblemKind::Aliases)
    }
}
