//! The words of a Groovy file, as far as pipelines need them: names, strings and marks.
//!
//! Tolerant: what is not closed ends with its line, or with the file. Must not know Jenkins.

use std::ops::Range;

/// A word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Token {
    /// A name or a number.
    Name(Range<usize>),
    /// A string: the bytes between its quotes.
    Text {
        inner: Range<usize>,
        /// Whether `$name` and `${…}` are filled in.
        filled: bool,
    },
    /// Any other character.
    Mark(u8),
    /// The end of a line.
    Newline,
}

/// The words of a text, in order.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        match byte {
            b'\n' => tokens.push(Token::Newline),
            b' ' | b'\t' | b'\r' => {}
            _ if rest.starts_with(b"//") || (at == 0 && rest.starts_with(b"#!")) => {
                at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                continue;
            }
            _ if rest.starts_with(b"/*") => {
                let inner = rest.get(2..).unwrap_or_default();
                at += memchr::memmem::find(inner, b"*/").map_or(rest.len(), |end| end + 4);
                continue;
            }
            b'\'' | b'"' => {
                let (inner, end) = quoted(bytes, at, byte);
                tokens.push(Token::Text { inner, filled: byte == b'"' });
                at = end;
                continue;
            }
            b'/' if starts_pattern(tokens.last()) => {
                at = pattern_end(bytes, at);
                continue;
            }
            _ if is_name(byte) => {
                let length = rest.iter().take_while(|byte| is_name(**byte)).count();
                tokens.push(Token::Name(at..at + length));
                at += length;
                continue;
            }
            _ => tokens.push(Token::Mark(byte)),
        }
        at += 1;
    }
    tokens
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// Whether a slash behind a word starts a pattern and does not divide.
fn starts_pattern(before: Option<&Token>) -> bool {
    matches!(before, None | Some(Token::Mark(b'(' | b',' | b'=' | b'~' | b':' | b'[' | b'{')))
}

/// Behind `/…/`, which ends with its line at the latest.
fn pattern_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'/' => return at + 1,
            b'\n' => return at,
            _ => {}
        }
        at += 1;
    }
    at.min(bytes.len())
}

/// What stands between quotes, and where the string ends.
fn quoted(bytes: &[u8], start: usize, quote: u8) -> (Range<usize>, usize) {
    let is_triple = |at: usize| (at..at + 3).all(|at| bytes.get(at) == Some(&quote));
    let triple = is_triple(start);
    let from = start + if triple { 3 } else { 1 };
    let mut at = from;
    // Braces that are open inside of `${…}`, and the quote that is open inside of these.
    let (mut braces, mut inside) = (0_u32, None);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' if !triple => return (from..at, at),
            _ if inside == Some(byte) => inside = None,
            _ if inside.is_some() => {}
            b'{' if braces > 0 || (quote == b'"' && bytes.get(at.wrapping_sub(1)) == Some(&b'$')) => {
                braces += 1;
            }
            b'}' if braces > 0 => braces -= 1,
            b'\'' | b'"' if braces > 0 => inside = Some(byte),
            _ if byte == quote && !triple => return (from..at, at + 1),
            _ if byte == quote && is_triple(at) => return (from..at, at + 3),
            _ => {}
        }
        at += 1;
    }
    (from..bytes.len(), bytes.len())
}

/// A piece of the text of a string.
pub(super) enum Piece {
    /// Bytes as they are.
    Text(Range<usize>),
    /// Bytes that stand for others.
    Escape(&'static str, Range<usize>),
    /// What is filled in.
    Filled(Range<usize>),
}

/// Takes the text of a string to pieces.
pub(super) fn pieces(text: &str, inner: Range<usize>, filled: bool, mut each: impl FnMut(Piece)) {
    let bytes = text.as_bytes().get(..inner.end).unwrap_or_default();
    let mut at = inner.start;
    let mut plain = at;
    while let Some(found) = memchr::memchr2(b'\\', b'$', bytes.get(at..).unwrap_or_default()) {
        let mark = at + found;
        let next = bytes.get(mark + 1).copied();
        let end = match (bytes.get(mark), next) {
            (Some(b'$'), Some(b'{')) if filled => braces_end(bytes, mark + 1),
            (Some(b'$'), Some(byte)) if filled && (byte.is_ascii_alphabetic() || byte == b'_') => {
                let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
                let rest = bytes.get(mark + 1..).unwrap_or_default();
                let length = rest.iter().take_while(is_part).count();
                // A full stop at the end is one.
                let dots = rest.iter().take(length).rev().take_while(|byte| **byte == b'.').count();
                mark + 1 + length - dots
            }
            (Some(b'\\'), Some(_)) => mark + 2,
            _ => {
                at = mark + 1;
                continue;
            }
        };
        let escape = match next {
            _ if bytes.get(mark) == Some(&b'$') => None,
            Some(b'n') => Some("\n"),
            Some(b't') => Some("\t"),
            Some(b'\n') => Some(""),
            Some(b'\\') => Some("\\"),
            Some(b'\'') => Some("'"),
            Some(b'"') => Some("\""),
            Some(b'$') => Some("$"),
            // Groovy has no other; what stands there stays.
            _ => {
                at = mark + 1;
                continue;
            }
        };
        if plain < mark {
            each(Piece::Text(plain..mark));
        }
        each(match escape {
            Some(escape) => Piece::Escape(escape, mark..end),
            None => Piece::Filled(mark..end),
        });
        (at, plain) = (end, end);
    }
    if plain < bytes.len() {
        each(Piece::Text(plain..bytes.len()));
    }
}

/// Behind the brace that closes the one at `start`; the end of the text when none does.
fn braces_end(bytes: &[u8], start: usize) -> usize {
    let (mut depth, mut inside) = (0_u32, None);
    for (offset, &byte) in bytes.get(start..).unwrap_or_default().iter().enumerate() {
        match byte {
            _ if inside == Some(byte) => inside = None,
            _ if inside.is_some() => {}
            b'\'' | b'"' => inside = Some(byte),
            b'{' => depth += 1,
            b'}' if depth <= 1 => return start + offset + 1,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    bytes.len()
}
