//! Problems of the reader as findings.

use crate::engine::{At, Cx, Report};
use crate::finding::{Level, Related};
use crate::model::{DocumentKind, FileView, Usage};
use crate::render::EventKind;
use crate::source::{Source, SourceId, SourceKind, SourceMap, Span};
use crate::yaml::{Limits, Problem, ProblemKind, parse};

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
        && documents
            .all(|document| matches!(document.kind, DocumentKind::Unknown | DocumentKind::KustomizeInput));
    let is_values = kind == ProblemKind::DuplicateKey
        && file.file.documents.iter().all(|document| document.kind == DocumentKind::Values);
    let is_of_program = kind == ProblemKind::Syntax && is_json_of_a_program(file);
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
        if is_template || kind == ProblemKind::Syntax && is_filled_in(file, problem.span) {
            finding.level = Level::Note;
            finding.why = "something fills the file in before it is YAML; nothing in it was checked".into();
        } else if is_of_program {
            finding.level = Level::Note;
            finding.why = "no manifest; the program that reads it may take more than JSON".into();
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
/// Handlebars, `{% if … %}` of Jinja, `%{ if … }` of Terraform.
fn is_template(text: &str) -> bool {
    const WORDS: [&str; 8] = ["if", "else", "end", "range", "with", "define", "template", "block"];
    text.lines().map(str::trim_start).any(|line| {
        let action = line.strip_prefix("{{").map(|rest| rest.trim_start_matches(['-', ' ']));
        let is_action = action.is_some_and(|action| {
            let word = action.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
            WORDS.contains(&word) || action.starts_with(['#', '/', '^', '$'])
        });
        is_action || line.starts_with("{%") || line.starts_with("%{") || is_token(line.trim_end())
    })
}

/// `<CERT_MANAGER_ANNOTATION>` alone on a line, for which a script writes one or several lines.
fn is_token(line: &str) -> bool {
    let name = line.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    name.is_some_and(is_name_of_token)
}

fn is_name_of_token(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.len() > 2 && name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(is_part)
}

/// Whether the line of a problem is filled in before it is YAML: an expression stands in braces, a name between `%`, or with
/// a word in the place of its variable the line is read. What Kustomize reads is YAML before Flux fills it in, or never.
fn is_filled_in(file: &FileView<'_>, at: Span) -> bool {
    let text = file.source().text();
    let (before, after) = text.split_at_checked(at.start as usize).unwrap_or((text, ""));
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let length = before.len() - start + after.find('\n').unwrap_or(after.len());
    let line = text.get(start..start + length).unwrap_or_default();
    let is_input = matches!(file.file.usage, Usage::Rendered | Usage::Input);
    // Argo CD and Argo Workflows fill in what is YAML already.
    let has_expression = line.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}"));
    let has_expression = has_expression && !text.contains("argoproj.io/");
    let has_token = line.split('%').skip(1).step_by(2).any(is_name_of_token);
    if !is_input && (has_expression || has_token) {
        return true;
    }
    if !line.contains("${") {
        return false;
    }
    // A line of its own may become any number of lines.
    let is_whole = line.trim().strip_prefix("${").is_some_and(|rest| rest.find('}') == Some(rest.len() - 1));
    !is_input && (is_whole || !is_read(line) && is_read(&filled_in(line)))
}

/// A line with a word in the place of its variables.
fn filled_in(line: &str) -> String {
    let mut made = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("${") {
        made.push_str(before);
        made.push('x');
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    made + rest
}

/// Whether a line alone is YAML.
fn is_read(line: &str) -> bool {
    let map = SourceMap::new(vec![Source::new("line.yaml", SourceKind::File, line.to_owned())]);
    let parsed = parse(map.source(SourceId(0)), SourceId(0), Limits::default());
    !parsed.problems.iter().any(|problem| problem.kind == ProblemKind::Syntax)
}

/// Whether a file of JSON holds no manifest: the configuration of a program, a translation.
fn is_json_of_a_program(file: &FileView<'_>) -> bool {
    let is_json = file.path().extension().is_some_and(|ending| ending == "json");
    let is_manifest = ["apiVersion", "kustomization"].iter().any(|word| file.source().text().contains(word));
    is_json && !is_manifest && !matches!(file.file.usage, Usage::Rendered | Usage::Input)
}

/// Whether the file is one of helmfile's, which are templates of Go whatever they are called.
fn is_of_helmfile(file: &FileView<'_>) -> bool {
    let is_named = file.path().file_name().is_some_and(|name| name.starts_with("helmfile"));
    let is_below = file.path().components().any(|part| part.as_str() == "helmfile.d");
    (is_named || is_below) && file.source().text().contains("{{")
}
