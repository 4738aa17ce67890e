//! What granit-parser's errors mean, in words for the person who wrote the file: what stands there, and what
//! was expected.

use granit_parser::ErrorKind;

use crate::yaml::tape::Tape;
use crate::yaml::{Limits, Problem, ProblemKind};

/// Said of `{{ .Values.x }}` and of every other mapping key that is no scalar.
pub(super) const COLLECTION_AS_KEY: &str =
    "found a mapping or sequence used as a key, which Kubernetes refuses; is this a template?";

/// Said of a collection below the deepest allowed one.
pub(super) fn too_deep(limits: Limits) -> String {
    format!("collections are nested deeper than the limit of {}", limits.depth)
}

/// The problem for an error at offset `at`. `last_end` is where the last complete node ended.
pub(super) fn syntax(
    text: &str,
    tape: &Tape,
    limits: Limits,
    kind: &ErrorKind,
    at: usize,
    last_end: usize,
) -> Problem {
    let at = place(text, kind, floor(text, at));
    let found = found(text, at);
    let character = text[at..].chars().next().filter(|character| !matches!(character, '\n' | '\r'));
    let span = tape.span(at, at + character.map_or(0, char::len_utf8));
    let problem = |message: String| Problem { kind: ProblemKind::Syntax, span, message, related: None };
    if let Some(control) = character.filter(|character| is_control(*character)) {
        return problem(format!(
            "found the control character U+{:04X}, which YAML does not allow",
            control as u32
        ));
    }
    let message = match kind {
        ErrorKind::RecursionLimitExceeded => too_deep(limits),
        kind if is_tab(kind) => "found a tab where YAML expects spaces as indentation".into(),
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::DocumentIndicatorInQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent => {
            let related = opening_quote(text, last_end, at)
                .map(|quote| (tape.span(quote, quote + 1), "the quoted text begins here".to_owned()));
            let message = format!("found {found} inside quoted text; expected the closing quote before it");
            return Problem { related, ..problem(message) };
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            format!("found {found} behind the closing quote; expected the end of the line")
        }
        ErrorKind::MappingValueNotAllowed => format!(
            "found {found} where no mapping can begin; text with `: ` in it needs quotes, or the line is indented wrongly"
        ),
        ErrorKind::ExpectedBlockMappingKey => {
            format!("found {found}; expected a key of the mapping above, or less indentation")
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            format!("found {found}; expected `-` as in the sequence above, or less indentation")
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            format!("found {found}; expected `:` behind the key on its line")
        }
        ErrorKind::MappingKeyNotAllowed => format!("found {found} where no key can stand"),
        ErrorKind::BlockSequenceEntryNotAllowed => {
            "found `-` where no sequence can begin; expected a value, or the sequence on a line of its own"
                .into()
        }
        ErrorKind::UnexpectedEofFlowSequence | ErrorKind::ExpectedFlowSequenceSeparator => {
            format!("found {found} in a `[` sequence; expected `,` or `]`")
        }
        ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator => {
            format!("found {found} in a `{{` mapping; expected `,` or `}}`")
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            format!(
                "found `{open}` without its `{}`; expected it before the end of the document",
                closing(*open)
            )
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            format!("found `{open}` closed by `{close}`; expected `{}`", closing(*open))
        }
        ErrorKind::MisplacedFlowCollectionEnd => format!("found {found}, but nothing is open that it closes"),
        ErrorKind::UnknownQuotedScalarEscape => {
            let escape: String = text[at..].chars().take(2).collect();
            format!("found the unknown escape `{escape}`; in double quotes a backslash is written `\\\\`")
        }
        kind if is_escape(kind) => format!("found {found}, an escape that stands for no character"),
        ErrorKind::UndeclaredTagHandle => "found a tag whose handle no %TAG directive declares".into(),
        ErrorKind::UnexpectedCharacter { .. } => {
            format!("found {found}, which cannot begin a value; put the text in quotes")
        }
        ErrorKind::InvalidBlockScalarIndent => {
            format!("found {found} indented less than the block text above")
        }
        ErrorKind::ExpectedDocumentStart => {
            format!("found {found} behind the end of the document; expected `---`")
        }
        ErrorKind::UnsupportedYamlMajorVersion => {
            "found a %YAML version that is not supported; expected 1.2".into()
        }
        ErrorKind::CommentInterceptedScalar => "found a comment in the middle of unquoted text".into(),
        ErrorKind::BomInsideDocument => {
            "found a byte order mark; it may only stand at the start of a file".into()
        }
        other => format!("found {found}: {other}"),
    };
    problem(message)
}

fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{85}')
}

fn closing(open: char) -> char {
    if open == '{' { '}' } else { ']' }
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// What stands at `at`, as a person would name it.
fn found(text: &str, at: usize) -> String {
    match text[at..].chars().next() {
        None => "the end of the file".into(),
        Some('\n' | '\r') => "the end of the line".into(),
        Some('\t') => "a tab".into(),
        Some(_) if at == line_start(text, at) && text[at..].starts_with("---") => "`---`".into(),
        Some(_) => {
            let word = text[at..].split(char::is_whitespace).next().unwrap_or_default();
            match word.char_indices().nth(20) {
                Some((cut, _)) => quoted(&format!("{}…", &word[..cut])),
                None => quoted(word),
            }
        }
    }
}

/// The words of a message stand in backquotes, unless they have some themselves.
fn quoted(word: &str) -> String {
    if word.contains('`') { format!("'{word}'") } else { format!("`{word}`") }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |line_break| line_break + 1)
}

fn is_tab(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInPlainScalar
            | ErrorKind::InvalidBlockEntryWhitespace
            | ErrorKind::InvalidMappingValueWhitespace
    )
}

fn is_escape(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnknownQuotedScalarEscape
            | ErrorKind::InvalidQuotedScalarHexEscape
            | ErrorKind::InvalidLowSurrogateHexEscape
            | ErrorKind::InvalidLowSurrogate
            | ErrorKind::MissingLowSurrogate
            | ErrorKind::UnpairedLowSurrogate
            | ErrorKind::InvalidUnicodeEscape
    )
}

/// Where a person should look. granit places some errors at the start of the scalar they are in.
fn place(text: &str, kind: &ErrorKind, at: usize) -> usize {
    match kind {
        ErrorKind::UnclosedQuotedScalar => text.len(),
        kind if is_escape(kind) => bad_escape(text, at).unwrap_or(at),
        ErrorKind::UnexpectedCharacter { character } => at + text[at..].find(*character).unwrap_or(0),
        kind if is_tab(kind) => {
            text[line_start(text, at)..at].rfind('\t').map_or(at, |tab| line_start(text, at) + tab)
        }
        _ => at,
    }
}

/// The first escape behind `at` that no value can be made of.
fn bad_escape(text: &str, at: usize) -> Option<usize> {
    let mut next = at;
    loop {
        let escape = next + text[next..].find('\\')?;
        let rest = text[escape + 1..].chars().next()?;
        let digits = match rest {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ if "0abt\tnvfre \"/\\N_LP\r\n".contains(rest) => 0,
            _ => return Some(escape),
        };
        next = escape + 2 + digits;
        let code = |from: usize| u32::from_str_radix(text.get(from..from + digits)?, 16).ok();
        let low = |from: usize| {
            text[from..].starts_with("\\u") && code(from + 2).is_some_and(|low| low >> 10 == 0xdc00 >> 10)
        };
        match digits {
            0 => next = escape + 1 + rest.len_utf8(),
            _ => match code(escape + 2) {
                Some(high) if digits == 4 && high >> 10 == 0xd800 >> 10 && low(next) => next += 6,
                Some(code) if char::from_u32(code).is_some() => {}
                _ => return Some(escape),
            },
        }
    }
}

/// The quote that opens the text that is still open at `error`: the first one behind the last complete node.
fn opening_quote(text: &str, last_end: usize, error: usize) -> Option<usize> {
    let between = text.get(last_end..error)?;
    let mut comment = false;
    let mut before = '\n';
    for (offset, character) in between.char_indices() {
        match character {
            '\n' => comment = false,
            '#' if before.is_whitespace() => comment = true,
            '"' | '\'' if !comment => return Some(last_end + offset),
            _ => {}
        }
        before = character;
    }
    None
}
