//! Templates that were parsed, and sets of them.
//!
//! Owns names, and where the bytes of a template stand. All of it is immutable once made, and shared between renders.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::source::{SourceId, SourceMap, Span, StepId};

use super::ast::{Ast, At, Body};
use super::parse;
use super::text::{Origin, Run, Text};
use super::{Dialect, Failure, FailureKind};

/// Where the text of a template stands.
#[derive(Debug)]
pub(super) enum Place {
    /// It is all of a source.
    Source(SourceId),
    /// It was put together.
    Runs(Vec<Run>),
}

/// A parsed text with its name.
#[derive(Debug)]
pub struct Template {
    /// The name, as errors give it: `chart/templates/deployment.yaml`.
    pub(super) name: Box<str>,
    pub(super) ast: Arc<Ast>,
    pub(super) place: Place,
}

impl Template {
    /// Parses a source.
    ///
    /// # Errors
    /// It is no template.
    pub fn file(
        dialect: Dialect,
        name: &str,
        map: &SourceMap,
        source: SourceId,
    ) -> Result<Arc<Self>, Failure> {
        let text = map.source(source).text();
        Self::placed(dialect, name, text, Place::Source(source)).map(Arc::new)
    }

    /// Parses a text that may come from several places.
    ///
    /// # Errors
    /// It is no template.
    pub fn parse(dialect: Dialect, name: &str, text: &Text) -> Result<Arc<Self>, Failure> {
        let (text, runs) = text.clone().into_runs();
        Self::placed(dialect, name, &text, Place::Runs(runs)).map(Arc::new)
    }

    fn placed(dialect: Dialect, name: &str, text: &str, place: Place) -> Result<Self, Failure> {
        match parse::parse(dialect, text) {
            Ok(ast) => Ok(Self { name: name.into(), ast: Arc::new(ast), place }),
            Err((message, at)) => {
                let line =
                    1 + memchr::memchr_iter(b'\n', text.get(..at).unwrap_or_default().as_bytes()).count();
                let at = place.span(At::new(at, text.len()), text.len());
                let full = match dialect {
                    Dialect::ApplicationSet => message.clone(),
                    Dialect::Helm(_) => format!("template: {name}:{line}: {message}"),
                };
                Err(Failure { kind: FailureKind::Syntax, at, message, full })
            }
        }
    }

    /// The same template under a name.
    #[must_use]
    pub fn under(self: &Arc<Self>, name: &str) -> Arc<Self> {
        match (&self.place, *self.name == *name) {
            (Place::Source(source), false) => {
                let (ast, place) = (Arc::clone(&self.ast), Place::Source(*source));
                Arc::new(Self { name: name.into(), ast, place })
            }
            _ => Arc::clone(self),
        }
    }

    /// The same nodes for another text of the same bytes.
    pub(super) fn again(name: &str, ast: Arc<Ast>, text: &Text) -> Arc<Self> {
        Arc::new(Self { name: name.into(), ast, place: Place::Runs(text.clone().into_runs().1) })
    }

    /// The text of the template.
    pub(super) fn text(&self) -> &str {
        &self.ast.text
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of its definitions.
    pub fn defines(&self) -> impl Iterator<Item = &str> {
        self.ast.defined.iter().map(|(name, _)| &**name)
    }

    /// Where a part of it stands.
    pub(super) fn span(&self, at: At) -> Option<Span> {
        self.place.span(at, self.text().len())
    }

    /// A part of it with its origins.
    pub(super) fn slice(&self, at: At) -> Text {
        let text = self.text().get(at.range()).unwrap_or_default();
        let mut slice = Text::default();
        self.each(at, |part, origin| slice.push_from(part, origin));
        debug_assert_eq!(slice.as_str(), text);
        slice
    }

    /// Shows a part of it, run by run.
    pub(super) fn each(&self, at: At, mut see: impl FnMut(&str, Option<Origin>)) {
        let text = self.text();
        match &self.place {
            Place::Source(source) => {
                let origin = Origin::template(Span::new(*source, at.start, at.end), StepId::PARSED);
                see(text.get(at.range()).unwrap_or_default(), Some(origin));
            }
            Place::Runs(runs) => {
                let first = runs.partition_point(|run| run.end <= at.start);
                let mut start = first.checked_sub(1).map_or(0, |before| runs[before].end);
                for run in &runs[first..] {
                    if start >= at.end {
                        break;
                    }
                    let (from, to) = (start.max(at.start), run.end.min(at.end));
                    let origin =
                        run.origin.map(|origin| part(origin, run.end - start, from - start, to - start));
                    see(text.get(from as usize..to as usize).unwrap_or_default(), origin);
                    start = run.end;
                }
            }
        }
    }
}

/// The part of an origin that a part of a run of `len` bytes has.
fn part(origin: Origin, len: u32, from: u32, to: u32) -> Origin {
    match origin.span.len == len {
        true => Origin { span: origin.span.part(from as usize, to as usize), ..origin },
        false => origin,
    }
}

impl Place {
    /// Where a part of a text of `len` bytes stands: the first place of it that is known.
    fn span(&self, at: At, len: usize) -> Option<Span> {
        let at = At { start: at.start.min(len as u32), end: at.end.min(len as u32) };
        match self {
            Place::Source(source) => Some(Span::new(*source, at.start, at.end)),
            Place::Runs(runs) => {
                let first = runs.partition_point(|run| run.end <= at.start);
                let start = first.checked_sub(1).map_or(0, |before| runs[before].end);
                let found = |(start, run): (u32, &Run)| {
                    let from = at.start.max(start) - start;
                    Some(
                        part(run.origin?, run.end - start, from, at.end.min(run.end).saturating_sub(start))
                            .span,
                    )
                };
                let starts = std::iter::once(start).chain(runs[first..].iter().map(|run| run.end));
                starts.zip(&runs[first..]).take_while(|(start, _)| *start < at.end).find_map(found)
            }
        }
    }
}

/// Which nodes of a template a name stands for.
#[derive(Clone, Debug)]
pub(super) struct Defined {
    pub template: Arc<Template>,
    /// Index of its definition; `None` for what is outside of all definitions.
    pub index: Option<usize>,
}

impl Defined {
    pub fn body(&self) -> &Body {
        let ast = &self.template.ast;
        self.index.and_then(|index| ast.defined.get(index)).map_or(&ast.body, |(_, body)| body)
    }
}

/// Templates by name.
#[derive(Clone, Default, Debug)]
pub struct Set {
    defined: FxHashMap<Box<str>, Defined>,
}

impl Set {
    /// A set without templates.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text and what it defines. What is not blank replaces what has the same name.
    pub fn add(&mut self, template: &Arc<Template>) {
        let bodies = template.ast.defined.iter().enumerate();
        let all = bodies.map(|(index, (name, body))| (&**name, Some(index), body));
        for (name, index, body) in all.chain([(template.name(), None, &template.ast.body)]) {
            if !(self.defined.contains_key(name) && body.is_blank(template.text())) {
                self.defined.insert(name.into(), Defined { template: Arc::clone(template), index });
            }
        }
    }

    /// Whether a name stands for a template.
    pub fn contains(&self, name: &str) -> bool {
        self.defined.contains_key(name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Defined> {
        self.defined.get(name)
    }
}
