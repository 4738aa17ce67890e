//! `policy check`: what policies were read as, what is wrong with them, and which of their rules nothing uses.

use std::fmt::Write as _;

use camino::Utf8PathBuf;

use crate::engine::Gather;
use crate::finding::Level;
use crate::host::{Host, Stream};
use crate::policy::{self, Given};
use crate::report::{self, escape, plural};
use crate::source::{Source, SourceId, SourceKind, SourceMap, Span};

use super::analysis::use_color;
use super::args::Color;
use super::given::{Gathered, given_at};
use super::policies::{loaded, unread as unread_line};
use super::{Exit, Failure};

/// Checks the policies at some paths.
pub(super) fn check(host: &dyn Host, paths: &[Utf8PathBuf]) -> Result<Exit, Failure> {
    let Gathered { given, unread } = given_at(host, paths)?;
    if given.policies.is_empty() && unread.is_empty() {
        let paths: Vec<&str> = paths.iter().map(|path| path.as_str()).collect();
        return Err(Failure::Usage(format!("no policies (*.rego) in {}", paths.join(", "))));
    }
    let loaded = loaded(&given);
    let mut text: String = unread.iter().map(unread_line).collect();
    let color = use_color(host, Color::Auto, Stream::Stdout);
    for problem in &loaded.problems {
        text += &shown(&given, problem, color);
    }
    for unused in policy::unused(&given) {
        text += &format!(
            "{}:{}: rule `{}` is used by nothing\n",
            escape(&unused.path),
            unused.line,
            escape(&unused.name)
        );
    }
    for (policy, reading) in given.policies.iter().zip(&loaded.readings) {
        let rules: Vec<&str> = loaded
            .rules
            .iter()
            .filter(|rule| given.policies.get(rule.policy).is_some_and(|of| of.path == policy.path))
            .map(|rule| &*rule.rule.name)
            .collect();
        let rules = if rules.is_empty() { String::new() } else { format!(" ({})", rules.join(", ")) };
        let _ = writeln!(text, "{}: {}{}", escape(&policy.path), escape(&reading.shown()), escape(&rules));
    }
    let problems = loaded.problems.len() + unread.len();
    let _ = writeln!(
        text,
        "{}, {}, {}",
        plural(given.policies.len(), "policy file"),
        plural(loaded.rules.len(), "rule"),
        plural(problems, "problem")
    );
    host.print(Stream::Stdout, &text).map_err(Failure::Io)?;
    Ok(if problems == 0 { Exit::Clean } else { Exit::Found })
}

/// A problem with its line of source.
fn shown(given: &Given, problem: &crate::rego::PolicyError, color: bool) -> String {
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
    let mut gather = Gather::new(&map);
    gather.file(SourceId(0));
    let (source, mask) = (map.source(SourceId(0)), gather.finish());
    report::diagnostic(source, &mask, span, Level::Error, "policy", &problem.message, color)
}
