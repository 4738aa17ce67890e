//! The result of a run: all that a report may show.

use aho_corasick::{AhoCorasick, MatchKind};
use data_encoding::BASE64;
use rustc_hash::FxHashMap;

use crate::discover::Coverage;
use crate::finding::{Finding, Level};
use crate::source::{SourceId, SourceMap, Span};

use super::{Notice, RuleSet, World};

/// What was found, on what, and what could not be looked at.
#[derive(Debug)]
pub struct Outcome {
    /// Sources and files.
    pub world: World,
    /// The rules that ran; findings refer to them by id.
    pub rules: RuleSet,
    /// All findings, suppressed ones too, in their total order.
    pub findings: Vec<Finding>,
    /// What happened to the run itself.
    pub notices: Vec<Notice>,
    /// What was looked at.
    pub coverage: Coverage,
    /// Bytes that no output may show.
    pub mask: Mask,
    /// Findings of this level and above decide the exit code; `None` means never.
    pub fail_on: Option<Level>,
}

impl Outcome {
    /// The findings that count.
    pub fn active(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_active())
    }

    /// Number of findings that count, at this level.
    pub fn count(&self, level: Level) -> usize {
        self.active().filter(|finding| finding.level == level).count()
    }
}

/// The secret bytes of the files that have findings. Everything that quotes a file goes through it.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    spans: FxHashMap<SourceId, Vec<Span>>,
    /// What stands in the spans: a secret may stand a second time where nothing shows it for one.
    known: FxHashMap<SourceId, Known>,
}

/// The secrets of one file.
#[derive(Clone, Debug)]
struct Known {
    /// Finds any of them in one pass: a file may hold thousands.
    search: AhoCorasick,
    /// All of them, a line each.
    lines: String,
}

/// Shorter texts stand in other words by chance.
const SHORTEST: usize = 6;

impl Mask {
    /// A mask over these spans of files, in any order.
    pub fn new(spans: impl IntoIterator<Item = Span>) -> Self {
        let mut mask = Self::default();
        for span in spans {
            mask.spans.entry(span.source).or_default().push(span);
        }
        for spans in mask.spans.values_mut() {
            spans.sort_unstable();
        }
        mask
    }

    /// The mask with what stands in its spans, so that repetitions are hidden too.
    #[must_use]
    pub fn knowing(mut self, map: &SourceMap) -> Self {
        for (&source, spans) in &self.spans {
            let lines = spans.iter().flat_map(|&span| map.slice(span).lines());
            let words = lines.map(|line| line.trim().trim_matches(['"', '\'', ',']).to_owned());
            // Somebody notes in a comment what the base64 beside it means, or the other way round.
            let forms = words.flat_map(|word| {
                let decoded =
                    BASE64.decode(word.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                let encoded = BASE64.encode(word.as_bytes());
                [Some(word), decoded, Some(encoded)].into_iter().flatten()
            });
            let texts: Vec<String> = forms.filter(|text| text.trim().len() >= SHORTEST).collect();
            let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&texts);
            // Refused only beyond limits of size that no file within ours reaches.
            if let Ok(search) = search {
                self.known.insert(source, Known { search, lines: texts.join("\n") });
            }
        }
        self
    }

    /// A text that a rule or a person wrote about a file, without the file's secrets: in backticks a part of one
    /// counts as well. What stands between `user:` and `@` is one in any file.
    pub fn scrub(&self, source: SourceId, text: &str) -> String {
        let known = self.known.get(&source);
        let mut scrubbed = self.hide(source, text);
        for quoted in text.split('`').skip(1).step_by(2) {
            let part = quoted.trim_end_matches('…').trim_matches(['"', '\'', '\\', '*', '&', ']', '}', ',']);
            if part.len() >= SHORTEST && known.is_some_and(|known| known.lines.contains(part)) {
                scrubbed = scrubbed.replace(part, HIDDEN);
            }
            if let Some((before, host)) = quoted.rsplit_once('@')
                && !host.starts_with("sha")
                && let Some((_, password)) = before.rsplit_once(':')
                && !password.is_empty()
            {
                scrubbed = scrubbed.replace(&format!(":{password}@"), &format!(":{HIDDEN}@"));
            }
        }
        scrubbed
    }

    /// The masked parts of `start..end` of a source, in order, clipped to it.
    pub fn within(&self, source: SourceId, start: u32, end: u32) -> impl Iterator<Item = (u32, u32)> {
        let spans = self.spans.get(&source).map(Vec::as_slice).unwrap_or_default();
        spans
            .iter()
            .filter(move |span| span.start < end && span.end() > start)
            .map(move |span| (span.start.max(start), span.end().min(end)))
    }

    /// The text of `start..end` of a source with every secret replaced by `***`. A secret of several lines
    /// keeps its line breaks, so that line numbers still fit.
    pub fn quote(&self, text: &str, source: SourceId, start: u32, end: u32) -> String {
        let mut quoted = String::new();
        let mut at = start;
        for (from, to) in self.within(source, start, end) {
            let from = from.max(at);
            quoted.push_str(text.get(at as usize..from as usize).unwrap_or_default());
            if to > from {
                let hidden = text.get(from as usize..to as usize).unwrap_or_default();
                quoted.push_str(HIDDEN);
                quoted.extend(hidden.matches('\n'));
                at = to;
            }
        }
        quoted.push_str(text.get(at as usize..end as usize).unwrap_or_default());
        self.hide(source, &quoted)
    }

    fn hide(&self, source: SourceId, text: &str) -> String {
        let Some(known) = self.known.get(&source) else { return text.to_owned() };
        let mut hidden = String::with_capacity(text.len());
        known.search.replace_all_with(text, &mut hidden, |_, _, to| {
            to.push_str(HIDDEN);
            true
        });
        hidden
    }
}

/// What stands in the place of a secret.
const HIDDEN: &str = "***";
