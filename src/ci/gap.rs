//! What of pipelines could not be read, and why.

use crate::shell::ProblemKind;
use crate::source::{SourceMap, Span};

use super::Pipelines;

/// A part of a pipeline that could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gap {
    /// Where it is named.
    pub span: Span,
    /// Why.
    pub kind: GapKind,
}

/// Why a part of a pipeline could not be read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum GapKind {
    /// It is part of another repository, or of the platform.
    Elsewhere,
    /// A file that this repository does not have.
    Missing,
    /// Its name is known when the pipeline runs.
    Computed,
    /// A shell script, or a part of it.
    Script(ProblemKind),
}

impl GapKind {
    /// The words of the coverage line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Elsewhere => "parts from elsewhere",
            Self::Missing => "files that do not exist",
            Self::Computed => "parts with a computed name",
            Self::Script(ProblemKind::Syntax) => "lines of scripts",
            Self::Script(ProblemKind::TooLarge) => "scripts that are too large",
            Self::Script(ProblemKind::TooDeep | ProblemKind::TooHard) => "scripts that are nested too deeply",
        }
    }

    /// Whether a person should be told the place: the pipeline is broken, or nobody would expect the limit.
    pub fn is_notable(self) -> bool {
        !matches!(self, Self::Elsewhere | Self::Computed | Self::Script(ProblemKind::Syntax))
    }
}

impl Gap {
    /// What happened, for a person, and what it means for the result.
    pub fn describe(&self, map: &SourceMap) -> String {
        match self.kind {
            GapKind::Script(_) => {
                "a script is too large or nested too deeply to be read, so it is not checked".to_owned()
            }
            _ => {
                let name = map.slice(self.span);
                format!(
                    "the pipeline includes `{name}`, which does not exist, so what that runs is not checked"
                )
            }
        }
    }
}

/// Adds what scripts could not be read of, and takes repetitions out: jobs share what they extend.
pub(super) fn finish(map: &SourceMap, pipelines: &mut Pipelines) {
    let steps = pipelines.jobs.iter().flat_map(|job| &job.steps);
    let problems = steps.flat_map(|step| &step.scripts).flat_map(|script| &script.problems);
    pipelines
        .gaps
        .extend(problems.map(|problem| Gap { span: problem.span, kind: GapKind::Script(problem.kind) }));
    for gap in &mut pipelines.gaps {
        gap.span = map.in_file(gap.span).unwrap_or(gap.span);
    }
    let place = |gap: &Gap| (gap.span.source, gap.span.start, gap.span.len, gap.kind);
    pipelines.gaps.sort_by_key(place);
    pipelines.gaps.dedup();
}
