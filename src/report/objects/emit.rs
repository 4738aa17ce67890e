//! How a scalar is written: plain, quoted or as a block, as go-yaml v2 decides it, so that the output can be compared
//! with that of `kustomize build` byte by byte.
//!
//! The one difference is meant: characters that act on a screen are always escaped.

use std::fmt::Write as _;

use crate::report::escape::is_unsafe;
use crate::yaml::{Schema, Timestamp, Typed, resolve};

use super::scalar::Scalar;

/// Lines are folded at the first space behind this column.
const WIDTH: usize = 80;
/// Longer keys, in bytes, are written with a question mark.
const SIMPLE_KEY: usize = 128;

/// How a string is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// Whether a key fits in front of its colon.
pub(super) fn is_simple_key(key: &str) -> bool {
    key.len() <= SIMPLE_KEY && !key.contains(is_break)
}

/// Appends a key that fits in front of its colon; it is never folded.
pub(super) fn simple_key(out: &mut String, key: &str) {
    // A plain `<<` would be a merge.
    let style = if key == "<<" { Style::Double } else { style(key) };
    Writer { out, indent: None }.text(key, style);
}

/// Appends a scalar and, behind it or the header of a block, a comment, and ends the line. Further lines are indented
/// by `indent` columns.
pub(super) fn value(out: &mut String, value: &Scalar<'_>, indent: usize, comment: Option<&str>) {
    // Writing to a string cannot fail.
    let _ = match value {
        Scalar::Null => write!(out, "null"),
        Scalar::Bool(bool) => write!(out, "{bool}"),
        Scalar::Int(int) => write!(out, "{int}"),
        Scalar::Uint(int) => write!(out, "{int}"),
        Scalar::Float(value) => float(out, *value),
        Scalar::Text(text) => match style(text) {
            Style::Literal => {
                line(out, header(text), comment);
                return block(out, text, indent);
            }
            style => {
                Writer { out, indent: Some(indent) }.text(text, style);
                Ok(())
            }
        },
    };
    line(out, "", comment);
}

/// Appends a text, and a comment if there is one, and ends the line.
pub(super) fn line(out: &mut String, text: &str, comment: Option<&str>) {
    out.push_str(text);
    if let Some(comment) = comment {
        let room = COMMENTS.saturating_sub(column(out)).max(2);
        let _ = write!(out, "{:room$}# {comment}", "");
    }
    out.push('\n');
}

/// Comments begin here, so that the eye can follow them, or two columns behind a longer line.
const COMMENTS: usize = 48;

/// Columns of the line that is being written.
fn column(out: &str) -> usize {
    out[out.rfind('\n').map_or(0, |at| at + 1)..].chars().count()
}

/// Go's `strconv.FormatFloat(value, 'g', -1, 64)`.
fn float(out: &mut String, value: f64) -> std::fmt::Result {
    let shortest = format!("{value:e}");
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    match exponent {
        -4..6 => write!(out, "{value}"),
        _ => {
            let sign = if exponent < 0 { '-' } else { '+' };
            write!(out, "{digits}e{sign}{:02}", exponent.abs())
        }
    }
}

const fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What cannot be written as it is: go-yaml escapes all beyond the basic plane.
fn is_special(c: char) -> bool {
    c != '\n' && (is_unsafe(c) || c > '\u{fffd}')
}

fn style(text: &str) -> Style {
    let special = text.chars().any(is_special);
    if text.contains('\n') {
        let blocked = special || text.ends_with(' ') || text.contains(" \n");
        return if blocked { Style::Double } else { Style::Literal };
    }
    match () {
        () if special || !reads_as_text(text) => Style::Double,
        () if has_indicators(text) || text.starts_with(' ') || text.ends_with(' ') => Style::Single,
        () => Style::Plain,
    }
}

/// Whether the text without quotes is a string for everyone: YAML 1.1 knows booleans, dates and numbers of base 60
/// that others do not.
fn reads_as_text(text: &str) -> bool {
    matches!(resolve(text, Schema::GoYamlV2), Typed::Str(_))
        && Timestamp::parse(text).is_none()
        && !is_base60(text)
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`
fn is_base60(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |byte: u8| byte.is_ascii_digit() || byte == b'_';
    let mut parts = whole.strip_prefix(['+', '-']).unwrap_or(whole).split(':');
    let first = parts.next().unwrap_or_default();
    let mut count = 0;
    let sixtieths = parts.inspect(|_| count += 1).all(|part| match part.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    });
    sixtieths
        && count > 0
        && first.starts_with(|c: char| c.is_ascii_digit())
        && first.bytes().chain(fraction.bytes()).all(digits)
}

/// Whether something in the text would be taken for structure.
fn has_indicators(text: &str) -> bool {
    const FIRST: &[char] = &['#', ',', '[', ']', '{', '}', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`'];
    let blank_at = |at: usize| text.as_bytes().get(at).is_none_or(|&byte| byte == b' ' || byte == b'\t');
    text.starts_with("---")
        || text.starts_with("...")
        || text.starts_with(FIRST)
        || text.starts_with(['?', '-']) && blank_at(1)
        || text.match_indices(':').any(|(at, _)| blank_at(at + 1))
        || text.match_indices('#').any(|(at, _)| at > 0 && blank_at(at - 1))
}

/// Indicators of a block: where its indentation cannot be seen, it is said; so is what becomes of the last line breaks.
fn header(text: &str) -> &'static str {
    let hidden = text.starts_with([' ', '\n']);
    match (text.strip_suffix('\n'), hidden) {
        (None, false) => "|-",
        (None, true) => "|2-",
        (Some(rest), false) if !rest.ends_with('\n') => "|",
        (Some(rest), true) if !rest.is_empty() && !rest.ends_with('\n') => "|2",
        (Some(_), false) => "|+",
        (Some(_), true) => "|2+",
    }
}

fn block(out: &mut String, text: &str, indent: usize) {
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        if !line.is_empty() {
            let _ = write!(out, "{:indent$}{line}", "");
        }
        out.push('\n');
    }
}

/// Writes the text of a string that is no block.
struct Writer<'o> {
    out: &'o mut String,
    /// Indentation of further lines; `None` where there may be none.
    indent: Option<usize>,
}

impl Writer<'_> {
    fn text(&mut self, text: &str, style: Style) {
        let quote = match style {
            Style::Plain | Style::Literal => "",
            Style::Single => "'",
            Style::Double => "\"",
        };
        let mut column = column(self.out) + quote.len();
        self.out.push_str(quote);
        let mut after_space = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|&(_, next)| next);
            let is_inside = style == Style::Plain || at > 0 && next.is_some();
            let more_spaces = next == Some(' ');
            if let Some(indent) = self.indent
                && c == ' '
                && !after_space
                && column > WIDTH
                && is_inside
                && (style == Style::Double || !more_spaces)
            {
                let _ = write!(self.out, "\n{:indent$}", "");
                column = indent;
                if more_spaces {
                    self.out.push('\\');
                    column += 1;
                }
                after_space = true;
                continue;
            }
            after_space = c == ' ';
            let before = self.out.len();
            match (style, c) {
                (Style::Single, '\'') => self.out.push_str("''"),
                (Style::Double, _) => self.escaped(c),
                _ => self.out.push(c),
            }
            column += self.out[before..].chars().count();
        }
        self.out.push_str(quote);
    }

    fn escaped(&mut self, c: char) {
        let short = match c {
            '"' | '\\' => c,
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '\u{85}' => 'N',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ if !is_special(c) => return self.out.push(c),
            _ => {
                let code = u32::from(c);
                let _ = match code {
                    0..0x100 => write!(self.out, "\\x{code:02X}"),
                    0x100..0x1_0000 => write!(self.out, "\\u{code:04X}"),
                    _ => write!(self.out, "\\U{code:08X}"),
                };
                return;
            }
        };
        self.out.extend(['\\', short]);
    }
}
