//! Says of every finding whether it counts. Nothing is deleted: what is suppressed is kept with by what and why.
//!
//! Findings are suppressed by `# plimsoll: ignore[…]` comments, by `ignores` of the configuration and by other tools'
//! markers, in this order; what is left may be in the baseline. A suppression concerns a finding by its primary place
//! only. Suppressions that are wrong, unused or expired are findings themselves. Must not do I/O; which day is today is an input.

mod baseline;
mod comments;
mod directive;
mod inline;
mod levels;
mod lines;
mod meta;
mod peers;
mod scope;

pub use baseline::{BASELINE, Baseline, Compared, Counts, Entry, Known, counts, text};
pub use levels::relevel;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::config::{ConfiguredIgnore, Date, Settings};
use crate::discover::FileKind;
use crate::engine::{RuleSet, World, sort};
use crate::finding::{Disposition, Finding, SuppressedBy};
use crate::model::File;
use crate::source::{SourceId, Span};

use inline::{Inline, Invalid};
use peers::Marker;

/// Gives every finding its disposition and adds the findings about suppressions. `rules` are those of `settings`,
/// in their order, and the spans of `settings` lie in a source of `world`. The result is in the order of the engine;
/// applied to its own result, it gives the same again.
pub fn apply(
    world: &World,
    rules: &RuleSet,
    settings: &Settings,
    today: Date,
    mut findings: Vec<Finding>,
) -> Vec<Finding> {
    let meta = meta::Rules::find(rules);
    findings.retain(|finding| !meta.contains(finding.rule));
    let mut suppressions = Suppressions::collect(world, rules, settings, today, &findings);
    for finding in &mut findings {
        finding.disposition = suppressions.judge(finding);
    }
    // Findings about suppressions can be suppressed too, so each kind is judged before the next is looked for: what
    // is unused is known last.
    let mut about = suppressions.invalid(&meta);
    about.extend(suppressions.expired(&meta));
    for finding in &mut about {
        finding.disposition = suppressions.judge(finding);
    }
    let mut unused = suppressions.unused(&meta);
    for finding in &mut unused {
        finding.disposition = suppressions.judge(finding);
    }
    findings.extend(about);
    findings.extend(unused);
    sort(&world.map, &mut findings);
    findings
}

/// The comments of scripts that stand in other files, by their file and in their order: a step of a pipeline, a block of
/// Markdown. Files that are scripts tell their comments themselves.
fn in_scripts(world: &World) -> FxHashMap<SourceId, Vec<Span>> {
    use FileKind::{Jenkinsfile, Json, Markdown, Yaml};
    let holders = world.repository.files.iter();
    let holders = holders.filter(|file| matches!(file.kind, Yaml | Json | Jenkinsfile | Markdown));
    let mut found: FxHashMap<SourceId, Vec<Span>> = holders.map(|file| (file.source, Vec::new())).collect();
    let steps = world.jobs.iter().chain(&world.scripts).flat_map(|job| &job.steps);
    for &span in steps.flat_map(|step| &step.scripts).flat_map(|script| &script.comments) {
        if let Some(spans) = found.get_mut(&span.source) {
            spans.push(span);
        }
    }
    for spans in found.values_mut() {
        spans.sort_unstable_by_key(|span| (span.start, span.len));
        spans.dedup();
    }
    found
}

/// Everything that suppresses in a run.
struct Suppressions<'w> {
    world: &'w World,
    rules: &'w RuleSet,
    settings: &'w Settings,
    today: Date,
    files: FxHashMap<SourceId, Comments>,
    /// The entries of the configuration that hold, and whether they were used.
    configured: Vec<(&'w ConfiguredIgnore, bool)>,
}

/// What the comments and annotations of one file say.
#[derive(Default)]
struct Comments {
    inline: Vec<Inline>,
    invalid: Vec<Invalid>,
    markers: Vec<Marker>,
}

impl<'w> Suppressions<'w> {
    fn collect(
        world: &'w World,
        rules: &'w RuleSet,
        settings: &'w Settings,
        today: Date,
        findings: &[Finding],
    ) -> Self {
        let mut with_findings: Vec<SourceId> =
            findings.iter().map(|finding| finding.primary.source).collect();
        with_findings.sort_unstable();
        with_findings.dedup();
        let scripts = in_scripts(world);
        let read = |file: &File| {
            let mut comments = Comments::default();
            if settings.inline_ignores {
                (comments.inline, comments.invalid) = {
                    let scripts = scripts.get(&file.source).map_or(&[][..], Vec::as_slice);
                    inline::read(&world.map, settings, file, scripts)
                };
            }
            // Other tools' markers matter where there is something to suppress.
            if settings.compat_ignores && with_findings.binary_search(&file.source).is_ok() {
                comments.markers = peers::read(&world.map, file);
            }
            (file.source, comments)
        };
        let is_empty = |comments: &Comments| {
            comments.inline.is_empty() && comments.invalid.is_empty() && comments.markers.is_empty()
        };
        let files: Vec<(SourceId, Comments)> =
            world.repository.files.par_iter().map(read).filter(|(_, comments)| !is_empty(comments)).collect();
        let configured = settings.ignores.iter().filter(|ignore| ignore.holds(today));
        Self {
            world,
            rules,
            settings,
            today,
            files: files.into_iter().collect(),
            configured: configured.map(|ignore| (ignore, false)).collect(),
        }
    }

    /// What becomes of a finding. Everything that suppresses it is marked as used; the closest comment gives the
    /// reason.
    fn judge(&mut self, finding: &Finding) -> Disposition {
        let at = finding.primary.start;
        let comments = self.files.get_mut(&finding.primary.source);
        let mut closest: Option<(u32, Span, Option<String>)> = None;
        let mut marker = None;
        if let Some(comments) = comments {
            for inline in comments.inline.iter_mut().filter(|inline| inline.scope.covers(at)) {
                let mut names = false;
                for name in inline.names.iter_mut().filter(|name| name.rules.contains(&finding.rule)) {
                    name.used = true;
                    names = true;
                }
                if names && closest.as_ref().is_none_or(|(length, ..)| inline.scope.len() < *length) {
                    closest = Some((inline.scope.len(), inline.span, inline.reason.clone()));
                }
            }
            let rule = &self.rules.get(finding.rule).rule;
            marker = comments.markers.iter().find(|marker| marker.concerns(rule, at));
        }
        let path = self.world.map.source(finding.primary.source).path();
        let mut configured = None;
        for (ignore, used) in &mut self.configured {
            let on_object =
                || finding.object.as_ref().is_some_and(|o| ignore.objects.iter().any(|p| p.matches(o)));
            if ignore.rules.contains(&finding.rule)
                && ignore.paths.as_ref().is_none_or(|paths| paths.contains(path))
                && (ignore.objects.is_empty() || on_object())
            {
                *used = true;
                configured = configured.or_else(|| Some(ignore.reason.clone()));
            }
        }
        let (by, reason) = match (closest, configured, marker) {
            (Some((_, span, reason)), _, _) => (SuppressedBy::InSource(span), reason),
            (None, Some(reason), _) => (SuppressedBy::Config, reason),
            (None, None, Some(marker)) => (SuppressedBy::InSource(marker.span), Some(marker.reason.clone())),
            (None, None, None) => return Disposition::Active,
        };
        Disposition::Suppressed { by, reason }
    }
}
