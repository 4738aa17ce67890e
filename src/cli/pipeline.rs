//! The whole way from a repository to an outcome, in the order of the data flow.

use camino::Utf8PathBuf;

use crate::config::{ConfigError, Settings};
use crate::discover::{Coverage, Discovered, FileKind, Skip, SkipReason};
use crate::engine::{self, ActiveRule, Notice, RuleSet, World};
use crate::finding::{Finding, Level};
use crate::model::{DocumentKind, Repository, Usage};
use crate::rules::NATIVE;
use crate::source::SourceMap;
use crate::yaml::Limits;

/// Reads and types what was discovered.
pub(super) fn build_world(discovered: Discovered, limits: Limits) -> (World, Coverage) {
    let Discovered { sources, kinds, mut coverage } = discovered;
    let map = SourceMap::new(sources);
    let repository = Repository::build(&map, &kinds, limits);
    count(&map, &repository, &kinds, &mut coverage);
    (World { map, repository }, coverage)
}

/// Counts what rules about deployed objects will see, and what they will not.
fn count(map: &SourceMap, repository: &Repository, kinds: &[FileKind], coverage: &mut Coverage) {
    for ((file, source), kind) in repository.files.iter().zip(map.files()).zip(kinds) {
        if file.kind == FileKind::Template {
            // Only its text is searched for keys, which nobody would call analysed.
            coverage.analysed -= 1;
            coverage.skipped.push(Skip { path: source.path().to_owned(), reason: SkipReason::Template });
            debug_assert!(matches!(kind, FileKind::Yaml | FileKind::Json | FileKind::Template));
            continue;
        }
        let patches = file.documents.iter().filter(|document| document.kind == DocumentKind::Patch).count();
        if patches > 0 {
            *coverage.not_linted.entry("patches").or_default() += patches;
        }
        match file.usage {
            Usage::Deployed => coverage.objects += file.objects.len(),
            Usage::Base if !file.objects.is_empty() => {
                *coverage.not_linted.entry("objects of bases").or_default() += file.objects.len();
            }
            Usage::Base | Usage::Input => {}
        }
    }
    coverage.skipped.sort();
}

/// Keeps the findings that the named paths touch or cause: those with their own or a related place in them.
pub(super) fn keep_named(findings: &mut Vec<Finding>, map: &SourceMap, named: &[Utf8PathBuf]) {
    if named.is_empty() || named.iter().any(|path| path.as_str().is_empty()) {
        return;
    }
    findings.retain(|finding| {
        let places = std::iter::once(finding.primary).chain(finding.related.iter().map(|related| related.span));
        let mut paths = places.map(|span| map.source(span.source).path());
        paths.any(|path| named.iter().any(|named| path.starts_with(named)))
    });
}

/// The secret bytes of every file that a report may quote.
pub(super) fn mask(world: &World, findings: &[Finding]) -> engine::Mask {
    let mut files: Vec<usize> = findings
        .iter()
        .flat_map(|finding| {
            std::iter::once(finding.primary).chain(finding.related.iter().map(|related| related.span))
        })
        .map(|span| span.source.0 as usize)
        .collect();
    files.sort_unstable();
    files.dedup();
    let files = files.into_iter().filter_map(|index| world.repository.files.get(index));
    engine::Mask::new(files.flat_map(|file| {
        crate::model::secret::sensitive_spans(&crate::model::FileView { map: &world.map, file })
    }))
}

/// The rules that a configuration wants, at their levels.
pub(super) fn rule_set(settings: &Settings) -> RuleSet {
    let active = settings.active().filter_map(|(index, level)| {
        let native = NATIVE.get(index)?;
        Some(ActiveRule { rule: &native.rule, checks: native.checks, level })
    });
    RuleSet::new(active.collect())
}

/// Applies what the configuration says of single paths. What a rule made of its level by context is kept: a
/// finding one step below its rule's level stays one step below the path's level.
pub(super) fn apply_overrides(
    findings: &mut Vec<Finding>,
    map: &SourceMap,
    rules: &RuleSet,
    settings: &Settings,
) {
    if !settings.has_overrides() {
        return;
    }
    findings.retain_mut(|finding| {
        let path = map.source(finding.primary.source).path();
        let Some(wanted) = settings.level_on(path, finding.rule) else { return false };
        let steps = finding.level as i8 - rules.get(finding.rule).level as i8;
        let step = |level: Level| if steps < 0 { level.lowered() } else { level.raised() };
        finding.level = (0..steps.abs()).fold(wanted, |level, _| step(level));
        true
    });
}

/// A warning for a run that looked at nothing: exit code 0 must not be taken for a clean repository.
pub(super) fn nothing_analysed(coverage: &Coverage) -> Option<Notice> {
    (coverage.analysed == 0).then(|| Notice {
        path: None,
        span: None,
        message: "no configuration files were found, so nothing was checked; see --show-files".to_owned(),
        failed: false,
    })
}

/// The errors of a configuration, each with its place, as a terminal shows them.
pub(super) fn config_errors(map: &SourceMap, errors: &[ConfigError]) -> String {
    let mut text = String::new();
    for error in errors {
        let place = error.span.map(|span| {
            let source = map.source(span.source);
            let at = source.position(span.start);
            let line = source.text().get(source.line_range(at.line)).unwrap_or_default();
            let margin = " ".repeat(at.column.saturating_sub(1) as usize);
            let width = map.slice(span).lines().next().map_or(0, |line| line.chars().count());
            let marks = "^".repeat(width.max(1));
            let number = at.line;
            let gutter = " ".repeat(number.to_string().len());
            format!(
                "\n{gutter}--> {}:{number}:{}\n{gutter} |\n{number} | {line}\n{gutter} | {margin}{marks}",
                source.path(),
                at.column
            )
        });
        text.push_str(&format!("error: {}{}", error.message, place.unwrap_or_default()));
        if let Some(help) = &error.help {
            text.push_str(&format!("\n  help: {help}"));
        }
        text.push_str("\n\n");
    }
    text.truncate(text.trim_end().len());
    text
}
