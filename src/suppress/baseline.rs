//! Findings that a team accepted when it began: they do not count, and an entry that nothing needs any more is told.
//!
//! Owns what an entry knows a finding by, and the form of the file. It holds no line numbers, so moving lines changes
//! nothing, and no hash: people read in a review what is accepted, and a secret cannot be guessed from it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::config::{ConfigError, Settings};
use crate::engine::RuleSet;
use crate::finding::{Disposition, Finding, Related, SuppressedBy};
use crate::model::FileView;
use crate::source::{SourceMap, Span};
use crate::yaml::Cursor;

use super::meta::{self, Says};

/// Where the baseline of a repository lies, relative to its root, unless somebody says otherwise.
pub const BASELINE: &str = ".plimsoll-baseline.json";

/// The version of the form.
const VERSION: i64 = 1;
/// How many places the finding about entries that are not needed names.
const SHOWN: usize = 10;

/// What an entry knows a finding by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
pub struct Known {
    /// The file, relative to the root.
    pub file: String,
    /// The name of the rule.
    pub rule: String,
    /// `Kind/namespace/name` of the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What the finding says, where it is about no field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Known {
    fn of(map: &SourceMap, rules: &RuleSet, finding: &Finding) -> Self {
        Self {
            file: map.source(finding.primary.source).path().to_string(),
            rule: rules.get(finding.rule).rule.name.to_string(),
            object: finding.object.as_ref().map(ToString::to_string),
            path: finding.path.clone(),
            message: finding.path.is_none().then(|| finding.message.clone()),
        }
    }
}

/// How many findings are known by the same.
pub type Counts = BTreeMap<Known, usize>;

/// The findings that count.
pub fn counts(map: &SourceMap, rules: &RuleSet, findings: &[Finding]) -> Counts {
    let mut counts = Counts::new();
    for finding in findings.iter().filter(|finding| finding.is_active()) {
        *counts.entry(Known::of(map, rules, finding)).or_default() += 1;
    }
    counts
}

/// An entry for each, on a line of its own, so that a version control system merges them.
pub fn text(counts: &Counts) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        #[serde(flatten)]
        known: &'a Known,
        #[serde(skip_serializing_if = "is_one")]
        count: usize,
    }
    fn is_one(count: &usize) -> bool {
        *count == 1
    }
    let mut text = format!("{{\n  \"version\": {VERSION},\n  \"findings\": [");
    for (index, (known, &count)) in counts.iter().enumerate() {
        // Strings and numbers with keys of text always serialise.
        let line = serde_json::to_string(&Line { known, count }).unwrap_or_default();
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(text, "{comma}\n    {line}");
    }
    text.push_str(if counts.is_empty() { "]\n}\n" } else { "\n  ]\n}\n" });
    text
}

/// A baseline as it was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Baseline {
    path: Utf8PathBuf,
    entries: Vec<Entry>,
}

/// An entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What it accepts.
    pub known: Known,
    /// How many of these.
    pub count: usize,
    /// Where it is written.
    pub span: Span,
}

/// What a run makes of a baseline.
#[derive(Debug)]
pub struct Compared<'b> {
    /// Which of the findings are accepted, in their order.
    pub accepted: Vec<bool>,
    /// The entries that accept more than there is, with how much; only those that the run could have found.
    pub stale: Vec<(&'b Entry, usize)>,
}

impl Baseline {
    /// Reads a file.
    ///
    /// # Errors
    /// The first thing in it that is not as plimsoll writes it: a baseline that is read by half would hide the wrong
    /// findings.
    pub fn parse(file: FileView<'_>) -> Result<Self, ConfigError> {
        let wrong = |span: Span, message: &str| ConfigError {
            span: Some(span),
            message: message.to_owned(),
            help: Some("delete the file, and write it anew with `plimsoll baseline create`".to_owned()),
        };
        let whole = Span::new(file.file.source, 0, 0);
        if let Some(problem) = file.file.parsed.problems.first() {
            return Err(wrong(problem.span, "the baseline is no JSON"));
        }
        let Some(root) = file.documents().next().map(|document| document.root) else {
            return Err(wrong(whole, "the baseline is empty"));
        };
        let version = root.get("version");
        if version.and_then(|version| version.int()) != Some(VERSION) {
            let span = version.unwrap_or(root).span();
            return Err(wrong(span, "this is no baseline that this version of plimsoll reads"));
        }
        let Some(findings) = root.get("findings").filter(Cursor::is_seq) else {
            return Err(wrong(root.span(), "the baseline has no list of findings"));
        };
        let entry = |item: Cursor<'_>| {
            let text =
                |name: &str| item.get(name).and_then(|value| value.text()).map(|text| text.into_owned());
            let known = Known {
                file: text("file")?,
                rule: text("rule")?,
                object: text("object"),
                path: text("path"),
                message: text("message"),
            };
            let count = match item.get("count") {
                Some(count) => usize::try_from(count.int()?).ok()?,
                None => 1,
            };
            Some(Entry { known, count, span: item.span() })
        };
        let entries = findings.items().map(|item| {
            entry(item)
                .ok_or_else(|| wrong(item.span(), "this is no entry of a baseline: file or rule is missing"))
        });
        Ok(Self { path: file.path().to_owned(), entries: entries.collect::<Result<_, _>>()? })
    }

    /// The entries.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Compares the entries with what a run found that looked at the files below `named`, or at all when it is empty.
    pub fn compare(
        &self,
        map: &SourceMap,
        rules: &RuleSet,
        settings: &Settings,
        named: &[Utf8PathBuf],
        findings: &[Finding],
    ) -> Compared<'_> {
        let mut left: FxHashMap<&Known, usize> = FxHashMap::default();
        for entry in &self.entries {
            let count = left.entry(&entry.known).or_default();
            *count = count.saturating_add(entry.count);
        }
        let accept = |finding: &Finding| {
            let open = left.get_mut(&Known::of(map, rules, finding)).filter(|_| finding.is_active());
            let open = open.filter(|open| **open > 0);
            open.map(|open| *open -= 1).is_some()
        };
        let accepted = findings.iter().map(accept).collect();
        let looked = |known: &Known| {
            let file = Utf8Path::new(&known.file);
            let is_named = named.is_empty() || named.iter().any(|named| file.starts_with(named));
            let runs = match rules.find(&known.rule) {
                Some(rule) => settings.level_on(file, rule).is_some(),
                // A rule that there is no more finds nothing in any run.
                None => settings.find(&known.rule).is_err(),
            };
            is_named && runs
        };
        let mut stale = Vec::new();
        for entry in self.entries.iter().rev().filter(|entry| looked(&entry.known)) {
            let Some(left) = left.get_mut(&entry.known) else { continue };
            let of_this = (*left).min(entry.count);
            *left -= of_this;
            if of_this > 0 {
                stale.push((entry, of_this));
            }
        }
        stale.reverse();
        Compared { accepted, stale }
    }

    /// Takes the findings that are accepted out of those that count. Returns one about the entries that nothing needs;
    /// it lies in the source that the baseline was read from.
    pub fn apply(
        &self,
        map: &SourceMap,
        rules: &RuleSet,
        settings: &Settings,
        named: &[Utf8PathBuf],
        findings: &mut [Finding],
    ) -> Option<Finding> {
        let Compared { accepted, stale } = self.compare(map, rules, settings, named, findings);
        for (finding, _) in findings.iter_mut().zip(accepted).filter(|(_, accepted)| *accepted) {
            finding.disposition = Disposition::Suppressed { by: SuppressedBy::Baseline, reason: None };
        }
        let (first, more) = stale.split_first()?;
        let number = match more.len() {
            0 => "an entry of the baseline accepts what is".to_owned(),
            more => format!("{} entries of the baseline accept what is", more + 1),
        };
        let says = Says {
            message: format!("{number} no longer found"),
            why: "an exception that nothing needs hides the next problem that falls under it",
            help: "`plimsoll baseline update` takes out what is no longer found".to_owned(),
        };
        let related = more.iter().take(SHOWN);
        let related = related.map(|(entry, _)| Related { span: entry.span, message: "this one, too".into() });
        Some(Finding {
            related: related.collect(),
            // The number of entries changes; the finding stays the same.
            path: Some("findings".to_owned()),
            ..meta::finding(settings, &self.path, rules.find("suppression-unused")?, first.0.span, says)?
        })
    }
}
