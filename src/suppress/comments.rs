//! The comments of files that are no YAML: which marks each kind of file has, and where comments stand.
//!
//! Only files that name plimsoll get here. Must not know what a comment says. A mark counts at the start of a line or
//! behind white space, and not in quotes that are closed on their line: a `#` of a URL or a colour is no comment.

use std::ops::Range;

use crate::discover::FileKind;
use crate::shell;
use crate::source::{Source, SourceId, Span};
use crate::yaml::Comment;

/// The comments of a kind of file.
struct Marks {
    /// Marks of comments that end with their line.
    line: &'static [&'static str],
    /// Marks around comments of any length.
    block: &'static [(&'static str, &'static str)],
}

const HASH: Marks = Marks { line: &["#"], block: &[] };
const INI: Marks = Marks { line: &["#", ";"], block: &[] };
const TEMPLATE: Marks = Marks { line: &["#"], block: &[("{{/*", "*/"), ("{{- /*", "*/")] };
const SLASHES: Marks = Marks { line: &["//"], block: &[("/*", "*/")] };
const HCL: Marks = Marks { line: &["#", "//"], block: &[("/*", "*/")] };
const MARKDOWN: Marks = Marks { line: &[], block: &[("<!--", "-->")] };

impl Marks {
    /// Those of a kind; `None` where something better than marks tells, or where there are no comments.
    fn of(kind: FileKind) -> Option<&'static Marks> {
        Some(match kind {
            FileKind::Makefile | FileKind::Justfile | FileKind::Codeowners | FileKind::GitIgnore => &HASH,
            // `.env` has `#`; what calls itself so and is read by something else has `;`.
            FileKind::Text => &INI,
            FileKind::Template => &TEMPLATE,
            FileKind::Jenkinsfile => &SLASHES,
            FileKind::Terraform => &HCL,
            FileKind::Markdown => &MARKDOWN,
            FileKind::Yaml | FileKind::Json | FileKind::Shell => return None,
        })
    }
}

/// The comments of a file, in their order, each from its mark to the end of its text; one for every line of those of
/// several lines.
pub(super) fn list(source: &Source, id: SourceId, kind: FileKind) -> Vec<Comment> {
    let text = source.text();
    let ranges = match (kind, Marks::of(kind)) {
        (_, Some(marks)) => marked(text, marks),
        (FileKind::Shell, None) => shell::comments(text),
        _ => Vec::new(),
    };
    ranges.into_iter().map(|range| comment(text, id, range)).collect()
}

/// A comment at some bytes of a text.
pub(super) fn comment(text: &str, id: SourceId, range: Range<usize>) -> Comment {
    let blank = |part: &str| part.trim_matches([' ', '\t', '\r', '*', '/', '-', '>', '{', '}']).is_empty();
    let before = text.get(..range.start).unwrap_or_default();
    let before = before.rsplit('\n').next().unwrap_or_default();
    let after = text.get(range.end..).unwrap_or_default();
    let after = after.split('\n').next().unwrap_or_default();
    let span = Span::new(id, range.start as u32, range.end as u32);
    Comment { span, own_line: blank(before) && blank(after) }
}

/// The comments that marks tell, a range for each line.
fn marked(text: &str, marks: &Marks) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<&str> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        let mut at = 0;
        while at < content.len() {
            if let Some(close) = open {
                let end = content[at..].find(close);
                push(&mut found, start, content, at..end.map_or(content.len(), |end| at + end));
                at = end.map_or(content.len(), |end| at + end + close.len());
                open = open.filter(|_| end.is_none());
                continue;
            }
            let Some(next) = next_mark(content, at, marks) else { break };
            match next {
                (from, None) => {
                    push(&mut found, start, content, from..content.len());
                    break;
                }
                (from, Some((mark, close))) => {
                    let end = content[from + mark.len()..].find(close).map(|end| from + mark.len() + end);
                    push(&mut found, start, content, from..end.unwrap_or(content.len()));
                    at = end.map_or(content.len(), |end| end + close.len());
                    open = end.is_none().then_some(close);
                }
            }
        }
        start += line.len();
    }
    found
}

/// Adds the part of a line that is a comment, without white space around it.
fn push(found: &mut Vec<Range<usize>>, start: usize, line: &str, part: Range<usize>) {
    let written = &line[part.clone()];
    let trimmed = written.trim();
    if !trimmed.is_empty() {
        let from = start + part.start + written.len() - written.trim_start().len();
        found.push(from..from + trimmed.len());
    }
}

type Mark = (usize, Option<(&'static str, &'static str)>);

/// The first mark of a line from an offset on, with what closes the comment when it is no line.
fn next_mark(line: &str, from: usize, marks: &Marks) -> Option<Mark> {
    let bytes = line.as_bytes();
    let mut at = from;
    // What nobody closes is an apostrophe; what is behind the last quote of a kind is looked for once.
    let last = |quote: u8| memchr::memrchr(quote, bytes);
    let (single, double) = (last(b'\''), last(b'"'));
    while let Some(&byte) = bytes.get(at) {
        let closed = match byte {
            b'\'' => single,
            b'"' => double,
            _ => None,
        };
        if closed.is_some_and(|last| last > at) {
            at += 1;
            while let Some(&inside) = bytes.get(at) {
                at += 1;
                if inside == byte {
                    break;
                }
                at += usize::from(inside == b'\\' && byte == b'"');
            }
            continue;
        }
        let is_free = at == 0 || bytes.get(at - 1).is_some_and(u8::is_ascii_whitespace);
        if is_free && let Some(rest) = line.get(at..) {
            if let Some(&block) = marks.block.iter().find(|(mark, _)| rest.starts_with(mark)) {
                return Some((at, Some(block)));
            }
            if marks.line.iter().any(|mark| rest.starts_with(mark)) {
                return Some((at, None));
            }
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(kind: FileKind, text: &str) -> Vec<String> {
        let source = Source::new("a", crate::source::SourceKind::File, text.to_owned());
        let comments = list(&source, SourceId(0), kind);
        let mark = |own: bool| if own { "" } else { "beside " };
        comments.iter().map(|c| format!("{}{}", mark(c.own_line), source.slice(c.span))).collect()
    }

    #[test]
    fn every_kind_has_its_marks() {
        let cases: &[(FileKind, &str, &[&str])] = &[
            (
                FileKind::Shell,
                "#!/bin/sh\na # b\necho 'x # y' \"# z\" a#b http://x/#c\n",
                &["#!/bin/sh", "beside # b"],
            ),
            (FileKind::Shell, "cat <<EOF\n# no comment\nEOF\n  # one\n", &["# one"]),
            (FileKind::Shell, "if a; then\n  # in\n  b \\\n    c # d\nfi\n", &["# in", "beside # d"]),
            (
                FileKind::Makefile,
                "all: ## help\n\techo \"# no\" # yes\n",
                &["beside ## help", "beside # yes"],
            ),
            (FileKind::Justfile, "# a\nb:\n    c#d\n", &["# a"]),
            (
                FileKind::Text,
                "A=b#c\n# d\n; e\nF='g # h' # i\nJ=it's # k\n",
                &["# d", "; e", "beside # i", "beside # k"],
            ),
            (
                FileKind::Terraform,
                "a = \"// # /*\" // b\n/* c\n * d */\ne /* f */ g # h\n",
                &["beside // b", "/* c", "* d", "beside /* f", "beside # h"],
            ),
            (FileKind::Jenkinsfile, "sh 'curl http://x' // a\n# b\n/* c */\n", &["beside // a", "/* c"]),
            (
                FileKind::Markdown,
                "# Heading\n<!-- a -->\n<!--\nb\n-->\nc <!-- d --> e\n",
                &["<!-- a", "<!--", "b", "beside <!-- d"],
            ),
            (FileKind::Codeowners, "* @a # b\n", &["beside # b"]),
            (
                FileKind::Template,
                "{{/* a */}}\n{{- /* b */ -}}\nc: {{ d }} # e\n",
                &["{{/* a", "{{- /* b", "beside # e"],
            ),
            (FileKind::Json, "{\"#\": 1} # a\n", &[]),
        ];
        for (kind, text, expected) in cases {
            assert_eq!(shown(*kind, text), *expected, "{text}");
        }
    }

    #[test]
    fn many_quotes_and_marks_take_time_once() {
        for piece in ["'", "\"", "/*", "<!--", "' \"", "\\\"", "#"] {
            let text = piece.repeat(200_000);
            for kind in [FileKind::Terraform, FileKind::Markdown, FileKind::Text] {
                shown(kind, &text);
            }
        }
    }
}
