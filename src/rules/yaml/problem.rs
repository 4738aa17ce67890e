//! Problems of the reader as findings.

use crate::engine::{At, Cx, Report};
use crate::finding::Related;
use crate::model::FileView;
use crate::yaml::ProblemKind;

/// Reports the problems of one kind in a file.
pub fn report(
    file: &FileView<'_>,
    kind: ProblemKind,
    why: &'static str,
    help: &'static str,
    cx: &mut Cx<'_>,
) {
    for problem in file.file.parsed.problems.iter().filter(|problem| problem.kind == kind) {
        let report = Report { message: problem.message.clone(), why: why.into(), help: help.into() };
        let finding = cx.report(At::span(problem.span), report);
        finding.related.extend(
            problem
                .related
                .iter()
                .map(|(span, message)| Related { span: *span, message: message.clone().into() }),
        );
    }
}
