//! The last lines of a report for people: how much was found, and what was looked at.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::discover::SkipReason;
use crate::engine::Outcome;
use crate::finding::Level;

use super::escape::escape;

/// `3 errors, 12 warnings, 1 note in 1,204 objects (5 suppressed, 80 in the baseline)`
pub(super) fn counts(outcome: &Outcome) -> String {
    let part = |level: Level| {
        let count = outcome.count(level);
        (count > 0).then(|| plural(count, level.name()))
    };
    let parts: Vec<String> = Level::ALL.into_iter().filter_map(part).collect();
    let found = if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") };
    let accepted = outcome.accepted().count();
    let suppressed = outcome.findings.len() - outcome.active().count() - accepted;
    let parts = [(suppressed, "suppressed"), (accepted, "in the baseline")].into_iter();
    let parts =
        parts.filter(|(count, _)| *count > 0).map(|(count, what)| format!("{} {what}", thousands(count)));
    let parts = parts.collect::<Vec<_>>().join(", ");
    let beside = if parts.is_empty() { parts } else { format!(" ({parts})") };
    format!("{found} in {}{beside}", plural(outcome.coverage.objects, "object"))
}

/// What was looked at and what was not, and why, in one line.
pub(super) fn coverage(outcome: &Outcome) -> String {
    let coverage = &outcome.coverage;
    let mut line = format!("{}: {} analysed", plural(coverage.seen, "file"), thousands(coverage.analysed));
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut excluded: BTreeMap<&str, usize> = BTreeMap::new();
    for skip in &coverage.skipped {
        match &skip.reason {
            SkipReason::Excluded(pattern) => *excluded.entry(pattern).or_default() += 1,
            // The bytes at which files stop being UTF-8 would make a reason of each file.
            SkipReason::NotUtf8(_) => *reasons.entry("not UTF-8".to_owned()).or_default() += 1,
            SkipReason::Unreadable(_) => *reasons.entry("unreadable".to_owned()).or_default() += 1,
            reason => *reasons.entry(reason.describe()).or_default() += 1,
        }
    }
    for (reason, count) in reasons {
        let _ = write!(line, ", {} {reason}", thousands(count));
    }
    if !excluded.is_empty() {
        let patterns: Vec<String> =
            excluded.iter().map(|(pattern, count)| format!("{} ×{count}", escape(pattern))).collect();
        let _ = write!(line, "; left out: {}", patterns.join(", "));
    }
    let rendered = [(coverage.units, "overlay"), (coverage.charts, "chart")];
    let rendered = rendered.into_iter().filter(|(count, _)| *count > 0);
    let rendered: Vec<String> = rendered.map(|(count, what)| plural(count, what)).collect();
    if !rendered.is_empty() {
        let _ = write!(line, "; {} rendered", rendered.join(", "));
    }
    if !coverage.not_rendered.is_empty() {
        let parts: Vec<String> =
            coverage.not_rendered.iter().map(|(part, count)| plural(*count, part)).collect();
        let _ = write!(line, "; not rendered: {}", parts.join(", "));
    }
    if coverage.partial > 0 {
        let _ =
            write!(line, "; {} in overlays or charts rendered in part", plural(coverage.partial, "object"));
    }
    if !coverage.not_followed.is_empty() {
        let parts: Vec<String> =
            coverage.not_followed.iter().map(|(why, count)| format!("{} ×{count}", escape(why))).collect();
        let _ = write!(line, "; not followed: {}", parts.join(", "));
    }
    if !coverage.unread_pipelines.is_empty() {
        let parts: Vec<String> =
            coverage.unread_pipelines.iter().map(|(part, count)| format!("{part} ×{count}")).collect();
        let _ = write!(line, "; not read of pipelines: {}", parts.join(", "));
    }
    if !coverage.not_linted.is_empty() {
        let kinds: Vec<String> =
            coverage.not_linted.iter().map(|(kind, count)| not_linted(kind, *count)).collect();
        let _ = write!(line, "; not linted as deployed: {}", kinds.join(", "));
    }
    if coverage.not_verified > 0 {
        let demands = plural(coverage.not_verified, "demand");
        let _ = write!(line, "; {demands} of definitions not verified (see `schema-not-verified`)");
    }
    if let Some(address) = outcome.world.graph.this.inferred() {
        let address = escape(address);
        let _ = write!(line, "; {address} is taken for this repository (see `repository.aliases`)");
    }
    line
}

/// `1 patch`, `4 overlays that do not build`
fn not_linted(kind: &str, count: usize) -> String {
    let one = match kind {
        "patches" => "patch",
        "overlays that do not build" => "overlay that does not build",
        "objects that were taken out of use" => "object that was taken out of use",
        "overlays that are put off" => "overlay that is put off",
        "charts that fail" => "chart that fails",
        "variables that may be defined elsewhere" => "variable that may be defined elsewhere",
        "components that nothing includes" => "component that nothing includes",
        "patches and other entries for what is not rendered" => {
            "patch or other entry for what is not rendered"
        }
        _ => kind,
    };
    format!("{} {}", thousands(count), if count == 1 { one } else { kind })
}

/// Findings that count, by rule, the most frequent first.
pub(super) fn statistics(outcome: &Outcome) -> String {
    let mut counts: BTreeMap<(&str, Level), usize> = BTreeMap::new();
    for finding in outcome.active() {
        *counts.entry((&outcome.rules.get(finding.rule).rule.name, finding.level)).or_default() += 1;
    }
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by(|(a, a_count), (b, b_count)| (b_count, b.1, a.0).cmp(&(a_count, a.1, b.0)));
    let mut table = String::new();
    for ((rule, level), count) in rows {
        let _ = writeln!(table, "{count:6}  {:7}  {rule}", level.name());
    }
    table
}

/// `1 file`, `1,204 files`
pub fn plural(count: usize, noun: &str) -> String {
    let (stem, end) = match (count, noun.strip_suffix("cy")) {
        (1, _) => (noun, ""),
        (_, Some(stem)) => (stem, "cies"),
        (_, None) => (noun, "s"),
    };
    format!("{} {stem}{end}", thousands(count))
}

/// `1,234,567`
fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
