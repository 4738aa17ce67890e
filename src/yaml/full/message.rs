//! What granit-parser's errors mean, in words for the person who wrote the file: what stands there, and what
//! was expected.

use granit_parser::ErrorKind;

use crate::yaml::tape::Tape;
use crate::yaml::{Limits, Problem, ProblemKind};

/// Said of `{{ .Values.x }}` and of every other mapping key that is no scalar.
pub(super) const COLLECTION_AS_KEY: &str =
    "a mapping or sequence stands where a key was expected; this looks like a template, not like YAML";

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
    let at = floor(text, at);
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
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar
        | ErrorKind::InvalidBlockEntryWhitespace
        | ErrorKind::InvalidMappingValueWhitespace => {
            "found a tab where YAML expects spaces as indentation".into()
        }
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::DocumentIndicatorInQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent => {
            let mut problem = problem(match kind {
                ErrorKind::InvalidQuotedScalarIndent => {
                    format!(
                        "found {found} inside quoted text that was expected to be indented deeper or closed before"
                    )
                }
                _ => format!("found {found} inside quoted text; expected the closing quote before it"),
            });
            problem.related = opening_quote(text, last_end, at)
                .map(|quote| (tape.span(quote, quote + 1), "the quoted text begins here".into()));
            return problem;
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
            format!("found {found}; expected `{}` to close the `{open}`", closing(*open))
        }
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
            format!("found `{close}`; expected `{}` to close the `{open}`", closing(*open))
        }
        ErrorKind::MisplacedFlowCollectionEnd => format!("found {found}, but nothing is open that it closes"),
        ErrorKind::UnknownQuotedScalarEscape => {
            format!(
                "found the unknown escape `\\{}`; a backslash in double quotes is written `\\\\`",
                escaped(text, at)
            )
        }
        ErrorKind::UndeclaredTagHandle => "found a tag whose handle no %TAG directive declares".into(),
        ErrorKind::UnexpectedCharacter { character } => {
            format!(
                "found `{}`, which cannot begin a value; put the text in quotes",
                character.escape_default()
            )
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
                Some((cut, _)) => format!("`{}…`", word[..cut].escape_debug()),
                None => format!("`{}`", word.escape_debug()),
            }
        }
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |line_break| line_break + 1)
}

fn escaped(text: &str, at: usize) -> char {
    text[at..].trim_start_matches('\\').chars().next().unwrap_or('\\')
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
