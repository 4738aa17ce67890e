//! Problems of the reader as findings.

use crate::engine::{At, Cx, Report};
use crate::finding::{Level, Related};
use crate::model::{DocumentKind, FileView, Usage};
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
    let is_template = kind == ProblemKind::Syntax
        && !problems.is_empty()
        && (is_template(file.source().text()) || is_of_helmfile(file));
    // What other programs read may allow a key to stand twice.
    let mut documents = file.file.documents.iter().peekable();
    let is_foreign = kind == ProblemKind::DuplicateKey
        && documents.peek().is_some()
        && documents.all(|document| document.kind == DocumentKind::Unknown);
    let is_values = kind == ProblemKind::DuplicateKey
        && file.file.documents.iter().all(|document| document.kind == DocumentKind::Values);
    for problem in problems {
        let report = Report { message: problem.message.clone(), why: why.into(), help: help.into() };
        let finding = cx.report(At::span(problem.span), report);
        finding.related.extend(
            problem
                .related
                .iter()
                .map(|(span, message)| Related { span: *span, message: message.clone().into() }),
        );
        if is_foreign || is_values && says_the_same(file, problem) {
            finding.level = finding.level.lowered();
        }
        if is_template || kind == ProblemKind::Syntax && is_filled_in(file.source().text(), problem.span) {
            finding.level = Level::Note;
            finding.why = "something fills the file in before it is YAML; nothing in it was checked".into();
        }
    }
}

/// Whether a key of Helm values stands there again with the same text, so that nothing is lost.
fn says_the_same(file: &FileView<'_>, problem: &Problem) -> bool {
    let entry = |at: Span| {
        let (before, after) = file.source().text().split_at_checked(at.start as usize)?;
        let indent = before.len() - before.rfind('\n').map_or(0, |end| end + 1);
        let is_below = |line: &&str| line.trim().is_empty() || line.len() - line.trim_start().len() > indent;
        let mut lines = after.lines();
        let first = lines.next()?;
        let texts = std::iter::once(first).chain(lines.take_while(is_below));
        let texts = texts.map(|line| line.split(" #").next().unwrap_or_default().trim());
        Some(texts.filter(|line| !line.is_empty()).collect::<Vec<_>>())
    };
    let first = problem.related.as_ref().map(|(span, _)| *span);
    first.is_some_and(|first| entry(first).is_some() && entry(first) == entry(problem.span))
}

/// Whether lines of the text are for a program that fills it in: `{{ if … }}` and `{{ end }}` of Go, `{{#each}}` of
/// Handlebars, `{% if … %}` of Jinja.
fn is_template(text: &str) -> bool {
    const WORDS: [&str; 8] = ["if", "else", "end", "range", "with", "define", "template", "block"];
    text.lines().map(str::trim_start).any(|line| {
        let action = line.strip_prefix("{{").map(|rest| rest.trim_start_matches(['-', ' ']));
        let is_action = action.is_some_and(|action| {
            let word = action.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
            WORDS.contains(&word) || action.starts_with(['#', '/', '^', '$'])
        });
        is_action || line.starts_with("{%")
    })
}

/// Whether the line of a problem has a variable of Flux's substitution or a value of a template of Go, which may make it
/// YAML. Argo CD and Argo Workflows fill in what is YAML already.
fn is_filled_in(text: &str, at: Span) -> bool {
    let (before, after) = text.split_at_checked(at.start as usize).unwrap_or((text, ""));
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let length = before.len() - start + after.find('\n').unwrap_or(after.len());
    let is_value = |line: &str| line.contains("{{") && line.contains("}}") && !text.contains("argoproj.io/");
    text.get(start..start + length).is_some_and(|line| line.contains("${") || is_value(line))
}

/// Whether the file is one of helmfile's, which are templates of Go whatever they are called.
fn is_of_helmfile(file: &FileView<'_>) -> bool {
    let is_named = file.path().file_name().is_some_and(|name| name.starts_with("helmfile"));
    let is_below = file.path().components().any(|part| part.as_str() == "helmfile.d");
    (is_named || is_below) && file.source().text().contains("{{")
}
