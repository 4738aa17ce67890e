//! Problems of the reader as findings.

use crate::engine::{At, Cx, Report};
use crate::finding::Related;
use crate::model::{FileView, Usage};
use crate::render::EventKind;
use crate::source::Span;
use crate::yaml::{Problem, ProblemKind};

/// Reports the problems of one kind in a file.
pub fn report(
    file: &FileView<'_>,
    kind: ProblemKind,
    why: &'static str,
    help: &'static str,
    cx: &mut Cx<'_>,
) {
    // A key that stands twice in a kustomization is no error for Kustomize, and has a rule of its own.
    let duplicates = cx.world().rendering.events.iter().filter(|event| event.kind == EventKind::DuplicateKey);
    let elsewhere: Vec<Span> = duplicates.map(|event| event.span).collect();
    let problems = file.file.parsed.problems.iter();
    // Helm and the API machinery apply both of two merge keys. Kustomize refuses them.
    let is_input = matches!(file.file.usage, Usage::Rendered | Usage::Input);
    let is_merge = |problem: &Problem| cx.map().slice(problem.span) == "<<" && !is_input;
    let problems: Vec<&Problem> = problems
        .filter(|problem| problem.kind == kind && !elsewhere.contains(&problem.span) && !is_merge(problem))
        .collect();
    for problem in problems {
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
