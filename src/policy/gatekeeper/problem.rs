//! What is wrong with templates and constraints, as data.

use crate::source::Span;
use crate::yaml::Cursor;

/// Something that is not checked as its author thinks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// What kind of.
    pub kind: ProblemKind,
    /// Where a person would edit it.
    pub span: Span,
    /// One sentence without a full stop.
    pub message: String,
}

/// Kinds of problems.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ProblemKind {
    /// A template that Gatekeeper refuses, or whose policy does not compile.
    Template,
    /// A constraint that Gatekeeper refuses.
    Constraint,
    /// A template that differs from the one of its kind that counts.
    Differs,
    /// A constraint of a kind that no template defines.
    NoTemplate,
    /// A template that no constraint uses.
    NoConstraint,
    /// What Gatekeeper evaluates and plimsoll does not.
    NotEvaluated,
}

impl ProblemKind {
    /// Whether Gatekeeper refuses what it is about, so that nothing is checked where its author thinks so.
    pub fn is_refused(self) -> bool {
        matches!(self, Self::Template | Self::Constraint)
    }
}

/// The groups of what Gatekeeper does besides evaluating constraints: it makes objects of others, changes them, and asks
/// servers.
pub const NOT_EVALUATED: [&str; 3] =
    ["expansion.gatekeeper.sh", "mutations.gatekeeper.sh", "externaldata.gatekeeper.sh"];

impl Problem {
    /// A problem with a value.
    pub fn new(kind: ProblemKind, at: Cursor<'_>, message: String) -> Self {
        Self { kind, span: place(at), message }
    }

    /// A problem with some bytes of the decoded text of a scalar.
    pub fn within(kind: ProblemKind, at: Cursor<'_>, bytes: std::ops::Range<usize>, message: String) -> Self {
        let part = at.part(bytes.start, bytes.end);
        Self { kind, span: at.map().editable(part, at.step()).unwrap_or(part), message }
    }
}

/// Where a person would edit a value.
pub fn place(at: Cursor<'_>) -> Span {
    at.map().editable(at.span(), at.step()).unwrap_or_else(|| at.span())
}
