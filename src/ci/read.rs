//! What all dialects that are YAML are read with.

use crate::shell::{self, Expressions, Script, Variables};
use crate::source::{Segment, Segments, Source, SourceKind, Span};
use crate::yaml::{Cursor, segments};

use super::{Dialect, Job, Step, Text, Variable};

/// Lists in lists are followed this deep.
const DEPTH: u32 = 10;

/// The text of a scalar.
pub(super) fn text(value: Cursor<'_>) -> Option<Text> {
    let text = value.text()?.into_owned();
    let mut lines = Vec::new();
    let mut at = 0;
    for line in text.split('\n') {
        lines.push(value.part(at, at + line.len()));
        at += line.len() + 1;
    }
    Some(Text { text, span: value.span(), lines })
}

/// A scalar, or the scalars of a list.
pub(super) fn texts(value: Option<Cursor<'_>>) -> Vec<Text> {
    let Some(value) = value else { return Vec::new() };
    match text(value) {
        Some(text) => vec![text],
        None => value.items().filter_map(text).collect(),
    }
}

/// A part of a scalar.
pub(super) fn part(value: Cursor<'_>, text: &str, range: std::ops::Range<usize>) -> Text {
    let span = value.part(range.start, range.end);
    Text { text: text.get(range).unwrap_or_default().to_owned(), span, lines: vec![span] }
}

/// The text of a scalar that is this name, as people compare it.
pub(super) fn is(value: Option<Cursor<'_>>, text: &str) -> bool {
    value.and_then(|value| value.text()).is_some_and(|known| known.eq_ignore_ascii_case(text))
}

/// A value, or a list of values.
pub(super) fn one_or_more<'w>(value: Option<Cursor<'w>>) -> Vec<Cursor<'w>> {
    match value {
        Some(value) if value.is_seq() => value.items().collect(),
        Some(value) if !value.is_null() => vec![value],
        _ => Vec::new(),
    }
}

/// Names and values of a mapping, of a list of `name` and `value`, or of a list of `NAME=value`.
pub(super) fn variables(value: Option<Cursor<'_>>) -> Vec<Variable> {
    let Some(value) = value else { return Vec::new() };
    if value.is_map() {
        let entries = value.entries().into_iter();
        return entries.filter_map(|entry| named(entry.key, entry.value)).collect();
    }
    let of_item = |item: Cursor<'_>| match item.text() {
        Some(text) => {
            let (name, rest) = text.split_once('=')?;
            let value = part(item, &text, text.len() - rest.len()..text.len());
            Some(Variable { name: name.to_owned(), value, is_secret: false })
        }
        None => variable(item),
    };
    value.items().filter_map(of_item).collect()
}

/// `{name: …, value: …}`
pub(super) fn variable(item: Cursor<'_>) -> Option<Variable> {
    named(item.get("name")?, item.get("value").or_else(|| item.get("valueFrom"))?)
}

fn named(name: Cursor<'_>, value: Cursor<'_>) -> Option<Variable> {
    let name = name.text()?.into_owned();
    // `from_secret` is Drone's, `secretKeyRef` that of Kubernetes.
    let secret = value.get("from_secret").or_else(|| value.path(&["secretKeyRef", "name"]));
    if let Some(secret) = secret {
        return Some(Variable { name, value: text(secret)?, is_secret: true });
    }
    // GitLab has a value together with its description.
    let value = if value.is_map() { value.get("value")? } else { value };
    Some(Variable { name, value: text(value)?, is_secret: false })
}

/// What a shell knows of variables: values without expressions.
pub(super) fn known<'v>(variables: impl Iterator<Item = &'v Variable>) -> Variables {
    let value = |variable: &Variable| {
        let text = &variable.value.text;
        (!variable.is_secret && !text.contains(['$', '{', '<'])).then(|| text.clone())
    };
    variables.map(|variable| (variable.name.clone(), value(variable))).collect()
}

/// The script that a scalar holds.
pub(super) fn script(
    value: Cursor<'_>,
    expressions: Expressions,
    variables: &mut Variables,
) -> Option<Script> {
    let text = embedded(value)?;
    Some(shell::parse(value.map(), text, expressions, variables))
}

/// The decoded text of a scalar, as a span whose bytes lead back to the file.
pub(super) fn embedded(value: Cursor<'_>) -> Option<Span> {
    let text = value.text()?.into_owned();
    let outer = value.map().source(value.span().source);
    Some(written(value, text, segments(outer.text(), value.node())))
}

/// A text that says what its bytes stand for in the file.
fn written(host: Cursor<'_>, text: String, segments: Segments) -> Span {
    let (map, host) = (host.map(), host.span());
    let length = text.len() as u32;
    let path = map.source(host.source).path();
    let source = map.derive(Source::new(path, SourceKind::Embedded { host, segments }, text));
    Span::new(source, 0, length)
}

/// The scripts that a scalar holds, or a list of them, in one shell.
pub(super) fn scripts(
    value: Option<Cursor<'_>>,
    expressions: Expressions,
    variables: &mut Variables,
) -> Vec<Script> {
    let mut lines = Vec::new();
    if let Some(value) = value {
        scalars(value, DEPTH, &mut lines);
    }
    lines.into_iter().filter_map(|line| script(line, expressions, variables)).collect()
}

fn scalars<'w>(value: Cursor<'w>, depth: u32, lines: &mut Vec<Cursor<'w>>) {
    match depth.checked_sub(1) {
        Some(less) if value.is_seq() => value.items().for_each(|item| scalars(item, less, lines)),
        Some(_) if value.text().is_some() && !value.is_null() => lines.push(value),
        _ => {}
    }
}

/// What a container runs: a program and its arguments as lists. `sh -c` runs a script.
pub(super) fn container(
    command: Option<Cursor<'_>>,
    args: Option<Cursor<'_>>,
    expressions: Expressions,
    variables: &mut Variables,
) -> Option<Script> {
    let words: Vec<Cursor<'_>> = one_or_more(command)
        .into_iter()
        .chain(one_or_more(args))
        .filter(|word| word.text().is_some())
        .collect();
    let program = words.first()?.text()?;
    if is_shell(&program) {
        let is_option = |word: &&Cursor<'_>| word.text().is_some_and(|text| text.starts_with('-'));
        let options = words.iter().skip(1).take_while(is_option).count();
        let takes_script =
            |word: &Cursor<'_>| word.text().is_some_and(|text| !text.starts_with("--") && text.contains('c'));
        // What stands in the place of a file is no script.
        let has_script = words.get(1..=options).is_some_and(|options| options.iter().any(takes_script));
        return script(*words.get(options + 1).filter(|_| has_script)?, expressions, variables);
    }
    argv(&words, None, expressions, variables)
}

/// A command that is written as a list of words, which no shell reads. `program` stands before them when the image
/// brings it along.
pub(super) fn argv(
    words: &[Cursor<'_>],
    program: Option<&str>,
    expressions: Expressions,
    variables: &mut Variables,
) -> Option<Script> {
    let host = *words.first()?;
    let mut text = program.unwrap_or_default().to_owned();
    let mut segments = Segments::default();
    if !text.is_empty() {
        let length = text.len() as u32;
        segments.push(Segment { text: 0, text_len: length, source: host.span().start, source_len: 0 });
    }
    for word in words {
        let start = text.len();
        let decoded = word.text()?;
        if start > 0 {
            text.push(' ');
        }
        text.push('\'');
        text.push_str(&decoded.replace('\'', "'\\''"));
        text.push('\'');
        let span = word.span();
        segments.push(Segment {
            text: start as u32,
            text_len: (text.len() - start) as u32,
            source: span.start,
            source_len: span.len,
        });
    }
    Some(shell::parse(host.map(), written(host, text, segments), expressions, variables))
}

/// Whether a name is that of a shell that plimsoll reads.
pub(super) fn is_shell(program: &str) -> bool {
    matches!(program.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash" | "ksh" | "zsh"))
}

/// Whether a script says by its first line that another program than a shell reads it.
pub(super) fn is_for_shell(script: &str) -> bool {
    let Some(first) = script.trim_start().strip_prefix("#!") else { return true };
    let mut words = first.lines().next().unwrap_or_default().split_whitespace();
    let program = words.next().unwrap_or_default();
    let is_env = program.ends_with("/env");
    let program =
        if is_env { words.find(|word| !word.starts_with('-')).unwrap_or_default() } else { program };
    is_shell(program)
}

/// A step of scripts that share one shell.
pub(super) fn step(name: &str, value: Cursor<'_>, scripts: Vec<Script>) -> Step {
    Step { name: Some(name.to_owned()), scripts, ..Step::at(value.span().part(0, 1)) }
}

/// A job by its name; one that has none is named after its key, and shown where it starts.
pub(super) fn job(dialect: Dialect, name: Cursor<'_>) -> Job {
    match name.text() {
        Some(text) => Job::named(dialect, text.into_owned(), name.span()),
        None => {
            let key = name.key().and_then(|key| key.text());
            let text = key.map_or_else(|| "unnamed".to_owned(), std::borrow::Cow::into_owned);
            Job::named(dialect, text, name.span().part(0, 1))
        }
    }
}
