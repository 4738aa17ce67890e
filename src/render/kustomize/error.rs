//! Why a kustomization does not build.

use crate::render::{Event, EventKind};
use crate::source::Span;

/// The first error of a build, which ends it, as in Kustomize.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::render) struct BuildError {
    /// The place that is wrong.
    pub span: Span,
    /// [`EventKind::BuildError`] or [`EventKind::MissingFile`].
    pub kind: EventKind,
    /// One sentence without a full stop that names the thing.
    pub message: String,
}

impl BuildError {
    /// An error at a place.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, kind: EventKind::BuildError, message: message.into() }
    }

    /// A named file or directory is not there.
    pub fn missing(span: Span, message: impl Into<String>) -> Self {
        Self { kind: EventKind::MissingFile, ..Self::new(span, message) }
    }

    /// The error as an event.
    pub fn event(&self) -> Event {
        Event::new(self.kind, self.span, self.message.clone())
    }
}

/// The result of a part of a build.
pub(in crate::render) type Result<T> = std::result::Result<T, BuildError>;
