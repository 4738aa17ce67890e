//! Words of Rego with their spans.
//!
//! Owns where a word starts and ends. Must not know what words mean together.

use super::Fault;

/// What a word is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TokenKind {
    /// A name or a keyword.
    Name,
    /// A number, without a sign.
    Number,
    /// `"text"`.
    Text,
    /// `` `text` ``.
    Raw,
    /// Anything else: a bracket, an operator.
    Sign,
    /// Where the text ends.
    End,
}

/// A word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it starts.
    pub start: u32,
    /// Where the next thing starts.
    pub end: u32,
    /// The line it starts on, from 1.
    pub line: u32,
}

/// A comment, without its `#`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Comment {
    /// Where its text starts, after the `#`.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
    /// Its line, from 1.
    pub line: u32,
    /// Whether nothing else is on its line.
    pub is_alone: bool,
}

/// The words of a text, an end among them, and its comments.
///
/// # Errors
/// A text that is not closed, or a character that Rego has no use for.
pub fn lex(text: &str) -> Result<(Vec<Token>, Vec<Comment>), Fault> {
    let bytes = text.as_bytes();
    let (mut tokens, mut comments) = (Vec::with_capacity(text.len() / 5), Vec::new());
    let (mut at, mut line) = (0_usize, 1_u32);
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let span = |from: usize, to: usize| (from as u32, to as u32);
    // A byte order mark is no word.
    if text.starts_with('\u{feff}') {
        at = 3;
    }
    while at < bytes.len() {
        let from = at;
        let first_line = line;
        let kind = match byte(at) {
            b'\n' => {
                (at, line) = (at + 1, line + 1);
                continue;
            }
            b' ' | b'\t' | b'\r' => {
                at += 1;
                continue;
            }
            b'#' => {
                let length = text.get(at..).and_then(|rest| rest.find('\n'));
                at = length.map_or(bytes.len(), |length| at + length);
                let is_alone = tokens.last().is_none_or(|last: &Token| last.line != line);
                let end = text.get(..at).map_or(at, |before| before.trim_end_matches('\r').len());
                let (start, end) = span(from + 1, end.max(from + 1));
                comments.push(Comment { start, end, line, is_alone });
                continue;
            }
            b'"' => {
                at += 1;
                loop {
                    match byte(at) {
                        b'"' => break,
                        b'\\' => at += 2,
                        b'\n' => return Err(Fault::new(from as u32, "this text is not closed on its line")),
                        _ if at >= bytes.len() => {
                            return Err(Fault::new(from as u32, "this text is not closed"));
                        }
                        _ => at += 1,
                    }
                }
                at += 1;
                TokenKind::Text
            }
            b'`' => {
                let rest = text.get(at + 1..).unwrap_or_default();
                let length =
                    rest.find('`').ok_or_else(|| Fault::new(from as u32, "this raw text is not closed"))?;
                line += rest.bytes().take(length).filter(|byte| *byte == b'\n').count() as u32;
                at += length + 2;
                TokenKind::Raw
            }
            b'0'..=b'9' => {
                at = number(bytes, at);
                TokenKind::Number
            }
            first if first.is_ascii_alphabetic() || first == b'_' => {
                while byte(at).is_ascii_alphanumeric() || byte(at) == b'_' {
                    at += 1;
                }
                TokenKind::Name
            }
            b':' | b'=' | b'!' | b'<' | b'>' if byte(at + 1) == b'=' => {
                at += 2;
                TokenKind::Sign
            }
            b'$' => return Err(Fault::new(from as u32, "template strings are not supported")),
            b'[' | b']' | b'{' | b'}' | b'(' | b')' | b',' | b';' | b':' | b'.' | b'=' | b'<' | b'>'
            | b'+' | b'-' | b'*' | b'/' | b'%' | b'|' | b'&' => {
                at += 1;
                TokenKind::Sign
            }
            _ => {
                let strange = text.get(at..).and_then(|rest| rest.chars().next()).unwrap_or_default();
                return Err(Fault::new(from as u32, format!("`{strange}` means nothing here")));
            }
        };
        let (start, end) = span(from, at);
        tokens.push(Token { kind, start, end, line: first_line });
    }
    let end = bytes.len() as u32;
    tokens.push(Token { kind: TokenKind::End, start: end, end, line });
    Ok((tokens, comments))
}

/// Where a number ends: digits, a fraction, an exponent.
fn number(bytes: &[u8], mut at: usize) -> usize {
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let digits = |mut at: usize| {
        while is_digit(at) {
            at += 1;
        }
        at
    };
    at = digits(at);
    if bytes.get(at) == Some(&b'.') && is_digit(at + 1) {
        at = digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        if is_digit(at + 1 + sign) {
            at = digits(at + 1 + sign);
        }
    }
    at
}
