//! From a node of the syntax tree to a word: quotes and escapes undone, what is not known kept as it is written.

use std::ops::Range;

use tree_sitter::Node;

use crate::source::{Segment, Segments};

use super::{Part, PartKind, Variables, Word};

/// Nodes inside of a word are followed this deep.
const DEPTH: u32 = 24;

/// The text of a script with what stands in it that no shell reads.
pub(super) struct Text<'t> {
    /// As it is written.
    pub text: &'t str,
    /// Expressions, in order.
    pub expressions: &'t [Range<usize>],
}

/// How backslashes are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    None,
    Double,
    Single,
    Ansi,
}

/// Puts the parts of one word together.
pub(super) struct Reader<'t, 'v> {
    pub script: &'t Text<'t>,
    pub variables: &'v Variables,
    pub parts: Vec<Part>,
}

impl Reader<'_, '_> {
    /// Appends what a node stands for.
    pub fn node(&mut self, node: Node<'_>, quoted: bool, depth: u32) {
        let range = node.byte_range();
        if depth > DEPTH {
            return self.opaque(PartKind::Substitution, range);
        }
        match node.kind() {
            "raw_string" => self.text(range.start + 1..range.end.saturating_sub(1), Quotes::Single),
            "ansi_c_string" => self.text(range.start + 2..range.end.saturating_sub(1), Quotes::Ansi),
            "string" => self.children(node, range.start + 1..range.end.saturating_sub(1), true, depth),
            "translated_string" => {
                self.children(node, range.start + 2..range.end.saturating_sub(1), true, depth)
            }
            "command_name" | "concatenation" | "heredoc_body" => self.children(node, range, quoted, depth),
            "simple_expansion" => self.variable(range.start + 1..range.end, range, None, quoted),
            "expansion" => self.expansion(node, range, quoted),
            "command_substitution" | "process_substitution" | "arithmetic_expansion" | "array" => {
                self.opaque(PartKind::Substitution, range);
            }
            _ => self.text(range, if quoted { Quotes::Double } else { Quotes::None }),
        }
    }

    /// Children in their order, and the text between them, which the grammar leaves out at times.
    fn children(&mut self, node: Node<'_>, range: Range<usize>, quoted: bool, depth: u32) {
        let quotes = if quoted { Quotes::Double } else { Quotes::None };
        let mut at = range.start;
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            // The content of a string is text like that between its parts.
            if matches!(child.kind(), "string_content" | "heredoc_content" | "\"" | "$\"") {
                continue;
            }
            let inner = child.byte_range();
            if inner.start < at || inner.end > range.end {
                continue;
            }
            self.text(at..inner.start, quotes);
            at = inner.end;
            self.node(child, quoted, depth + 1);
        }
        self.text(at..range.end, quotes);
    }

    /// `${NAME}`, `${NAME:-default}`; everything else that braces can do is not known.
    fn expansion(&mut self, node: Node<'_>, range: Range<usize>, quoted: bool) {
        let inner = range.start + 2..range.end.saturating_sub(1);
        let text = self.script.text.get(inner.clone()).unwrap_or_default();
        let length = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let name = inner.start..inner.start + length;
        let rest = &text[length..];
        let default = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-'));
        let is_plain = |text: &str| !text.contains(['$', '`', '"', '\'', '\\']);
        match default.filter(|default| is_plain(default)) {
            _ if length == 0 || node.has_error() => self.opaque(PartKind::Substitution, range),
            _ if rest.is_empty() => self.variable(name, range, None, quoted),
            Some(default) => self.variable(name, range, Some(default.to_owned()), quoted),
            None if rest.starts_with(":?") => self.variable(name, range, None, quoted),
            None => self.opaque(PartKind::Substitution, range),
        }
    }

    fn variable(&mut self, name: Range<usize>, range: Range<usize>, default: Option<String>, quoted: bool) {
        let name = self.script.text.get(name).unwrap_or_default();
        // Bytes of an expression behind a dollar are no name.
        if self.in_expression(&range) {
            return self.opaque(PartKind::Expression, range);
        }
        let known = match self.variables.get(name) {
            Some(value) => value.clone(),
            None => default,
        };
        let kind = PartKind::Variable { quoted };
        self.parts.push(Part { kind, text: name.to_owned(), range, known });
    }

    fn in_expression(&self, range: &Range<usize>) -> bool {
        let at = self.script.expressions.partition_point(|known| known.end <= range.start);
        self.script.expressions.get(at).is_some_and(|known| known.start < range.end)
    }

    fn opaque(&mut self, kind: PartKind, range: Range<usize>) {
        let text = self.script.text.get(range.clone()).unwrap_or_default().to_owned();
        self.parts.push(Part { kind, text, range, known: None });
    }

    /// Text, in which expressions are parts of their own.
    fn text(&mut self, range: Range<usize>, quotes: Quotes) {
        let mut at = range.start;
        let first = self.script.expressions.partition_point(|known| known.end <= range.start);
        for expression in self.script.expressions.get(first..).unwrap_or_default() {
            if expression.start >= range.end {
                break;
            }
            let (start, end) = (expression.start.max(at), expression.end.min(range.end));
            self.literal(at..start, quotes);
            self.opaque(PartKind::Expression, start..end);
            at = end;
        }
        self.literal(at..range.end, quotes);
    }

    fn literal(&mut self, range: Range<usize>, quotes: Quotes) {
        let Some(text) = self.script.text.get(range.clone()).filter(|text| !text.is_empty()) else { return };
        let mut from = 0;
        while quotes != Quotes::Single
            && let Some(found) = memchr::memchr(b'\\', &text.as_bytes()[from..])
        {
            let at = from + found;
            let Some(next) = text[at + 1..].chars().next() else { break };
            let end = at + 1 + next.len_utf8();
            let made = match (quotes, next) {
                (Quotes::None | Quotes::Double, '\n') => Some(String::new()),
                (Quotes::None, next) | (Quotes::Ansi, next @ ('\\' | '\'' | '"')) => Some(next.to_string()),
                (Quotes::Double, '"' | '\\' | '$' | '`') => Some(next.to_string()),
                (Quotes::Ansi, 'n') => Some("\n".to_owned()),
                (Quotes::Ansi, 't') => Some("\t".to_owned()),
                _ => None,
            };
            let start = if made.is_some() { at } else { end };
            self.plain(range.start + from..range.start + start);
            if let Some(made) = made {
                let range = range.start + at..range.start + end;
                self.parts.push(Part { kind: PartKind::Text, text: made, range, known: None });
            }
            from = end;
        }
        self.plain(range.start + from..range.end);
    }

    fn plain(&mut self, range: Range<usize>) {
        let Some(text) = self.script.text.get(range.clone()).filter(|text| !text.is_empty()) else { return };
        self.parts.push(Part { kind: PartKind::Text, text: text.to_owned(), range, known: None });
    }
}

/// The text of a word as a script of its own, and where its bytes stand in the script around it. Expressions are kept
/// as they are written, and other parts that are not known become `_`, so that they stay a part of a word.
pub(super) fn nested(word: &Word) -> (String, Segments) {
    let (mut text, mut segments) = (String::new(), Segments::default());
    for part in &word.parts {
        let piece = match part.kind {
            PartKind::Text | PartKind::Expression => part.text.as_str(),
            PartKind::Variable { .. } => part.known.as_deref().unwrap_or("_"),
            PartKind::Substitution => "_",
        };
        if piece.is_empty() {
            continue;
        }
        segments.push(Segment {
            text: text.len() as u32,
            text_len: piece.len() as u32,
            source: part.range.start as u32,
            source_len: part.range.len() as u32,
        });
        text.push_str(piece);
    }
    (text, segments)
}
