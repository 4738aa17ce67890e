//! JSON for programs, and its schema: both from the same declarations, so that neither can be wrong about the other.
//!
//! Within a version keys are added but never removed, renamed or given another meaning.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::{Value, json};

use crate::engine::{Notice, Outcome};
use crate::finding::{Disposition, Finding, Level, SuppressedBy};
use crate::source::{Position, Span};

use super::escape::{escape, push_escaped};
use super::fingerprint::fingerprints;
use super::place::Place;

/// The version of the format.
const VERSION: u32 = 1;

/// The findings of `plimsoll check --format json`.
#[derive(Serialize, JsonSchema)]
struct Output<'a> {
    /// Version of this format. Keys may be added within a version; nothing else changes.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    tool: Tool,
    /// All findings, suppressed ones too, sorted by file and place.
    findings: Vec<Item<'a>>,
    /// What happened to the run itself.
    notices: Vec<NoticeItem<'a>>,
    summary: Summary,
    coverage: Coverage<'a>,
}

/// What made the report.
#[derive(Serialize, JsonSchema)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// One problem at one place.
#[derive(Serialize, JsonSchema)]
struct Item<'a> {
    /// Name of the rule.
    rule: &'a str,
    severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    message: String,
    /// Why it matters.
    why: String,
    /// What to do.
    help: String,
    #[serde(flatten)]
    place: Location<'a>,
    /// The Kubernetes object it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Object<'a>>,
    /// The field, as a JSON path from the root of the object or document.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    /// Other places that explain the finding, the most telling first.
    related: Vec<RelatedItem<'a>>,
    /// The overlays it is found in, by directory (`""` is the root); absent when no overlay is involved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    units: Vec<&'a str>,
    /// Present when the finding is suppressed and does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<Suppressed<'a>>,
    /// Identity of the finding across commits; does not change when lines move.
    fingerprint: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Severity {
    /// Outage, leak or takeover, or the controller will refuse it.
    Error,
    /// An anti-pattern with a plausible failure.
    Warning,
    /// Hygiene, or a point on which authorities disagree.
    Note,
}

/// Bytes of a file.
#[derive(Serialize, JsonSchema)]
struct Location<'a> {
    /// Path relative to the root of the repository, with `/`.
    file: &'a str,
    /// The first character.
    start: Point,
    /// Behind the last character.
    end: Point,
}

/// A place in a file.
#[derive(Serialize, JsonSchema)]
struct Point {
    /// Line, from 1.
    #[schemars(range(min = 1))]
    line: u32,
    /// Column in Unicode scalar values, from 1. A byte order mark has no column.
    #[schemars(range(min = 1))]
    column: u32,
    /// Bytes before it in the file, byte order mark included.
    offset: u32,
}

/// A Kubernetes object.
#[derive(Serialize, JsonSchema)]
struct Object<'a> {
    kind: &'a str,
    /// The namespace, when it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
    name: &'a str,
}

/// A second place that explains a finding.
#[derive(Serialize, JsonSchema)]
struct RelatedItem<'a> {
    #[serde(flatten)]
    place: Location<'a>,
    /// What stands there.
    message: String,
}

/// Why a finding does not count.
#[derive(Serialize, JsonSchema)]
struct Suppressed<'a> {
    by: By,
    /// The reason that its author gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The comment or annotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Location<'a>>,
}

/// What suppresses a finding.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum By {
    /// A comment or an annotation in a file.
    Source,
    /// An entry of `ignores` in the configuration.
    Config,
    /// The baseline: it was there when that was written.
    Baseline,
}

/// Something to know about the run itself.
#[derive(Serialize, JsonSchema)]
struct NoticeItem<'a> {
    /// What happened and what it means for the result.
    message: String,
    /// Whether the result is incomplete because of it.
    failed: bool,
    /// The file that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<Point>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<Point>,
}

/// Numbers of findings; those that are suppressed count as such only.
#[derive(Serialize, JsonSchema)]
struct Summary {
    errors: usize,
    warnings: usize,
    notes: usize,
    suppressed: usize,
}

/// What was looked at.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Coverage<'a> {
    /// Files that were found.
    seen: usize,
    /// Files that were read and analysed.
    analysed: usize,
    /// Kubernetes objects on which rules ran.
    objects: usize,
    /// Overlays that were rendered.
    units: usize,
    /// Charts that were rendered, once for each release.
    charts: usize,
    /// Parts of overlays and charts that were not rendered, by what they are.
    not_rendered: &'a BTreeMap<&'static str, usize>,
    /// Objects of overlays and charts that were rendered in part.
    partial: usize,
    /// What owners name and nobody could follow, by the reason.
    not_followed: BTreeMap<String, usize>,
    /// Parts of pipelines that were not read, by what they are.
    unread_pipelines: &'a BTreeMap<&'static str, usize>,
    /// Files that were not analysed, sorted by path.
    skipped: Vec<SkippedFile<'a>>,
    /// Objects and documents that were read but not linted as deployed, by what they are.
    not_linted: &'a BTreeMap<&'static str, usize>,
    /// Demands of CustomResourceDefinitions (rules in CEL, formats) that could not be evaluated for objects.
    not_verified: usize,
}

/// A file that was not analysed.
#[derive(Serialize, JsonSchema)]
struct SkippedFile<'a> {
    path: &'a str,
    /// Why, in words.
    reason: String,
}

/// The JSON schema of the format.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Output<'static>>().to_value();
    schema["title"] = json!("plimsoll output");
    schema
}

/// The report.
pub(super) fn render(outcome: &Outcome) -> String {
    let coverage = &outcome.coverage;
    let findings = outcome.findings.iter().zip(fingerprints(outcome));
    let output = Output {
        version: VERSION,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        findings: findings.map(|(finding, fingerprint)| item(outcome, finding, fingerprint)).collect(),
        notices: outcome.notices.iter().map(|notice| notice_item(outcome, notice)).collect(),
        summary: Summary {
            errors: outcome.count(Level::Error),
            warnings: outcome.count(Level::Warning),
            notes: outcome.count(Level::Note),
            suppressed: outcome.findings.len() - outcome.active().count(),
        },
        coverage: Coverage {
            seen: coverage.seen,
            analysed: coverage.analysed,
            objects: coverage.objects,
            units: coverage.units,
            charts: coverage.charts,
            not_rendered: &coverage.not_rendered,
            partial: coverage.partial,
            not_followed: coverage
                .not_followed
                .iter()
                .map(|(reason, count)| (visible(reason), *count))
                .collect(),
            unread_pipelines: &coverage.unread_pipelines,
            skipped: coverage
                .skipped
                .iter()
                .map(|skip| SkippedFile {
                    path: skip.path.as_str(),
                    reason: visible(&skip.reason.describe()),
                })
                .collect(),
            not_linted: &coverage.not_linted,
            not_verified: coverage.not_verified,
        },
    };
    print(&output)
}

fn item<'a>(outcome: &'a Outcome, finding: &'a Finding, fingerprint: String) -> Item<'a> {
    Item {
        rule: &outcome.rules.get(finding.rule).rule.name,
        severity: match finding.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Note => Severity::Note,
        },
        message: visible(&finding.message),
        why: visible(&finding.why),
        help: visible(&finding.help),
        place: location(outcome, finding.primary),
        object: finding.object.as_ref().map(|object| Object {
            kind: &object.kind,
            namespace: object.namespace.as_deref(),
            name: &object.name,
        }),
        path: finding.path.as_deref(),
        related: finding
            .related
            .iter()
            .map(|related| RelatedItem {
                place: location(outcome, related.span),
                message: visible(&related.message),
            })
            .collect(),
        units: finding.units.iter().map(|unit| unit.as_str()).collect(),
        suppressed: match &finding.disposition {
            Disposition::Active => None,
            Disposition::Suppressed { by, reason } => Some(Suppressed {
                by: match by {
                    SuppressedBy::InSource(_) => By::Source,
                    SuppressedBy::Config => By::Config,
                    SuppressedBy::Baseline => By::Baseline,
                },
                reason: reason.as_deref().map(visible),
                at: match by {
                    SuppressedBy::InSource(span) => Some(location(outcome, *span)),
                    SuppressedBy::Config | SuppressedBy::Baseline => None,
                },
            }),
        },
        fingerprint,
    }
}

fn notice_item<'a>(outcome: &'a Outcome, notice: &'a Notice) -> NoticeItem<'a> {
    let place = notice.span.map(|span| location(outcome, span));
    let file = notice.path.as_ref().map(|path| path.as_str()).or(place.as_ref().map(|place| place.file));
    let (start, end) = place.map(|place| (place.start, place.end)).unzip();
    NoticeItem { message: visible(&notice.message), failed: notice.failed, file, start, end }
}

fn location(outcome: &Outcome, span: Span) -> Location<'_> {
    let place = Place::new(outcome, span);
    let point = |at: Position, offset| Point { line: at.line, column: at.column, offset };
    Location {
        file: place.path().as_str(),
        start: point(place.start, span.start),
        end: point(place.end, span.end()),
    }
}

/// Text for people, who will see it through some other program: what could act on their screen is shown instead.
/// Line breaks and tabs are theirs to keep.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\t' => shown.push(c),
            '\r' if chars.peek() == Some(&'\n') => shown.push(c),
            c => push_escaped(&mut shown, c),
        }
    }
    shown
}

/// JSON text, ending with a line break. Names and paths reach the reading program as they are, but on the way, which
/// may lead over a terminal or a log, nothing that acts on a screen is left: strings hold its escapes.
pub(super) fn print(value: &impl Serialize) -> String {
    // Structs, strings and numbers with keys of text always serialise.
    harmless(&serde_json::to_string_pretty(value).unwrap_or_default()) + "\n"
}

/// As [`print()`], without layout.
pub(super) fn compact(value: &impl Serialize) -> String {
    harmless(&serde_json::to_string(value).unwrap_or_default())
}

fn harmless(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        // What is unsafe below U+0020 was escaped by the serialiser; what is left there is layout.
        let mut buffer = [0; 4];
        let layout_or_ascii = c < '\u{7f}';
        if layout_or_ascii || matches!(escape(c.encode_utf8(&mut buffer)), Cow::Borrowed(_)) {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}
