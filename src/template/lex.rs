//! From the text of a template to tokens.
//!
//! Owns delimiters, trim markers and comments. Source: Go's `text/template/parse/lex.go`.

use std::ops::Range;

/// A token of an action, or the text between two.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Token {
    /// Text between actions, trimmed.
    Text,
    /// `{{`
    Open,
    /// `}}`
    Close,
    /// A keyword, the name of a function, `true`, `nil`.
    Word,
    /// `.name`
    Field,
    /// `$name`
    Variable,
    /// `.`
    Dot,
    /// A number or a character.
    Number,
    /// `"text"`
    Quoted,
    /// `` `text` ``
    Raw,
    /// `|`
    Pipe,
    /// `:=`
    Declare,
    /// `=`
    Assign,
    /// `,`
    Comma,
    /// `(`
    Left,
    /// `)`
    Right,
    /// White space, which separates operands.
    Space,
}

/// A token and its bytes.
pub(super) type Lexed = (Token, Range<usize>);

/// What is wrong with a text that is no template, and where.
pub(super) type Wrong = (String, usize);

const SPACE: &[char] = &[' ', '\t', '\r', '\n'];

/// The tokens of a template.
pub(super) fn lex(text: &str) -> Result<Vec<Lexed>, Wrong> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut trims = false;
    loop {
        let open = text[at..].find("{{").map(|open| at + open);
        let mut piece = &text[at..open.unwrap_or(text.len())];
        let mut start = at;
        if trims {
            let trimmed = piece.trim_start_matches(SPACE);
            start += piece.len() - trimmed.len();
            piece = trimmed;
        }
        let rest = open.map_or("", |open| &text[open + 2..]);
        let trims_before = open.is_some() && starts_with_marker(rest);
        if trims_before {
            piece = piece.trim_end_matches(SPACE);
        }
        if !piece.is_empty() {
            tokens.push((Token::Text, start..start + piece.len()));
        }
        let Some(open) = open else { return Ok(tokens) };
        let inside = open + 2 + if trims_before { 2 } else { 0 };
        (at, trims) = match text[inside..].starts_with("/*") {
            true => comment(text, inside)?,
            false => {
                tokens.push((Token::Open, open..open + 2));
                action(text, inside, &mut tokens)?
            }
        };
    }
}

/// `- ` behind the opening delimiter.
fn starts_with_marker(rest: &str) -> bool {
    rest.strip_prefix('-').is_some_and(|rest| rest.starts_with(SPACE))
}

/// The closing delimiter at an offset, with its trim marker: where it ends, and whether it trims.
fn close(text: &str, at: usize) -> Option<(usize, bool)> {
    let rest = &text[at..];
    if rest.starts_with("}}") {
        return Some((at + 2, false));
    }
    let marker = rest.strip_prefix(SPACE).is_some_and(|rest| rest.starts_with("-}}"));
    marker.then_some((at + 4, true))
}

fn comment(text: &str, at: usize) -> Result<(usize, bool), Wrong> {
    let Some(end) = text[at..].find("*/") else { return Err(("unclosed comment".to_owned(), at)) };
    close(text, at + end + 2).ok_or(("comment ends before closing delimiter".to_owned(), at))
}

fn action(text: &str, mut at: usize, tokens: &mut Vec<Lexed>) -> Result<(usize, bool), Wrong> {
    let bytes = text.as_bytes();
    let mut depth = 0_u32;
    loop {
        if let Some((end, trims)) = close(text, at) {
            if depth > 0 {
                return Err(("unclosed left paren".to_owned(), at));
            }
            tokens.push((Token::Close, at..end));
            return Ok((end, trims));
        }
        let Some(sign) = text[at..].chars().next() else {
            return Err(("unclosed action".to_owned(), at));
        };
        let run = |from: usize, wanted: fn(char) -> bool| {
            text[from..].find(|sign| !wanted(sign)).map_or(text.len(), |end| from + end)
        };
        let word = |sign: char| sign == '_' || sign.is_alphanumeric();
        let next = bytes.get(at + 1).copied().unwrap_or(0);
        let (token, end) = match sign {
            ' ' | '\t' | '\r' | '\n' => {
                // A space that belongs to ` -}}` is no separator, but one more before it is.
                let mut end = at + 1;
                while bytes.get(end).is_some_and(u8::is_ascii_whitespace) && close(text, end).is_none() {
                    end += 1;
                }
                (Token::Space, end)
            }
            ':' if next == b'=' => (Token::Declare, at + 2),
            '=' => (Token::Assign, at + 1),
            ',' => (Token::Comma, at + 1),
            '|' => (Token::Pipe, at + 1),
            '(' => {
                depth += 1;
                (Token::Left, at + 1)
            }
            ')' => {
                let Some(less) = depth.checked_sub(1) else {
                    return Err(("unexpected right paren".to_owned(), at));
                };
                depth = less;
                (Token::Right, at + 1)
            }
            '"' | '\'' => {
                let end = quoted(bytes, at).ok_or(("unterminated quoted string".to_owned(), at))?;
                (if sign == '"' { Token::Quoted } else { Token::Number }, end)
            }
            '`' => {
                let end = text[at + 1..].find('`').map(|end| at + end + 2);
                (Token::Raw, end.ok_or(("unterminated raw quoted string".to_owned(), at))?)
            }
            '$' => (Token::Variable, run(at + 1, word)),
            '.' if !next.is_ascii_digit() => match run(at + 1, word) {
                end if end == at + 1 => (Token::Dot, end),
                end => (Token::Field, end),
            },
            '.' | '+' | '-' | '0'..='9' => {
                let number = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '_');
                let mut end = run(at + 1, number);
                // The sign of an exponent.
                let exponent = matches!(bytes.get(end - 1), Some(b'e' | b'E' | b'p' | b'P'));
                if exponent && matches!(bytes.get(end), Some(b'+' | b'-')) {
                    end = run(end + 1, number);
                }
                (Token::Number, end)
            }
            sign if word(sign) => (Token::Word, run(at, word)),
            sign => return Err((format!("unexpected character {sign:?} in an action"), at)),
        };
        tokens.push((token, at..end));
        at = end;
    }
}

/// Where a text in quotes ends; a line break ends none.
fn quoted(bytes: &[u8], start: usize) -> Option<usize> {
    let quote = bytes[start];
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' => at += 2,
            b'\n' => return None,
            sign if sign == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}
