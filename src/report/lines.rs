//! Formats of one line a finding: for terminals and editors, for GitHub's log, and GitLab's list.

use std::fmt::Write as _;

use serde::Serialize;

use crate::engine::Outcome;
use crate::finding::{Finding, Level};

use super::escape::escape;
use super::fingerprint::fingerprints;
use super::place::Place;
use super::{Options, summary};

/// GitHub shows this many annotations of each level a step.
const GITHUB_ANNOTATIONS: usize = 10;

/// `file:line:col: level rule message`. `.github/plimsoll-matcher.json` reads it.
pub(super) fn concise(outcome: &Outcome, options: &Options) -> String {
    let mut text = String::new();
    for finding in outcome.findings.iter().filter(|finding| finding.is_active() || options.show_suppressed) {
        let place = Place::new(outcome, finding.primary);
        let suppressed = if finding.is_active() { "" } else { " (suppressed)" };
        let _ = writeln!(
            text,
            "{}:{}:{}: {} {} {}{suppressed}",
            escape(place.path().as_str()),
            place.start.line,
            place.start.column,
            finding.level.name(),
            outcome.rules.get(finding.rule).rule.name,
            escape(&finding.message),
        );
    }
    text
}

/// Workflow commands, the worst findings first, since GitHub shows only some of them.
pub(super) fn github(outcome: &Outcome) -> String {
    let mut findings: Vec<&Finding> = outcome.active().collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    let mut text = String::new();
    for finding in &findings {
        let command = match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "notice",
        };
        let place = Place::new(outcome, finding.primary);
        let rule = &outcome.rules.get(finding.rule).rule.name;
        // A column range only means something within one line.
        let columns = if place.start.line == place.end.line {
            format!(",col={},endColumn={}", place.start.column, place.end.column)
        } else {
            String::new()
        };
        let _ = writeln!(
            text,
            "::{command} file={},line={},endLine={}{columns},title={}::{}",
            property(place.path().as_str()),
            place.start.line,
            place.end.line,
            property(rule),
            data(&format!("{}: {}. {}", finding.message, finding.why, finding.help)),
        );
    }
    let hidden: usize =
        Level::ALL.map(|level| outcome.count(level).saturating_sub(GITHUB_ANNOTATIONS)).iter().sum();
    if hidden > 0 {
        let message = format!(
            "{}; GitHub shows {GITHUB_ANNOTATIONS} annotations of each level, {hidden} are in the log only",
            summary::counts(outcome)
        );
        let _ = writeln!(text, "::notice title=plimsoll::{}", data(&message));
    }
    text
}

/// Escapes the message of a workflow command (actions/toolkit `escapeData`).
fn data(text: &str) -> String {
    escape(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a workflow command (actions/toolkit `escapeProperty`).
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// GitLab Code Quality: a JSON array.
pub(super) fn gitlab(outcome: &Outcome) -> String {
    #[derive(Serialize)]
    struct Issue<'a> {
        description: String,
        check_name: &'a str,
        fingerprint: &'a str,
        severity: &'static str,
        location: Location<'a>,
    }
    #[derive(Serialize)]
    struct Location<'a> {
        path: &'a str,
        lines: Lines,
    }
    #[derive(Serialize)]
    struct Lines {
        begin: u32,
        end: u32,
    }
    let fingerprints = fingerprints(outcome);
    let issues: Vec<Issue<'_>> = outcome
        .findings
        .iter()
        .zip(&fingerprints)
        .filter(|(finding, _)| finding.is_active())
        .map(|(finding, fingerprint)| {
            let place = Place::new(outcome, finding.primary);
            Issue {
                description: format!("{}: {}", escape(&finding.message), escape(&finding.help)),
                check_name: &outcome.rules.get(finding.rule).rule.name,
                fingerprint,
                // GitLab's own analysers use these three for what blocks, what matters and what does not.
                severity: match finding.level {
                    Level::Error => "critical",
                    Level::Warning => "major",
                    Level::Note => "info",
                },
                location: Location {
                    path: place.path().as_str(),
                    lines: Lines { begin: place.start.line, end: place.end.line },
                },
            }
        })
        .collect();
    // Strings, numbers and arrays always serialise.
    serde_json::to_string_pretty(&issues).map(|json| json + "\n").unwrap_or_default()
}
