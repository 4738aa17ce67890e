//! The `# plimsoll:` comments of a file, with the rules they name and the bytes they cover.

use crate::config::Settings;
use crate::finding::RuleId;
use crate::model::File;
use crate::source::{SourceMap, Span};

use super::directive::{self, Reach};
use super::scope::{Outline, Scope};

/// A comment that suppresses.
#[derive(Debug)]
pub(super) struct Inline {
    pub scope: Scope,
    /// The directive, from its `#` to the end of its reason.
    pub span: Span,
    pub names: Vec<Name>,
    pub reason: Option<String>,
}

/// A name in the brackets of a comment.
#[derive(Debug)]
pub(super) struct Name {
    pub text: String,
    pub span: Span,
    /// The rules it names, as far as they run.
    pub rules: Vec<RuleId>,
    /// Whether it has suppressed something.
    pub used: bool,
}

/// A comment that was meant to suppress and does not.
#[derive(Clone, Debug)]
pub(super) struct Invalid {
    pub span: Span,
    pub message: String,
    pub help: String,
}

/// Reads the comments of a file.
pub(super) fn read(map: &SourceMap, settings: &Settings, file: &File) -> (Vec<Inline>, Vec<Invalid>) {
    let source = map.source(file.source);
    let mut outline = None;
    let mut directives = Vec::new();
    let mut invalid = Vec::new();
    for comment in &file.parsed.comments {
        let text = source.slice(comment.span);
        // Nearly all comments of a repository end here.
        if !mentions(text, "plimsoll") {
            continue;
        }
        let outline = outline.get_or_insert_with(|| Outline::new(source, file));
        for parsed in directive::parse(text) {
            let part = |range: std::ops::Range<usize>| comment.span.part(range.start, range.end);
            let directive = match parsed {
                Ok(directive) => directive,
                Err(malformed) => {
                    let span = part(malformed.range);
                    invalid.push(Invalid { span, message: malformed.message, help: malformed.help });
                    continue;
                }
            };
            let span = part(directive.range);
            let scope = match directive.reach {
                Reach::Here => outline.scope(comment),
                Reach::File if outline.is_before_content(comment) => Scope::FILE,
                Reach::File => {
                    invalid.push(Invalid {
                        span,
                        message: "`plimsoll: ignore-file` stands behind content of the file".into(),
                        help: "move it above the first key, or use `ignore` for what is below".into(),
                    });
                    continue;
                }
            };
            if settings.require_reason && directive.reason.is_none() {
                invalid.push(Invalid {
                    span,
                    message: "the suppression gives no reason, and `require-reason` is set".into(),
                    help: "say behind the brackets why the finding is accepted".into(),
                });
                continue;
            }
            let mut names = Vec::new();
            for (text, range) in directive.names {
                let span = part(range);
                match settings.find(&text) {
                    Ok(rules) => names.push(Name { text, span, rules, used: false }),
                    Err(unknown) => invalid.push(Invalid {
                        span,
                        message: unknown.message,
                        help: unknown.help.unwrap_or_else(|| "`plimsoll rules` lists the rules".into()),
                    }),
                }
            }
            directives.push(Inline { scope, span, names, reason: directive.reason });
        }
    }
    (directives, invalid)
}

/// Whether a text has a word of ASCII letters, in whatever case. `word` is in lower case.
pub(super) fn mentions(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let Some(&first) = word.first() else { return true };
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), text)
        .filter_map(|at| text.get(at..at + word.len()))
        .any(|found| found.eq_ignore_ascii_case(word))
}
