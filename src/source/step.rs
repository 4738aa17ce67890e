//! Render steps: how a value that is not written in its object's own file came to be there.

use super::Span;

/// Index of a [`Step`] in its [`SourceMap`](super::SourceMap). [`StepId::PARSED`] means "written here".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct StepId(pub u32);

impl StepId {
    /// The value stands where it was read: no step has touched it.
    pub const PARSED: StepId = StepId(0);
}

/// What a step did, in the words of Kustomize and Helm.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StepKind {
    /// Read from a file; never stored, [`StepId::PARSED`] stands for it.
    Parsed,
    /// A strategic merge or JSON 6902 patch set the value.
    Patch,
    /// A patch removed the value.
    Remove,
    /// An `images:` entry rewrote an image reference.
    Images,
}

impl StepKind {
    /// How a report names the step, as in "set by the patch here".
    pub const fn describe(self) -> &'static str {
        match self {
            StepKind::Parsed => "written here",
            StepKind::Patch => "set by this patch",
            StepKind::Remove => "removed by this patch",
            StepKind::Images => "image set here",
        }
    }
}

/// What an input was to the step that read it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum InputRole {
    /// The text of the result, or part of it, was written there.
    Value,
    /// The value that the step replaced.
    Replaced,
}

/// A place that a step read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Input {
    /// Where it stands.
    pub span: Span,
    /// What it was to the step.
    pub role: InputRole,
}

/// One transformation of one value. Steps form chains, newest first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// What was done.
    pub what: StepKind,
    /// The configuration that asked for it: the `patches:` item, the `images:` entry, the deleting patch.
    pub entry: Span,
    /// What was read; the first [`InputRole::Value`] is where a person edits the result.
    pub inputs: Box<[Input]>,
    /// The step that had made the value before.
    pub previous: StepId,
}
