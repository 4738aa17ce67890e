//! Makefiles: targets with their recipes.
//!
//! Reads what a person reads: rules, recipes, and variables that are set once to a plain text. Functions, `define` and
//! conditionals are passed over; what they would make is not known.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::source::{SourceId, SourceMap, Span};

use super::Dialect;
use super::decoded::{Decoded, MARKS};
use super::runnable::{Body, Runnable};

/// Programs that variables are named after, with directories in front that nobody knows: `$(LOCALBIN)/kustomize`.
const PROGRAMS: [&str; 12] = [
    "kubectl",
    "kustomize",
    "helm",
    "helmfile",
    "oc",
    "kind",
    "k3d",
    "flux",
    "argocd",
    "envsubst",
    "kubeconform",
    "docker",
];
/// Longer values of variables are not known, in bytes.
const VALUE: usize = 1000;
/// Words in front of an assignment.
const MODIFIERS: [&str; 4] = ["export", "override", "private", "unexport"];

/// Values of variables; `None` for one that is set to something that is not known.
type Values = FxHashMap<String, Option<String>>;

/// The targets of a Makefile.
pub(super) fn targets(map: &SourceMap, source: SourceId) -> Vec<Runnable> {
    let mut reader =
        Reader { text: map.source(source).text(), source, values: Values::default(), rules: Vec::new() };
    reader.read();
    let Reader { text, values, rules, .. } = reader;
    let one_shell = rules.iter().any(|rule| rule.names.first().is_some_and(|name| name == ".ONESHELL"));
    let runnable = |rule: Rule| {
        let bodies = bodies(map, source, text, &values, &rule.lines, one_shell);
        Runnable {
            dialect: Dialect::Make,
            source,
            names: rule.names,
            span: rule.span,
            bodies,
            needs: rule.needs,
        }
    };
    let is_target = |rule: &Rule| rule.names.first().is_some_and(|name| !name.starts_with('.'));
    rules.into_iter().filter(is_target).map(runnable).collect()
}

/// A rule with its recipe.
struct Rule {
    names: Vec<String>,
    needs: Vec<String>,
    span: Span,
    /// The lines of the recipe, each with the lines it goes on in, without the tab.
    lines: Vec<Range<usize>>,
}

struct Reader<'t> {
    text: &'t str,
    source: SourceId,
    values: Values,
    rules: Vec<Rule>,
}

impl Reader<'_> {
    fn read(&mut self) {
        let mut at = 0;
        let mut defines = 0_u32;
        let mut has_rule = false;
        while at < self.text.len() {
            let line = self.line(at);
            at = line.end + 1;
            let text = self.text.get(line.clone()).unwrap_or_default();
            if text.starts_with('\t') && defines == 0 {
                if let Some(rule) = self.rules.last_mut().filter(|_| has_rule) {
                    rule.lines.push(line.start + 1..line.start + text.trim_end_matches('\r').len());
                }
                continue;
            }
            let plain = text.trim_start();
            let first = plain.split_whitespace().next().unwrap_or_default();
            match first {
                "define" => defines += 1,
                "endef" => defines = defines.saturating_sub(1),
                _ if defines > 0 || first.is_empty() || first.starts_with('#') => {}
                "ifeq" | "ifneq" | "ifdef" | "ifndef" | "else" | "endif" | "include" | "-include"
                | "sinclude" | "vpath" => {}
                _ => has_rule = self.statement(line, has_rule),
            }
        }
    }

    /// The logical line that starts at an offset: physical lines are joined by a backslash at their end.
    fn line(&self, start: usize) -> Range<usize> {
        let bytes = self.text.as_bytes();
        let mut from = start;
        loop {
            let rest = bytes.get(from..).unwrap_or_default();
            let Some(length) = memchr::memchr(b'\n', rest) else { return start..bytes.len() };
            let line = rest.get(..length).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let slashes = line.iter().rev().take_while(|byte| **byte == b'\\').count();
            if slashes % 2 == 0 {
                return start..from + length;
            }
            from += length + 1;
        }
    }

    /// An assignment or a rule. Returns whether lines of a recipe may follow.
    fn statement(&mut self, line: Range<usize>, has_rule: bool) -> bool {
        let text = self.text.get(line.clone()).unwrap_or_default();
        let Some(mark) = operator(text) else { return has_rule };
        let before = text.get(..mark).unwrap_or_default();
        let behind = text.get(mark..).unwrap_or_default();
        if let Some(assignment) = assignment(behind) {
            self.assign(before, assignment);
            return has_rule;
        }
        let behind = behind.trim_start_matches([':', '&']);
        // `target: NAME = value` sets a variable for a target.
        if operator(behind).is_some_and(|mark| assignment(behind.get(mark..).unwrap_or_default()).is_some()) {
            return false;
        }
        let (needs, recipe) = behind.split_once(';').unwrap_or((behind, ""));
        let needs = needs.split_once('#').map_or(needs, |(needs, _)| needs);
        let plain = |word: &&str| !word.contains('$') && *word != "\\" && *word != "|";
        let words = |text: &str| text.split_whitespace().filter(plain).map(str::to_owned).collect();
        let mut lines = Vec::new();
        if !recipe.trim().is_empty() {
            lines.push(line.end - recipe.len()..line.end);
        }
        let trimmed = before.trim_end();
        let indent = trimmed.len() - trimmed.trim_start().len();
        let span = Span::new(self.source, (line.start + indent) as u32, (line.start + trimmed.len()) as u32);
        self.rules.push(Rule { names: words(before), needs: words(needs), span, lines });
        true
    }

    /// Remembers a plain value; a variable that is set twice is not known, since nobody asks what a condition says.
    fn assign(&mut self, before: &str, assignment: Assignment<'_>) {
        let mut words = before.split_whitespace().filter(|word| !MODIFIERS.contains(word));
        let (Some(name), None) = (words.next(), words.next()) else { return };
        let (value, _) = assignment.value.split_once(" #").unwrap_or((assignment.value, ""));
        let value = expanded(value.trim(), &self.values);
        let is_again = self.values.contains_key(name);
        let value = match assignment.kind {
            Kind::Set if !is_again => value,
            // A default does not change what is set.
            Kind::Default if is_again => return,
            Kind::Default => value,
            Kind::Set | Kind::Unknown => None,
        };
        self.values.insert(name.to_owned(), value);
    }
}

/// What an assignment does.
struct Assignment<'t> {
    kind: Kind,
    value: &'t str,
}

enum Kind {
    Set,
    Default,
    Unknown,
}

/// The operator of an assignment at the start of a text, with the value behind it.
fn assignment(text: &str) -> Option<Assignment<'_>> {
    let kinds = [
        (":::=", Kind::Set),
        ("::=", Kind::Set),
        (":=", Kind::Set),
        ("=", Kind::Set),
        ("?=", Kind::Default),
        ("+=", Kind::Unknown),
        ("!=", Kind::Unknown),
    ];
    kinds
        .into_iter()
        .find_map(|(operator, kind)| text.strip_prefix(operator).map(|value| Assignment { kind, value }))
}

/// Where the operator of a rule or of an assignment starts: the first that stands in no reference to a variable.
fn operator(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let mut before = b' ';
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'{' => depth += 1,
            b')' | b'}' => depth = depth.saturating_sub(1),
            b'#' if depth == 0 => return None,
            b':' if depth == 0 => return Some(at),
            b'=' if depth == 0 && matches!(before, b'?' | b'+' | b'!') => return Some(at - 1),
            b'=' if depth == 0 => return Some(at),
            _ => {}
        }
        before = byte;
    }
    None
}

/// A value with the variables in it, when all of them are known.
fn expanded(value: &str, values: &Values) -> Option<String> {
    let mut text = String::new();
    let mut known = value.len() <= VALUE && !value.contains('\\');
    references(value, 0..value.len(), |piece| match piece {
        Piece::Text(range) => text += value.get(range).unwrap_or_default(),
        Piece::Dollar(_) => text.push_str("$$"),
        Piece::Reference { name, .. } => match values.get(name) {
            Some(Some(value)) => text += value,
            _ => known = false,
        },
    });
    if known && text.len() <= VALUE {
        return Some(text);
    }
    // A program is known by its name, wherever it lies.
    let (_, name) = value.rsplit_once('/')?;
    let name = name.split(['-', '@']).next().unwrap_or_default();
    PROGRAMS.contains(&name).then(|| name.to_owned())
}

/// A piece of a line.
enum Piece<'t> {
    Text(Range<usize>),
    /// `$$`
    Dollar(Range<usize>),
    /// `$(NAME)`, `${NAME}`, `$@`; the name is all that stands between the brackets.
    Reference {
        name: &'t str,
        range: Range<usize>,
    },
}

/// Takes a part of a text to pieces.
fn references<'t>(text: &'t str, part: Range<usize>, mut each: impl FnMut(Piece<'t>)) {
    let bytes = text.as_bytes().get(..part.end).unwrap_or_default();
    let mut at = part.start;
    while let Some(found) = memchr::memchr(b'$', bytes.get(at..).unwrap_or_default()) {
        let dollar = at + found;
        if at < dollar {
            each(Piece::Text(at..dollar));
        }
        let next = bytes.get(dollar + 1).copied();
        let range = match next {
            Some(b'$') => {
                each(Piece::Dollar(dollar..dollar + 2));
                at = dollar + 2;
                continue;
            }
            // Without its end, the rest of the line is the name.
            Some(open @ (b'(' | b'{')) => dollar..closed(bytes, dollar + 1, open).unwrap_or(bytes.len()),
            Some(byte) if byte.is_ascii() && byte != b'\n' => dollar..dollar + 2,
            _ => dollar..dollar + 1,
        };
        at = range.end;
        let name = match next {
            Some(b'(' | b'{') => text.get(range.start + 2..range.end.saturating_sub(1)),
            _ => text.get(range.start + 1..range.end),
        };
        each(Piece::Reference { name: name.unwrap_or_default(), range });
    }
    if at < bytes.len() {
        each(Piece::Text(at..bytes.len()));
    }
}

/// The offset behind the bracket that closes the one at `at`.
fn closed(bytes: &[u8], at: usize, open: u8) -> Option<usize> {
    let close = if open == b'(' { b')' } else { b'}' };
    let mut depth = 0_u32;
    for (offset, &byte) in bytes.get(at..)?.iter().enumerate() {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + offset + 1);
            }
        }
    }
    None
}

/// The texts that shells read: one a line, unless the file wants one for all.
fn bodies(
    map: &SourceMap,
    source: SourceId,
    text: &str,
    values: &Values,
    lines: &[Range<usize>],
    one_shell: bool,
) -> Vec<Body> {
    let mut bodies = Vec::new();
    let mut decoded = Decoded::new(text);
    for line in lines {
        let written = text.get(line.clone()).unwrap_or_default();
        let start = line.end - written.trim_start_matches([' ', '\t', '@', '-', '+']).len();
        references(text, start..line.end, |piece| match piece {
            Piece::Text(range) => decoded.copy(range),
            Piece::Dollar(range) => decoded.put("$", range),
            Piece::Reference { name: "MAKE", range } => decoded.put("make", range),
            Piece::Reference { name, range } => match values.get(name) {
                Some(Some(value)) => decoded.put(&value.replace("$$", "$"), range),
                _ => decoded.opaque(range),
            },
        });
        if one_shell {
            decoded.put("\n", line.end..line.end);
            continue;
        }
        let line = std::mem::replace(&mut decoded, Decoded::new(text));
        if !line.is_blank() {
            bodies.push(Body { text: line.finish(map, source), expressions: MARKS });
        }
    }
    if !decoded.is_blank() {
        bodies.push(Body { text: decoded.finish(map, source), expressions: MARKS });
    }
    bodies
}
