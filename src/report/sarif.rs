//! SARIF 2.1.0, for GitHub code scanning, editors and other viewers.
//!
//! Must show a viewer that knows nothing about plimsoll what is wrong, why, and what was not looked at. What GitHub
//! insists on decides where the standard leaves a choice.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use camino::Utf8Path;
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactContent, ArtifactLocation, Invocation, Location, LogicalLocation, Message,
    MultiformatMessageString, Notification, PhysicalLocation, PropertyBag, Region, ReportingConfiguration,
    ReportingDescriptor, ReportingDescriptorReference, Result as SarifResult, ResultLevel, Run,
    RunAutomationDetails, Sarif, Suppression, Tool, ToolComponent,
};

use crate::discover::Skip;
use crate::engine::{ActiveRule, Notice, Outcome};
use crate::finding::{Disposition, Finding, Level, SuppressedBy};
use crate::source::{SourceId, Span};

use super::Options;
use super::fingerprint::fingerprints;
use super::json::{print, visible};
use super::line_hash::line_hashes;
use super::place::Place;
use super::summary;
use super::units::units;

/// The schema as OASIS publishes it.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const HOME: &str = "https://github.com/plimsoll-dev/plimsoll";
/// What paths are relative to. Where that lies on this machine is nobody's business.
const ROOT: &str = "%SRCROOT%";
/// Results that GitHub shows of a run: <https://docs.github.com/en/code-security/reference/code-scanning/sarif-support-for-code-scanning>
const SHOWN_BY_GITHUB: usize = 5_000;

/// Bytes beyond which no text is quoted: a minified file may be one line, and it may have a thousand findings.
const LONGEST_SNIPPET: u32 = 4096;

/// What a notification can be about: its id, what it means and what to do. An index into [`ABOUT`] says which.
const ABOUT: [(&str, &str, &str); 4] = [
    (
        "run-notice",
        "Something happened to the run itself.",
        "Read what the notification says; a result may be missing.",
    ),
    (
        "file-not-analysed",
        "A file that is configuration could not be analysed.",
        "Make the file readable UTF-8 text within `limits.file-size`, or exclude it.",
    ),
    (
        "many-results",
        "There are more results than GitHub shows.",
        "Correct or suppress the most severe findings, or select fewer rules.",
    ),
    (
        "run-coverage",
        "What was looked at, and what could not be.",
        "Nothing, unless something is named there that you expect to be checked.",
    ),
];
const RUN_NOTICE: usize = 0;
const FILE_NOT_ANALYSED: usize = 1;
const MANY_RESULTS: usize = 2;
const COVERAGE: usize = 3;

/// The report.
pub(super) fn render(outcome: &Outcome, options: &Options) -> String {
    let hashes = primary_location_line_hashes(outcome);
    let fingerprints = fingerprints(outcome);
    // GitHub opens alerts for suppressed results as for any other (codeql-action issue 1230).
    let shown = |finding: &Finding| finding.is_active() || options.show_suppressed;
    let findings = outcome.findings.iter().zip(fingerprints);
    let mut findings: Vec<_> = findings.filter(|(finding, _)| shown(finding)).collect();
    if findings.len() > SHOWN_BY_GITHUB {
        findings.sort_by_key(|(finding, _)| (!finding.is_active(), Reverse(finding.level)));
    }
    let results = findings.into_iter().map(|(finding, fingerprint)| {
        let line = Place::new(outcome, finding.primary).start.line;
        let hash = hashes.get(&(finding.primary.source, line));
        result(outcome, finding, fingerprint, hash)
    });
    let run = Run::builder()
        .tool(Tool::builder().driver(driver(outcome)).build())
        .automation_details(RunAutomationDetails::builder().id("plimsoll/").build())
        .column_kind(json!("utf16CodeUnits"))
        .default_encoding("utf-8")
        .redaction_tokens(vec!["***".to_owned()])
        .original_uri_base_ids(BTreeMap::from([(
            ROOT.to_owned(),
            ArtifactLocation::builder().description(message("The root of the repository.")).build(),
        )]))
        .invocations(vec![invocation(outcome)])
        .results(results.collect::<Vec<_>>())
        .build();
    let sarif = Sarif::builder().schema(SCHEMA).version(json!("2.1.0")).runs(vec![run]).build();
    print(&sarif)
}

fn driver(outcome: &Outcome) -> ToolComponent {
    let notification = |(id, description, help): (&str, &str, &str)| {
        ReportingDescriptor::builder()
            .id(id)
            .name(pascal_case(id))
            .short_description(text(description))
            .full_description(text(description))
            .help(text(help))
            .help_uri(HOME)
            .build()
    };
    ToolComponent::builder()
        .name("plimsoll")
        .full_name(concat!("plimsoll ", env!("CARGO_PKG_VERSION")))
        .organization("plimsoll")
        .short_description(text(concat!(env!("CARGO_PKG_DESCRIPTION"), ".")))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .version(env!("CARGO_PKG_VERSION"))
        .information_uri(HOME)
        .rules(outcome.rules.iter().map(|(_, rule)| descriptor(rule)).collect::<Vec<_>>())
        .notifications(ABOUT.map(notification).to_vec())
        .build()
}

fn descriptor(active: &ActiveRule) -> ReportingDescriptor {
    let rule = active.rule;
    let markdown = rule.markdown();
    let mut tags: Vec<String> = rule.tags.iter().map(|tag| tag.clone().into_owned()).collect();
    let mut properties = BTreeMap::from([("precision".to_owned(), json!(rule.precision.name()))]);
    // GitHub takes every rule with a `security-severity` for one about security, and ranks it by that alone.
    if let Some(severity) = rule.security_severity {
        if !rule.tags.iter().any(|tag| tag == "security") {
            tags.insert(0, "security".to_owned());
        }
        properties.insert("security-severity".to_owned(), json!(format!("{severity:.1}")));
    } else {
        let severity = match rule.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "recommendation",
        };
        properties.insert("problem.severity".to_owned(), json!(severity));
    }
    ReportingDescriptor::builder()
        .id(&*rule.name)
        .name(pascal_case(&rule.name))
        .short_description(text(rule.summary()))
        .full_description(text(&full_description(rule.summary(), &markdown)))
        .help(MultiformatMessageString::builder().text(&*markdown).markdown(&*markdown).build())
        .help_uri(format!("{HOME}/blob/main/docs/rules/{}.md", rule.name))
        .default_configuration(ReportingConfiguration::builder().level(json!(rule.level.name())).build())
        .properties(PropertyBag::builder().tags(tags).additional_properties(properties).build())
        .build()
}

/// The summary and, when GitHub's 1,024 characters have room for it, the first paragraph of the reasons.
fn full_description(summary: &str, markdown: &str) -> String {
    let reasons = markdown.split_once("\n## Why\n").map(|(_, reasons)| reasons.trim_start());
    let paragraph = reasons.and_then(|reasons| reasons.split("\n\n").next()).unwrap_or_default();
    let words: Vec<&str> = summary.split_whitespace().chain(paragraph.split_whitespace()).collect();
    let full = words.join(" ");
    if full.chars().count() <= 1024 { full } else { summary.to_owned() }
}

/// `image-latest-tag` as the standard wants names, `ImageLatestTag`.
fn pascal_case(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for word in id.split('-') {
        name.push_str(&capitalised(word));
    }
    name
}

fn result(outcome: &Outcome, finding: &Finding, fingerprint: String, hash: Option<&String>) -> SarifResult {
    let mut fingerprints = BTreeMap::from([("plimsoll/v1".to_owned(), fingerprint)]);
    if let Some(hash) = hash {
        fingerprints.insert("primaryLocationLineHash".to_owned(), hash.clone());
    }
    let mut primary = location(outcome, finding.primary, Snippet::With);
    let logical = logical_locations(finding);
    primary.logical_locations = Some(logical).filter(|logical| !logical.is_empty());
    let mut result = SarifResult::builder()
        .rule_id(&*outcome.rules.get(finding.rule).rule.name)
        .rule_index(i64::from(finding.rule.0))
        .level(match finding.level {
            Level::Error => ResultLevel::Error,
            Level::Warning => ResultLevel::Warning,
            Level::Note => ResultLevel::Note,
        })
        .message(message(&words(outcome, finding)))
        .locations(vec![primary])
        .partial_fingerprints(fingerprints)
        .build();
    if !finding.related.is_empty() {
        let related = finding.related.iter().zip(1..).map(|(related, id)| {
            let mut location = location(outcome, related.span, Snippet::With);
            location.id = Some(id);
            location.message = Some(message(&sentence(&related.message)));
            location
        });
        result.related_locations = Some(related.collect());
    }
    if let Disposition::Suppressed { by, reason } = &finding.disposition {
        let mut suppression = match by {
            SuppressedBy::InSource(span) => Suppression::builder()
                .kind(json!("inSource"))
                .location(location(outcome, *span, Snippet::Without))
                .build(),
            SuppressedBy::Config | SuppressedBy::Baseline => {
                Suppression::builder().kind(json!("external")).build()
            }
        };
        suppression.justification = reason.as_deref().map(visible);
        result.suppressions = Some(vec![suppression]);
    }
    if outcome.has_baseline {
        let is_known =
            matches!(finding.disposition, Disposition::Suppressed { by: SuppressedBy::Baseline, .. });
        result.baseline_state = Some(json!(if is_known { "unchanged" } else { "new" }));
    }
    result
}

/// What a viewer shows of a finding: its first sentence is a title on GitHub. The links are to related locations.
fn words(outcome: &Outcome, finding: &Finding) -> String {
    let sentences = [&finding.message, &*finding.why, &*finding.help];
    let sentences = sentences.into_iter().filter(|text| !text.is_empty()).map(sentence);
    let mut words = sentences.collect::<Vec<_>>().join(" ");
    if let Some(units) = units(finding) {
        words.push_str(&format!(" Found in {}.", plain(&units)));
    }
    let mut links = finding.related.iter().zip(1..).map(|(related, id)| {
        let place = Place::new(outcome, related.span);
        let what = plain(related.message.trim_end_matches('.'));
        // Brackets in the text of a link have to be escaped, and not every viewer undoes it.
        let file = visible(place.path().as_str()).replace(['[', ']'], "_");
        format!("{what}: [{file}:{}]({id})", place.start.line)
    });
    if let Some(first) = links.next() {
        let rest = links.map(|link| format!("; {link}")).collect::<String>();
        words.push_str(&format!(" {}{rest}.", capitalised(&first)));
    }
    words
}

/// A text as a sentence, with a capital letter and a full stop.
fn sentence(text: &(impl AsRef<str> + ?Sized)) -> String {
    let text = plain(text.as_ref().trim_end());
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    // A name keeps its letters: `hostNetwork` is not HostNetwork.
    let word = text.split_whitespace().next().unwrap_or_default();
    let is_word = word.chars().all(|c| c.is_lowercase() || matches!(c, ',' | '\''));
    if is_word { format!("{}{stop}", capitalised(&text)) } else { format!("{text}{stop}") }
}

/// Text of a file may stand in a message and must not become a link in it.
fn plain(text: &str) -> String {
    visible(text).replace("](", "] (")
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next();
    first.into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}

/// The object, and the field in it.
fn logical_locations(finding: &Finding) -> Vec<LogicalLocation> {
    let object = finding.object.as_ref().map(|object| {
        LogicalLocation::builder()
            .name(visible(&object.name))
            .fully_qualified_name(visible(&object.to_string()))
            .kind("resource")
            .build()
    });
    let field = finding.path.as_deref().map(|path| {
        let object = finding.object.as_ref().map(|object| format!("{object}/")).unwrap_or_default();
        LogicalLocation::builder()
            .name(visible(path))
            .fully_qualified_name(visible(&format!("{object}{path}")))
            .kind("property")
            .build()
    });
    object.into_iter().chain(field).collect()
}

/// Whether a location shows the text that stands there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Snippet {
    With,
    Without,
}

fn location(outcome: &Outcome, span: Span, snippet: Snippet) -> Location {
    let place = Place::new(outcome, span);
    let mut location = whole_file(place.path());
    if let Some(physical) = &mut location.physical_location {
        physical.region = Some(region(&place, snippet));
        let context = Some(Place::new(outcome, context(&place)));
        let context = context.filter(|it| snippet == Snippet::With && it.span().len <= LONGEST_SNIPPET);
        physical.context_region = context.map(|place| region(&place, snippet));
    }
    location
}

fn region(place: &Place<'_>, snippet: Snippet) -> Region {
    let mut region = Region::builder()
        .start_line(i64::from(place.start.line))
        .start_column(i64::from(place.start.column_utf16))
        .end_line(i64::from(place.end.line))
        .end_column(i64::from(place.end.column_utf16))
        .build();
    if snippet == Snippet::With && (1..=LONGEST_SNIPPET).contains(&place.span().len) {
        region.snippet = Some(ArtifactContent::builder().text(visible(&place.masked())).build());
    }
    region
}

/// The lines of a place, the one above and the one below.
fn context(place: &Place<'_>) -> Span {
    let source = place.source();
    let last = source.line_range(place.end.line.saturating_add(1).min(source.line_count()));
    let mut start = source.line_range(place.start.line.saturating_sub(1).max(1)).start;
    if start == 0 && source.text().starts_with('\u{feff}') {
        // Viewers do not show it and columns do not count it.
        start = '\u{feff}'.len_utf8();
    }
    let span = place.span();
    Span::new(span.source, (start as u32).min(span.start), (last.end as u32).max(span.end()))
}

fn whole_file(path: &Utf8Path) -> Location {
    let artifact = ArtifactLocation::builder().uri(uri(path)).uri_base_id(ROOT).build();
    Location::builder()
        .physical_location(PhysicalLocation::builder().artifact_location(artifact).build())
        .build()
}

/// A relative path as a relative reference (RFC 3986). What is not certain to be harmless in one is encoded.
fn uri(path: &Utf8Path) -> String {
    let mut uri = String::with_capacity(path.as_str().len());
    for byte in path.as_str().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

fn invocation(outcome: &Outcome) -> Invocation {
    let skipped = &outcome.coverage.skipped;
    let failed = outcome.notices.iter().any(|notice| notice.failed)
        || skipped.iter().any(|skip| skip.reason.is_failure());
    let gaps = skipped.iter().filter(|skip| skip.reason.is_gap()).map(not_analysed);
    let mut notifications: Vec<Notification> =
        outcome.notices.iter().map(|notice| notification(outcome, notice)).chain(gaps).collect();
    notifications.push(notify(COVERAGE, "note", &sentence(&summary::coverage(outcome)), None));
    if outcome.findings.len() > SHOWN_BY_GITHUB {
        let words = format!(
            "There are {} results, of which GitHub shows {SHOWN_BY_GITHUB}. The most severe stand first.",
            outcome.findings.len()
        );
        notifications.push(notify(MANY_RESULTS, "warning", &words, None));
    }
    Invocation::builder().execution_successful(!failed).tool_execution_notifications(notifications).build()
}

fn notification(outcome: &Outcome, notice: &Notice) -> Notification {
    let level = if notice.failed { "error" } else { "warning" };
    let place = notice
        .span
        .map(|span| location(outcome, span, Snippet::Without))
        .or_else(|| notice.path.as_deref().map(whole_file));
    notify(RUN_NOTICE, level, &sentence(&notice.message), place)
}

fn not_analysed(skip: &Skip) -> Notification {
    let level = if skip.reason.is_failure() { "error" } else { "warning" };
    let words = format!("{} was not analysed: {}.", skip.path, skip.reason.describe());
    notify(FILE_NOT_ANALYSED, level, &visible(&words), Some(whole_file(&skip.path)))
}

fn notify(about: usize, level: &str, words: &str, place: Option<Location>) -> Notification {
    let descriptor = ReportingDescriptorReference::builder().id(ABOUT[about].0).index(about as i64).build();
    let mut notification = Notification::builder()
        .descriptor(descriptor)
        .level(Value::from(level))
        .message(message(words))
        .build();
    notification.locations = place.map(|place| vec![place]);
    notification
}

fn message(words: &str) -> Message {
    Message::builder().text(words).build()
}

fn text(words: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(words).build()
}

/// GitHub's hashes of the lines on which findings start, one pass a file.
fn primary_location_line_hashes(outcome: &Outcome) -> FxHashMap<(SourceId, u32), String> {
    let mut lines: FxHashMap<SourceId, FxHashSet<u32>> = FxHashMap::default();
    for finding in &outcome.findings {
        let line = Place::new(outcome, finding.primary).start.line;
        lines.entry(finding.primary.source).or_default().insert(line);
    }
    let mut hashes = FxHashMap::default();
    for (id, lines) in lines {
        let is_secret =
            |start: usize, end: usize| outcome.mask.within(id, start as u32, end as u32).next().is_some();
        let of_file = line_hashes(outcome.world.map.source(id).text(), &lines, is_secret);
        hashes.extend(of_file.into_iter().map(|(line, hash)| ((id, line), hash)));
    }
    hashes
}
