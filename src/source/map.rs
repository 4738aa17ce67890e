//! The table of all sources and steps of one revision of one repository.

use super::{Input, InputRole, Source, SourceId, SourceKind, Span, Step, StepId};

/// All sources and render steps. Files come first, in the order of their paths; derived sources and steps are
/// appended while units render, from many threads, through a shared reference.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: Vec<Source>,
    derived: boxcar::Vec<Source>,
    steps: boxcar::Vec<Step>,
}

impl SourceMap {
    /// A map over the files of a repository. File `i` gets `SourceId(i)`.
    pub fn new(files: Vec<Source>) -> Self {
        Self { files, ..Self::default() }
    }

    /// Adds an embedded or synthetic source.
    pub fn derive(&self, source: Source) -> SourceId {
        SourceId((self.files.len() + self.derived.push(source)) as u32)
    }

    /// Records a step.
    pub fn record(&self, step: Step) -> StepId {
        StepId(self.steps.push(step) as u32 + 1)
    }

    /// The source with this id. Ids are only made by this map, so an unknown one is a defect of plimsoll.
    pub fn source(&self, id: SourceId) -> &Source {
        let index = id.0 as usize;
        self.files.get(index).unwrap_or_else(|| &self.derived[index - self.files.len()])
    }

    /// The files of the repository, sorted by path.
    pub fn files(&self) -> &[Source] {
        &self.files
    }

    /// The step with this id; `None` for a parsed value.
    pub fn step(&self, id: StepId) -> Option<&Step> {
        id.0.checked_sub(1).and_then(|index| self.steps.get(index as usize))
    }

    /// The text of a span, as it stands in its source.
    pub fn slice(&self, span: Span) -> &str {
        self.source(span.source).slice(span)
    }

    /// The span in a file that a span of an embedded document stands for; `None` for text that no file holds.
    pub fn in_file(&self, mut span: Span) -> Option<Span> {
        loop {
            match self.source(span.source).kind() {
                SourceKind::File => return Some(span),
                SourceKind::Embedded { host, segments } => {
                    let (start, end) = segments.source_range(span.start as usize, span.end() as usize);
                    span = Span::new(host.source, start, end);
                }
                SourceKind::Synthetic => return None,
            }
        }
    }

    /// The newest place where a person can edit a value: where it is written, or for text that a step made,
    /// what that step made it from. `None` only for synthetic text without a step.
    pub fn editable(&self, span: Span, step: StepId) -> Option<Span> {
        if let Some(span) = self.in_file(span) {
            return Some(span);
        }
        let step = self.step(step)?;
        let value = step.inputs.iter().find(|input| input.role == InputRole::Value);
        value.and_then(|input| self.in_file(input.span)).or_else(|| self.in_file(step.entry))
    }

    /// Every place, newest first, that had a part in a value, without the editable one: what the steps read and
    /// replaced. Each comes with the words that say what it is.
    pub fn history(&self, span: Span, step: StepId) -> Vec<(Span, &'static str)> {
        let newest = self.editable(span, step);
        let mut places = Vec::new();
        let mut next = self.step(step);
        while let Some(step) = next {
            places.push((step.entry, step.what.describe()));
            places.extend(step.inputs.iter().map(|input: &Input| match input.role {
                InputRole::Value => (input.span, step.what.describe()),
                InputRole::Replaced => (input.span, "value before this step"),
            }));
            next = self.step(step.previous);
        }
        let mut seen: Vec<Span> = newest.into_iter().collect();
        let mut history = Vec::new();
        for (span, what) in places {
            if let Some(span) = self.in_file(span)
                && !seen.contains(&span)
            {
                seen.push(span);
                history.push((span, what));
            }
        }
        history
    }
}
