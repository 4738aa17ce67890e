//! The report for people: the source, the reason and the remedy, then what was counted and looked at.

use std::fmt::{self, Write as _};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    Severity, SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use crate::discover::Coverage;
use crate::engine::{Mask, Notice, Outcome};
use crate::finding::{Disposition, Finding, Level, SuppressedBy};
use crate::source::{Source, Span};

use super::escape::escape;
use super::place::Place;
use super::units::units;
use super::{Options, summary};

/// Related places are shown up to this many; a secret in fifty places needs one remedy.
const RELATED: usize = 5;

/// Findings in their order, then notices, counts and, last, what was looked at.
pub(super) fn render(outcome: &Outcome, options: &Options) -> String {
    let mut text = String::new();
    for finding in &outcome.findings {
        if finding.is_active() || options.show_suppressed {
            one(&mut text, outcome, finding, options);
        }
    }
    if options.quiet {
        return text;
    }
    text.push_str(&gaps(&outcome.notices, &outcome.coverage));
    if options.statistics {
        text.push_str(&summary::statistics(outcome));
    }
    let _ = writeln!(text, "{}", summary::counts(outcome));
    let _ = writeln!(text, "{}", summary::coverage(outcome));
    text
}

/// What happened to the run, and configuration that could not be looked at: a line each.
pub fn gaps(notices: &[Notice], coverage: &Coverage) -> String {
    let mut text = String::new();
    for notice in notices {
        let level = if notice.failed { "error" } else { "warning" };
        let path =
            notice.path.as_ref().map(|path| format!("{}: ", escape(path.as_str()))).unwrap_or_default();
        let _ = writeln!(text, "{level}: {path}{}", escape(&notice.message));
    }
    for skip in coverage.skipped.iter().filter(|skip| skip.reason.is_gap()) {
        let reason = skip.reason.describe();
        let _ = writeln!(text, "warning: {}: not analysed, {}", escape(skip.path.as_str()), escape(&reason));
    }
    text
}

/// One problem with its line of source: for findings, and for errors in a configuration.
pub fn diagnostic(
    source: &Source,
    mask: &Mask,
    span: Span,
    level: Level,
    name: &str,
    message: &str,
    color: bool,
) -> String {
    snippet(&Place::of(source, mask, span), level, name, message, color, 100)
}

fn one(text: &mut String, outcome: &Outcome, finding: &Finding, options: &Options) {
    let rule = &outcome.rules.get(finding.rule).rule;
    let place = Place::new(outcome, finding.primary);
    text.push_str(&snippet(
        &place,
        finding.level,
        &rule.name,
        &finding.message,
        options.color,
        options.width,
    ));
    let mut line = |label: &str, words: &str| {
        let _ = writeln!(text, "  {label:>5}: {}", escape(words));
    };
    line("why", &finding.why);
    line("help", &finding.help);
    for related in finding.related.iter().take(RELATED) {
        let place = Place::new(outcome, related.span);
        let at = format!("{}:{}:{} {}", place.path(), place.start.line, place.start.column, related.message);
        line("see", &at);
    }
    if finding.related.len() > RELATED {
        line("see", &format!("{} more places", finding.related.len() - RELATED));
    }
    if let Some(units) = units(finding) {
        line("in", &units);
    }
    if let Disposition::Suppressed { by, reason } = &finding.disposition {
        let reason = reason.as_deref().unwrap_or("no reason given");
        let note = match by {
            SuppressedBy::InSource(_) => format!("suppressed in the file: {reason}"),
            SuppressedBy::Config => format!("suppressed by the configuration: {reason}"),
            SuppressedBy::Baseline => "accepted in the baseline".to_owned(),
        };
        line("note", &note);
    }
    text.push('\n');
}

fn snippet(place: &Place<'_>, level: Level, name: &str, message: &str, color: bool, width: usize) -> String {
    let (line, mark) = place.shown_line(width.saturating_sub(12));
    let problem = Problem {
        message: escape(message).into_owned(),
        code: format!("{}: {name}", level.name()),
        level,
        excerpt: Excerpt {
            path: escape(place.path().as_str()).into_owned(),
            line: place.start.line as usize - 1,
            column: place.start.column as usize - 1,
            text: line,
        },
        mark,
    };
    let theme = GraphicalTheme {
        characters: ThemeCharacters::unicode(),
        styles: if color { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .without_syntax_highlighting()
        .with_context_lines(0)
        // Wrapped lines cannot be searched for or copied.
        .with_wrap_lines(false)
        .with_width(width);
    let mut text = String::new();
    match handler.render_report(&mut text, &problem) {
        Ok(()) => text,
        // Formatting into a string fails only if a part of the report refuses to be formatted.
        Err(fmt::Error) => format!("{}\n{}\n", problem.code, problem.message),
    }
}

/// What miette draws.
#[derive(Debug)]
struct Problem {
    message: String,
    code: String,
    level: Level,
    excerpt: Excerpt,
    mark: std::ops::Range<usize>,
}

/// The one line of a file that is shown, already masked, escaped and cut.
#[derive(Debug)]
struct Excerpt {
    path: String,
    line: usize,
    column: usize,
    text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Note => Severity::Advice,
        })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(LabeledSpan::underline(self.mark.clone()))))
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let contents = MietteSpanContents::new_named(
            self.path.clone(),
            self.text.as_bytes(),
            (0, self.text.len()).into(),
            self.line,
            self.column,
            1,
        );
        Ok(Box::new(contents))
    }
}
