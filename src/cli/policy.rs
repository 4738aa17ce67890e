//! `policy check`: what policies were read as, what is wrong with them, and which of their rules nothing uses.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use camino::Utf8PathBuf;

use crate::engine::{Gather, Mask, Policies};
use crate::finding::Level;
use crate::host::{Host, Stream};
use crate::policy::gatekeeper::{Gatekeeper, Problem, ProblemKind};
use crate::policy::{self, Given, PolicyRule};
use crate::report::{self, escape, plural};
use crate::source::{Source, SourceId, SourceKind, SourceMap, Span};

use super::analysis::use_color;
use super::args::Color;
use super::given::{Gathered, given_at};
use super::policies::{alone, line};
use super::{Exit, Failure};

/// Checks the policies at some paths.
pub(super) fn check(host: &dyn Host, paths: &[Utf8PathBuf]) -> Result<Exit, Failure> {
    let Gathered { given, unread } = given_at(host, paths)?;
    let (world, Policies { loaded, gatekeeper, .. }) = alone(host, &given);
    let templates = objects(&gatekeeper, &world.map);
    if given.policies.is_empty() && templates.is_empty() && unread.is_empty() {
        let paths: Vec<&str> = paths.iter().map(|path| path.as_str()).collect();
        let message = format!(
            "no policies (*.rego, ConstraintTemplates and constraints in *.yaml) in {}",
            paths.join(", ")
        );
        return Err(Failure::Usage(message));
    }
    let mut text: String = unread.iter().map(line).collect();
    let color = use_color(host, Color::Auto, Stream::Stdout);
    for problem in &loaded.problems {
        text += &shown(&given, problem, Level::Error, color);
    }
    for doubt in &loaded.doubts {
        text += &shown(&given, doubt, Level::Warning, color);
    }
    let mut problems = loaded.problems.len() + loaded.doubts.len() + unread.len();
    for problem in gatekeeper.problems.iter().filter(|problem| is_about_itself(problem)) {
        problems += usize::from(problem.kind.is_refused());
        text += &object_shown(&world.map, problem, color);
    }
    for unused in policy::unused(&given) {
        text += &format!(
            "{}:{}: rule `{}` is used by nothing\n",
            escape(&unused.path),
            unused.line,
            escape(&unused.name)
        );
    }
    let readings = given.policies.iter().zip(&loaded.readings);
    let readings = readings.map(|(policy, reading)| (policy.path.as_str(), reading.shown()));
    let rules: Vec<&PolicyRule> =
        loaded.rules.iter().chain(&gatekeeper.rules).chain(&gatekeeper.unused).collect();
    let of_objects = templates.iter().map(|(path, word)| (path.as_str(), (*word).to_owned()));
    for (path, reading) in readings.chain(of_objects) {
        let of_file = rules.iter().filter(|rule| rule.file == path);
        let names: Vec<&str> = of_file.map(|rule| &*rule.rule.name).collect();
        let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        let _ = writeln!(text, "{}: {}{}", escape(path), escape(&reading), escape(&names));
    }
    let _ = writeln!(
        text,
        "{}, {}, {}",
        plural(given.policies.len() + templates.len(), "policy file"),
        plural(rules.len(), "rule"),
        plural(problems, "problem")
    );
    host.print(Stream::Stdout, &text).map_err(Failure::Io)?;
    Ok(if problems == 0 { Exit::Clean } else { Exit::Found })
}

/// The files with objects of Gatekeeper, and what each was read as.
fn objects(gatekeeper: &Gatekeeper, map: &SourceMap) -> BTreeMap<String, &'static str> {
    let path = |span: Span| {
        let at = map.in_file(span).unwrap_or(span);
        map.source(at.source).path().to_string()
    };
    let rules = gatekeeper.rules.iter().chain(&gatekeeper.unused).map(|rule| rule.file.clone());
    let constraints = gatekeeper.constraints.iter().map(|(_, constraint)| path(constraint.place));
    let mut files: BTreeMap<String, &'static str> =
        rules.chain(constraints).map(|path| (path, "Gatekeeper")).collect();
    for problem in &gatekeeper.problems {
        let word = if problem.kind.is_refused() { "broken" } else { "Gatekeeper" };
        let file = files.entry(path(problem.span)).or_insert(word);
        *file = if problem.kind.is_refused() { word } else { file };
    }
    files
}

/// Whether something is wrong with the object itself: templates and constraints often lie in different places.
fn is_about_itself(problem: &Problem) -> bool {
    !matches!(problem.kind, ProblemKind::NoTemplate | ProblemKind::NoConstraint)
}

/// What is wrong with an object, with its line of source.
fn object_shown(map: &SourceMap, problem: &Problem, color: bool) -> String {
    let at = map.in_file(problem.span).unwrap_or(problem.span);
    let mut gather = Gather::new(map);
    gather.file(at.source);
    let level = if problem.kind.is_refused() { Level::Error } else { Level::Warning };
    report::diagnostic(map.source(at.source), &gather.finish(), at, level, "policy", &problem.message, color)
}

/// A problem with its line of source.
fn shown(given: &Given, problem: &crate::rego::PolicyError, level: Level, color: bool) -> String {
    let data =
        || given.data.get(problem.policy.checked_sub(given.policies.len())?).map(|it| (&it.path, &it.text));
    let of_policy = given.policies.get(problem.policy).map(|it| (&it.path, &it.text));
    let Some((path, text)) = of_policy.or_else(data) else {
        return format!("error: {}\n", escape(&problem.message));
    };
    let source = Source::new(path.as_str(), SourceKind::File, text.clone());
    let line = source.line_range(problem.line.max(1));
    let before = text.get(line.clone()).unwrap_or_default();
    let column = before.char_indices().nth(problem.column.saturating_sub(1) as usize).map_or(0, |(at, _)| at);
    let start = line.start + column;
    let word = text.get(start..line.end).unwrap_or_default();
    let length = word
        .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.')
        .filter(|at| *at > 0)
        .unwrap_or(1.min(word.len()));
    let span = Span::new(SourceId(0), start as u32, (start + length) as u32);
    let map = SourceMap::new(vec![source]);
    let source = map.source(SourceId(0));
    let mask = Mask::of_program(SourceId(0), source.text());
    report::diagnostic(source, &mask, span, level, "policy", &problem.message, color)
}
