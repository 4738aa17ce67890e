//! The `plimsoll:` comments of a file, with the rules they name and the bytes they cover.

use crate::config::Settings;
use crate::discover::FileKind;
use crate::finding::RuleId;
use crate::model::File;
use crate::source::{Source, SourceMap, Span};
use crate::yaml::Comment;

use super::comments;
use super::directive::{self, Reach};
use super::lines::Lines;
use super::scope::{Outline, Scope};

/// The word that a comment is read for.
const MARK: &str = "plimsoll";

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

/// Reads the comments of a file. `scripts` are the comments of scripts that stand in it, in their order.
pub(super) fn read(
    map: &SourceMap,
    settings: &Settings,
    file: &File,
    scripts: &[Span],
) -> (Vec<Inline>, Vec<Invalid>) {
    let source = map.source(file.source);
    let mut read = Read { source, settings, directives: Vec::new(), invalid: Vec::new() };
    if matches!(file.kind, FileKind::Yaml | FileKind::Json) {
        let mut outline = None;
        for comment in &file.parsed.comments {
            read.comment(comment, || {
                let outline = outline.get_or_insert_with(|| Outline::new(source, file));
                (outline.scope(comment), outline.is_before_content(comment))
            });
        }
    } else if mentions(source.text(), MARK) {
        let comments = comments::list(source, file.source, file.kind);
        let lines = Lines::new(source, &comments, source.text().len() as u32);
        for comment in &comments {
            read.comment(comment, || (lines.scope(comment), lines.is_before_content(comment)));
        }
    }
    if scripts.iter().any(|span| mentions(source.slice(*span), MARK)) {
        let comment = |span: &Span| {
            let range = span.start as usize..span.end() as usize;
            comments::comment(source.text(), span.source, range)
        };
        let comments: Vec<Comment> = scripts.iter().map(comment).collect();
        for comment in &comments {
            // A script ends where the value that holds it does; behind it come other keys.
            let nodes = &file.parsed.arena.nodes;
            let at = nodes.partition_point(|node| node.span.start <= comment.span.start);
            let scalar = at.checked_sub(1).and_then(|at| nodes.get(at)).map(|node| node.span.end());
            let end = scalar.map_or(source.text().len() as u32, |end| end.saturating_sub(1));
            read.comment(comment, || (Lines::new(source, &comments, end).scope(comment), false));
        }
    }
    (read.directives, read.invalid)
}

/// What is found so far.
struct Read<'w> {
    source: &'w Source,
    settings: &'w Settings,
    directives: Vec<Inline>,
    invalid: Vec<Invalid>,
}

impl Read<'_> {
    /// Adds what a comment says. `about` is what it covers, and whether it stands before all content.
    fn comment(&mut self, comment: &Comment, mut about: impl FnMut() -> (Scope, bool)) {
        let text = self.source.slice(comment.span);
        // Nearly all comments of a repository end here.
        if !mentions(text, MARK) {
            return;
        }
        for parsed in directive::parse(text) {
            let part = |range: std::ops::Range<usize>| comment.span.part(range.start, range.end);
            let directive = match parsed {
                Ok(directive) => directive,
                Err(malformed) => {
                    let span = part(malformed.range);
                    self.invalid.push(Invalid { span, message: malformed.message, help: malformed.help });
                    continue;
                }
            };
            let span = part(directive.range);
            let scope = match (directive.reach, about()) {
                (Reach::Here, (scope, _)) => scope,
                (Reach::File, (_, true)) => Scope::FILE,
                (Reach::File, (_, false)) => {
                    self.invalid.push(Invalid {
                        span,
                        message: "`plimsoll: ignore-file` stands behind content of the file".into(),
                        help: "move it above all content of the file, or use `ignore` for what is below"
                            .into(),
                    });
                    continue;
                }
            };
            if self.settings.require_reason && directive.reason.is_none() {
                self.invalid.push(Invalid {
                    span,
                    message: "the suppression gives no reason, and `require-reason` is set".into(),
                    help: "say behind the brackets why the finding is accepted".into(),
                });
                continue;
            }
            let mut names = Vec::new();
            for (text, range) in directive.names {
                let span = part(range);
                match self.settings.find(&text) {
                    Ok(rules) => names.push(Name { text, span, rules, used: false }),
                    Err(unknown) => self.invalid.push(Invalid {
                        span,
                        message: unknown.message,
                        help: unknown.help.unwrap_or_else(|| "`plimsoll rules` lists the rules".into()),
                    }),
                }
            }
            self.directives.push(Inline { scope, span, names, reason: directive.reason });
        }
    }
}

/// Whether a text has a word of ASCII letters, in whatever case. `word` is in lower case.
pub(super) fn mentions(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let Some(&first) = word.first() else { return true };
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), text)
        .filter_map(|at| text.get(at..at + word.len()))
        .any(|found| found.eq_ignore_ascii_case(word))
}
