//! Problems of the reader as findings.

use rustc_hash::FxHashSet;

use crate::discover::FileKind;
use crate::engine::{At, Cx, Report};
use crate::finding::{Level, Related};
use crate::model::{DocumentKind, FileView, Usage};
use crate::render::EventKind;
use crate::source::{Source, SourceId, SourceKind, SourceMap, Span};
use crate::yaml::{Cursor, Flags, Kind, Limits, Node, Parsed, Problem, ProblemKind, parse};

use super::joined;
use super::reading::Reading;

/// Reports the problems of one kind in a file.
pub fn report(
    file: &FileView<'_>,
    kind: ProblemKind,
    why: &'static str,
    help: &'static str,
    cx: &mut Cx<'_>,
) {
    let problems = || file.file.parsed.problems.iter().filter(|problem| problem.kind == kind);
    if problems().next().is_none() {
        return;
    }
    // A key that stands twice in a kustomization is no error for Kustomize, and has a rule of its own.
    let duplicates = cx.world().rendering.events.iter().filter(|event| event.kind == EventKind::DuplicateKey);
    let elsewhere: FxHashSet<Span> = duplicates.map(|event| event.span).collect();
    // Helm and the API machinery apply both of two merge keys. Kustomize refuses them.
    let is_input = matches!(file.file.usage, Usage::Rendered | Usage::Input);
    let is_merge = |problem: &Problem| cx.map().slice(problem.span) == "<<" && !is_input;
    let problems: Vec<&Problem> =
        problems().filter(|problem| !elsewhere.contains(&problem.span) && !is_merge(problem)).collect();
    // That `---` is missing is one mistake, however many keys stand twice for it.
    let joined = joined::objects(if kind == ProblemKind::DuplicateKey { &problems } else { &[] }, file.map);
    let rest: FxHashSet<Span> = joined.values().flatten().copied().collect();
    let reading = Reading::of(file, cx.world());
    if file.file.kind == FileKind::Template && reading == Reading::Unknown {
        return;
    }
    let is_template = file.file.kind == FileKind::Template || is_of_helmfile(file);
    let marks = marks(file.source().text());
    let is_filled_in = |problem: &Problem| {
        kind == ProblemKind::Syntax
            && reading != Reading::AsItIs
            && (is_template || is_filled_in(file.source().text(), problem.span, marks))
    };
    // What other programs read may allow a key to stand twice.
    let mut documents = file.file.documents.iter().peekable();
    let is_foreign = kind == ProblemKind::DuplicateKey
        && documents.peek().is_some()
        && documents
            .all(|document| matches!(document.kind, DocumentKind::Unknown | DocumentKind::KustomizeInput));
    let is_values = kind == ProblemKind::DuplicateKey
        && file.file.documents.iter().all(|document| document.kind == DocumentKind::Values);
    let is_of_program =
        kind == ProblemKind::Syntax && reading != Reading::AsItIs && is_json_of_a_program(file);
    for problem in problems.into_iter().filter(|problem| !rest.contains(&problem.span)) {
        let mut report = Report { message: problem.message.clone(), why: why.into(), help: help.into() };
        if joined.contains_key(&problem.span) {
            report.message = "an object begins here, and nothing parts it from the one before".into();
            report.help = "write `---` on a line of its own before it".into();
        }
        let finding = cx.report(At::span(problem.span), report);
        finding.related.extend(
            problem
                .related
                .iter()
                .map(|(span, message)| Related { span: *span, message: message.clone().into() }),
        );
        if is_foreign || is_values && says_the_same(&file.file.parsed, file.map, problem) {
            finding.level = finding.level.lowered();
        }
        if is_filled_in(problem) {
            finding.level = Level::Note;
            finding.why = "something fills the file in before it is YAML; nothing in it was checked".into();
        } else if is_of_program {
            finding.level = Level::Note;
            finding.why = "no manifest; the program that reads it may take more than JSON".into();
        }
    }
}

/// Whether a key stands there again with the same value, so that nothing is lost.
fn says_the_same(parsed: &Parsed, map: &SourceMap, problem: &Problem) -> bool {
    let arena = &parsed.arena;
    // The nodes are in the order of the text. A mapping begins where its first key does.
    let value = |key: Span| {
        let start = arena.nodes.partition_point(|node| node.span.start < key.start);
        let mut here = arena.nodes.iter().enumerate().skip(start);
        let (at, key) = here.find(|(_, node)| node.kind == Kind::Scalar).filter(|(_, it)| it.span == key)?;
        let value = at + key.skip as usize;
        let skip = arena.nodes.get(value)?.skip as usize;
        Some((value, arena.nodes.get(value..value + skip)?))
    };
    let first = problem.related.as_ref().and_then(|(span, _)| value(*span));
    let (Some((first, ones)), Some((second, others))) = (first, value(problem.span)) else { return false };
    let is_same = |(offset, (one, other)): (usize, (&Node, &Node))| {
        let read = |from: usize| {
            let scalar = Cursor::at(map, arena, (from + offset) as u32);
            (scalar.text(), scalar.string().is_some())
        };
        let is_plain = !one.flags.has(Flags::PROPERTIES) && !other.flags.has(Flags::PROPERTIES);
        is_plain
            && one.kind == other.kind
            && match one.kind {
                Kind::Scalar => read(first) == read(second),
                Kind::Map | Kind::Seq | Kind::Alias => one.aux == other.aux,
            }
    };
    // Of very different values, the sizes differ: what is read is no more than what is written.
    ones.len() == others.len() && ones.iter().zip(others).enumerate().all(is_same)
}

/// Whether a line is for a program that fills the file in: `{{ if … }}` and `{{ end }}` of Go, `{{#each}}` of Handlebars,
/// `{% if … %}` of Jinja, `%{ if … }` of Terraform, `<CERT_MANAGER_ANNOTATION>`.
fn is_instruction(line: &str) -> bool {
    const WORDS: [&str; 8] = ["if", "else", "end", "range", "with", "define", "template", "block"];
    let line = line.trim();
    let action = line.strip_prefix("{{").map(|rest| rest.trim_start_matches(['-', ' ']));
    let is_action = action.is_some_and(|action| {
        let word = action.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        WORDS.contains(&word) || action.starts_with(['#', '/', '^', '$'])
    });
    // A token alone on a line, for which a script writes one or several lines.
    let token = line.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    is_action || line.starts_with("{%") || line.starts_with("%{") || token.is_some_and(is_name_of_token)
}

fn is_name_of_token(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.len() > 2 && name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(is_part)
}

/// Whether the place of a problem is filled in before it is YAML: an instruction stands there or beside it, or with a word
/// in the place of an expression the line is read. What stands elsewhere in the file explains nothing.
fn is_filled_in(text: &str, at: Span, marks: &[(&str, &str)]) -> bool {
    let (before, _) = text.split_at_checked(at.start as usize).unwrap_or((text, ""));
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let previous = text[..start].trim_end_matches('\n').rsplit('\n').next().unwrap_or_default();
    let mut lines = text[start..].lines();
    let line = lines.next().unwrap_or_default();
    let mut is_beside = || [previous, lines.next().unwrap_or_default()].into_iter().any(is_instruction);
    // A line of its own may become any number of lines.
    let variable = line.trim().strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let is_variable = variable.is_some_and(|name| !name.contains('}'));
    is_variable || is_instruction(line) || is_beside() || !is_read(line) && is_read(&filled_in(line, marks))
}

/// Between what the expressions of a text stand. Argo CD and Argo Workflows fill in what is YAML already.
fn marks(text: &str) -> &'static [(&'static str, &'static str)] {
    match text.contains("argoproj.io/") {
        true => &[("${", "}")],
        false => &[("${", "}"), ("{{", "}}")],
    }
}

/// A line with a word in the place of its expressions: `${NAME}`, `{{ .Name }}`, `%NAME%`.
fn filled_in(line: &str, marks: &[(&str, &str)]) -> String {
    let mut made = line.to_owned();
    for (open, close) in marks {
        let (mut next, mut rest) = (String::new(), made.as_str());
        while let Some((before, after)) = rest.split_once(open) {
            next = next + before + "x";
            rest = after.split_once(close).map_or("", |(_, rest)| rest);
        }
        made = next + rest;
    }
    let mut parts = made.split('%').peekable();
    let mut filled = parts.next().unwrap_or_default().to_owned();
    while let Some(part) = parts.next() {
        match is_name_of_token(part) && parts.peek().is_some() {
            true => filled = filled + "x" + parts.next().unwrap_or_default(),
            false => filled = filled + "%" + part,
        }
    }
    filled
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
    is_json && !is_manifest
}

/// Whether the file is one of helmfile's, which are templates of Go whatever they are called.
fn is_of_helmfile(file: &FileView<'_>) -> bool {
    let is_named = file.path().file_name().is_some_and(|name| name.starts_with("helmfile"));
    let is_below = file.path().components().any(|part| part.as_str() == "helmfile.d");
    (is_named || is_below) && file.source().text().contains("{{")
}
