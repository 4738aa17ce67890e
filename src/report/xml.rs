//! JUnit: one suite a file with findings, one failed case a finding. Test panels of CI systems read it.

use std::fmt::Write as _;

use crate::engine::Outcome;
use crate::finding::Finding;

use super::escape::escape;
use super::place::Place;
use super::summary;

/// The suites. A clean run is one suite with one passed case, because readers take an empty file for a failure.
pub(super) fn junit(outcome: &Outcome) -> String {
    let findings: Vec<&Finding> = outcome.active().collect();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let total = findings.len();
    let _ = writeln!(
        text,
        "<testsuites name=\"plimsoll\" tests=\"{}\" failures=\"{total}\" errors=\"0\">",
        total.max(1)
    );
    if findings.is_empty() {
        let _ = writeln!(
            text,
            "  <testsuite name=\"plimsoll\" tests=\"1\" failures=\"0\" errors=\"0\">\n    <testcase name=\"{}\" classname=\"plimsoll\"/>\n  </testsuite>",
            attribute(&summary::counts(outcome))
        );
    }
    for suite in findings.chunk_by(|a, b| a.primary.source == b.primary.source) {
        let path = suite.first().map(|finding| Place::new(outcome, finding.primary).path().as_str());
        let path = attribute(path.unwrap_or_default());
        let count = suite.len();
        let _ = writeln!(
            text,
            "  <testsuite name=\"{path}\" tests=\"{count}\" failures=\"{count}\" errors=\"0\">"
        );
        for finding in suite {
            case(&mut text, outcome, finding, &path);
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn case(text: &mut String, outcome: &Outcome, finding: &Finding, path: &str) {
    let place = Place::new(outcome, finding.primary);
    let rule = attribute(&outcome.rules.get(finding.rule).rule.name);
    let (line, column) = (place.start.line, place.start.column);
    let level = finding.level.name();
    let _ = writeln!(
        text,
        "    <testcase name=\"{rule} at {line}:{column}\" classname=\"{path}\" file=\"{path}\" line=\"{line}\">"
    );
    let _ = writeln!(
        text,
        "      <failure type=\"{level}\" message=\"{}\">{}</failure>\n    </testcase>",
        attribute(&finding.message),
        attribute(&format!("{path}:{line}:{column}: why: {} help: {}", finding.why, finding.help)),
    );
}

/// Text for an attribute or an element. XML 1.0 has no way to write most control characters, so they are escaped
/// as everywhere else first.
pub fn attribute(text: &str) -> String {
    let text = escape(text);
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // Not characters of XML 1.0 (section 2.2).
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(c),
        }
    }
    escaped
}
