//! From the text of a template to tokens.
//!
//! Owns delimiters, trim markers and comments. Source: Go's `text/template/parse/lex.go`. Like Go's, it gives what is
//! wrong as the last token, since the parser may have met something wrong before.

use super::ast::At;

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
    /// `(`
    Left,
    /// `)`
    Right,
    /// White space, which separates operands.
    Space,
    /// Any other character.
    Sign,
    /// What is wrong.
    Wrong(String),
    /// Nothing more.
    End,
}

/// A token and its bytes.
pub(super) type Lexed = (Token, At);

const SPACE: &[char] = &[' ', '\t', '\r', '\n'];

/// The tokens of a template; the last one is [`Token::End`] or [`Token::Wrong`].
pub(super) fn lex(text: &str) -> Vec<Lexed> {
    let mut tokens = Vec::with_capacity(text.len() / 8 + 2);
    if let Err((wrong, at)) = run(text, &mut tokens) {
        tokens.push((Token::Wrong(wrong), At::new(at, at)));
    }
    tokens
}

type Wrong = (String, usize);

fn run(text: &str, tokens: &mut Vec<Lexed>) -> Result<(), Wrong> {
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
            tokens.push((Token::Text, At::new(start, start + piece.len())));
        }
        let Some(open) = open else {
            tokens.push((Token::End, At::new(text.len(), text.len())));
            return Ok(());
        };
        let inside = open + 2 + if trims_before { 2 } else { 0 };
        (at, trims) = match text[inside..].starts_with("/*") {
            true => comment(text, inside)?,
            false => {
                tokens.push((Token::Open, At::new(open, open + 2)));
                action(text, inside, tokens)?
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

fn is_word(sign: char) -> bool {
    sign == '_' || sign.is_alphanumeric()
}

fn action(text: &str, mut at: usize, tokens: &mut Vec<Lexed>) -> Result<(usize, bool), Wrong> {
    let bytes = text.as_bytes();
    let mut depth = 0_u32;
    loop {
        if let Some((end, trims)) = close(text, at) {
            if depth > 0 {
                return Err(("unclosed left paren".to_owned(), at));
            }
            tokens.push((Token::Close, At::new(at, end)));
            return Ok((end, trims));
        }
        let Some(sign) = text[at..].chars().next() else {
            return Err(("unclosed action".to_owned(), at));
        };
        let run = |from: usize, wanted: fn(char) -> bool| {
            text[from..].find(|sign| !wanted(sign)).map_or(text.len(), |end| from + end)
        };
        let next = bytes.get(at + 1).copied().unwrap_or(0);
        let (token, end) = match sign {
            ' ' | '\t' | '\r' | '\n' => {
                // A space that belongs to ` -}}` is no separator, but one more before it is.
                let mut end = at + 1;
                while bytes.get(end).is_some_and(|byte| b" \t\r\n".contains(byte))
                    && close(text, end).is_none()
                {
                    end += 1;
                }
                (Token::Space, end)
            }
            ':' if next == b'=' => (Token::Declare, at + 2),
            ':' => return Err(("expected :=".to_owned(), at)),
            '=' => (Token::Assign, at + 1),
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
            '"' => {
                let end = quoted(bytes, at).ok_or(("unterminated quoted string".to_owned(), at))?;
                (Token::Quoted, end)
            }
            '\'' => {
                let end = quoted(bytes, at).ok_or(("unterminated character constant".to_owned(), at))?;
                (Token::Number, end)
            }
            '`' => {
                let end = text[at + 1..].find('`').map(|end| at + end + 2);
                (Token::Raw, end.ok_or(("unterminated raw quoted string".to_owned(), at))?)
            }
            '$' => terminated(text, Token::Variable, run(at + 1, is_word))?,
            '.' if !next.is_ascii_digit() => match run(at + 1, is_word) {
                end if end == at + 1 => (Token::Dot, end),
                end => terminated(text, Token::Field, end)?,
            },
            '.' | '+' | '-' | '0'..='9' => (Token::Number, number(text, at)?),
            sign if is_word(sign) => terminated(text, Token::Word, run(at, is_word))?,
            ' '..='~' => (Token::Sign, at + 1),
            sign => {
                return Err((format!("unrecognized character in action: {}", named(sign)), at));
            }
        };
        tokens.push((token, At::new(at, end)));
        at = end;
    }
}

/// A character as Go's `%#U` prints it.
fn named(sign: char) -> String {
    format!("U+{:04X} '{sign}'", u32::from(sign))
}

/// A word ends before a space, the end of the action, or one of a few characters.
fn terminated(text: &str, token: Token, end: usize) -> Result<(Token, usize), Wrong> {
    let ends = match text[end..].chars().next() {
        None => true,
        Some(sign) => " \t\r\n.,|:)(".contains(sign) || text[end..].starts_with("}}"),
    };
    match (ends, text[end..].chars().next()) {
        (false, Some(sign)) => Err((format!("bad character {}", named(sign)), end)),
        _ => Ok((token, end)),
    }
}

/// Where a number ends.
fn number(text: &str, start: usize) -> Result<usize, Wrong> {
    let rest = &text[start..];
    let sign = usize::from(rest.starts_with(['+', '-']));
    let lower = rest.get(sign..sign + 2).unwrap_or_default().to_ascii_lowercase();
    let (prefix, digits): (usize, fn(char) -> bool) = match lower.as_str() {
        "0x" => (2, |sign| sign.is_ascii_hexdigit() || sign == '_'),
        "0o" => (2, |sign| matches!(sign, '0'..='7' | '_')),
        "0b" => (2, |sign| matches!(sign, '0' | '1' | '_')),
        _ => (0, |sign| sign.is_ascii_digit() || sign == '_'),
    };
    let run = |from: usize, wanted: fn(char) -> bool| {
        rest[from..].find(|sign| !wanted(sign)).map_or(rest.len(), |end| from + end)
    };
    let mut end = run(sign + prefix, digits);
    if rest[end..].starts_with('.') {
        end = run(end + 1, digits);
    }
    let exponent: &[char] = if lower == "0x" { &['p', 'P'] } else { &['e', 'E'] };
    if rest[end..].starts_with(exponent) {
        end += 1;
        end += usize::from(rest[end..].starts_with(['+', '-']));
        end = run(end, |sign| sign.is_ascii_digit() || sign == '_');
    }
    end += usize::from(rest[end..].starts_with('i'));
    match rest[end..].chars().next().filter(|sign| is_word(*sign)) {
        Some(sign) => {
            let bad = &rest[..end + sign.len_utf8()];
            Err((format!("bad number syntax: {bad:?}"), start))
        }
        None => Ok(start + end),
    }
}

/// Where a text in quotes ends; a line break ends none.
fn quoted(bytes: &[u8], start: usize) -> Option<usize> {
    let quote = bytes[start];
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' if bytes.get(at + 1).is_none_or(|byte| *byte == b'\n') => return None,
            b'\\' => at += 2,
            b'\n' => return None,
            sign if sign == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}
