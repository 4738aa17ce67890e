//! Why a kustomization does not build.

use crate::render::{Event, EventKind};
use crate::source::Span;

/// The error that ends a build, as in Kustomize, and others that a person would meet next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::render) struct BuildError {
    /// The place that is wrong.
    pub span: Span,
    /// One of the kinds that end a build, or a gap that keeps the rest from being rendered, too.
    pub kind: EventKind,
    /// One sentence without a full stop that names the thing.
    pub message: String,
    /// More of them, in the order in which they were met.
    pub more: Vec<BuildError>,
}

impl BuildError {
    /// An error at a place.
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, kind: EventKind::BuildError, message: message.into(), more: Vec::new() }
    }

    /// A named file or directory is not there.
    pub fn missing(span: Span, message: impl Into<String>) -> Self {
        Self { kind: EventKind::MissingFile, ..Self::new(span, message) }
    }

    /// Everything in a kustomization is a comment.
    pub fn empty(span: Span) -> Self {
        Self { kind: EventKind::EmptyKustomization, ..Self::new(span, "the kustomization is empty") }
    }

    /// The errors as events.
    pub fn events(&self) -> impl Iterator<Item = Event> + '_ {
        let all = std::iter::once(self).chain(&self.more);
        all.map(|error| Event::new(error.kind, error.span, error.message.clone()))
    }
}

/// The result of a part of a build.
pub(in crate::render) type Result<T> = std::result::Result<T, BuildError>;

/// Errors that do not keep the next thing from being looked at.
#[derive(Debug, Default)]
pub(in crate::render) struct Errors(Option<BuildError>);

impl Errors {
    /// Notes an error, if there is one.
    pub fn note<T>(&mut self, result: Result<T>) -> Option<T> {
        match result {
            Ok(value) => return Some(value),
            Err(error) => match &mut self.0 {
                Some(first) => first.more.push(error),
                None => self.0 = Some(error),
            },
        }
        None
    }

    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The first one, with the others.
    pub fn end(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}
