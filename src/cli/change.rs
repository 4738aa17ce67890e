//! What a change touches or causes: the work tree compared with a commit of its repository.
//!
//! Owns which files differ, and which findings are there because of that (docs/decisions/0011). Must not know how
//! commits are read.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::config::Settings;
use crate::discover::{Coverage, Exclude, SkipReason, discover};
use crate::engine::{self, ActiveRule, Mask, Notice, Outcome, World};
use crate::finding::{Finding, Level, RuleId};
use crate::host::{BlobId, Host, RevisionError, Snapshot, Tree};
use crate::report;
use crate::source::{SourceMap, Span, new_lines};
use crate::suppress::Baseline;

use super::analysis::{Base, Loaded, Timings, excluded, weigh};
use super::args::{Check, Scope};
use super::{Failure, pipeline};

/// Digits of a hash that people recognise a commit by.
const SHORT: usize = 12;

/// What `--base` or `--base-dir` compares with.
pub(super) fn base(host: &dyn Host, args: &Check, loaded: &Loaded) -> Result<(Base, Vec<Notice>), Failure> {
    if let Some(revision) = &args.base {
        let (base, mut notices, compared) = revision_base(host, &args.scope, revision, loaded)?;
        notices.push(Notice { path: None, span: None, message: compared, failed: false });
        return Ok((base, notices));
    }
    let directory = args.base_dir.as_deref().unwrap_or(".".into());
    let absolute = host.current_dir().and_then(|current| host.canonicalize(&current.join(directory)));
    let root = absolute.map_err(|error| Failure::File(directory.to_owned(), error))?;
    if !host.is_dir(&root) {
        return Err(Failure::Usage(format!("{directory} is no directory to compare with")));
    }
    let settings = &loaded.settings;
    let exclude = excluded(settings, &args.scope.exclude, &[Utf8PathBuf::new()])?;
    let (world, notices) = world(host, &root, settings, &exclude);
    Ok((Base { world, messages: Vec::new() }, notices))
}

/// The commit where the histories of `HEAD` and of a revision part, what of it could not be read, and what was compared.
pub(super) fn revision_base(
    host: &dyn Host,
    scope: &Scope,
    revision: &str,
    loaded: &Loaded,
) -> Result<(Base, Vec<Notice>, String), Failure> {
    let comparison = Comparison::new(host, scope, revision, loaded)?;
    let (world, notices) = comparison.world(host, scope, &loaded.world)?;
    Ok((Base { world, messages: comparison.tree.messages().to_vec() }, notices, comparison.compared()))
}

/// The world of a repository as it was, and what of it could not be read.
fn world(host: &dyn Host, root: &Utf8Path, settings: &Settings, exclude: &Exclude) -> (World, Vec<Notice>) {
    let discovered = discover(host, root, exclude, settings.file_size);
    let failed = discovered.coverage.skipped.iter().find(|skip| skip.reason.is_failure());
    let notices = failed.map(|skip| Notice {
        path: Some(skip.path.clone()),
        span: None,
        message: format!("in what is compared with, {}", skip.reason.describe()),
        failed: true,
    });
    let notices = notices.into_iter().collect();
    let mut timings = Timings::default();
    let (mut world, mut coverage, _) = pipeline::build_world(host, discovered, settings.limits, &mut timings);
    pipeline::render(host, root, settings, &mut world, &mut coverage, &mut timings);
    (world, notices)
}

/// A commit beside the work tree.
pub(super) struct Comparison {
    root: Utf8PathBuf,
    settings: Settings,
    /// The paths that the user named, relative to the root.
    named: Vec<Utf8PathBuf>,
    revision: String,
    tree: Box<dyn Tree>,
    baseline: Option<Baseline>,
    /// The files of the work tree that were looked at and are the same in the commit, with their ids.
    same: FxHashMap<Utf8PathBuf, BlobId>,
    /// Files that are in one of the two only, or differ; sorted.
    differing: Vec<Utf8PathBuf>,
    /// Whether the work tree has files of other repositories, which the commit says nothing about.
    has_submodules: bool,
    /// Files that cannot be read, or are too large to be: whether they differ is not known.
    unread: usize,
}

impl Comparison {
    /// Compares what was loaded with the commit where the histories of `HEAD` and of a revision part.
    pub(super) fn new(
        host: &dyn Host,
        scope: &Scope,
        revision: &str,
        loaded: &Loaded,
    ) -> Result<Self, Failure> {
        let Loaded { world, coverage, named, root, settings, baseline, .. } = loaded;
        if scope.paths.iter().any(|path| path == "-") {
            let message = "standard input is no file of a commit; save it, and compare the file";
            return Err(Failure::Usage(message.to_owned()));
        }
        let tree = host.base(root, revision).map_err(|error| match error {
            RevisionError::Syntax(_)
            | RevisionError::Unknown { .. }
            | RevisionError::Ambiguous(_)
            | RevisionError::NoCheckout(_) => Failure::Usage(error.to_string()),
            error => Failure::Io(std::io::Error::other(error)),
        })?;
        let exclude = excluded(settings, &scope.exclude, named)?;
        let is_excluded = |path: &Utf8Path| {
            let mut above = path.ancestors().skip(1).filter(|above| !above.as_str().is_empty());
            exclude.pattern(path, false).is_some()
                || above.any(|above| exclude.pattern(above, true).is_some())
        };

        let mut before: FxHashMap<&Utf8Path, BlobId> =
            tree.entries().iter().map(|entry| (entry.path.as_path(), entry.id)).collect();
        let (present, has_submodules) = present(world, coverage, &*tree);
        let paths: Vec<&Utf8Path> = present.iter().map(|(path, _)| *path).collect();
        let known = host.indexed(root, &paths).map_err(Failure::Io)?;
        let mut unread = 0;
        let mut same = FxHashMap::default();
        let mut differing: Vec<Utf8PathBuf> = Vec::new();
        for ((path, text), known) in present.into_iter().zip(known) {
            let old = before.remove(path);
            let is_same = old.filter(|old| match (known, text) {
                (Some(known), _) => known == *old,
                (None, Some(text)) => is_content(&*tree, *old, text.as_bytes()),
                // What is not read as text is read for this alone: a link is what it leads to.
                (None, None) => match host.read(&root.join(path), settings.file_size, 0) {
                    Ok(Some(bytes)) => is_content(&*tree, *old, &bytes),
                    _ => {
                        unread += 1;
                        true
                    }
                },
            });
            match is_same {
                Some(id) => drop(same.insert(path.to_owned(), id)),
                None => differing.push(path.to_owned()),
            }
        }
        // What is left was deleted, unless nobody looks at it.
        differing.extend(before.into_keys().filter(|path| !is_excluded(path)).map(Utf8Path::to_owned));
        differing.sort_unstable();
        let (root, settings) = (root.clone(), settings.clone());
        let (named, revision, baseline) = (named.clone(), revision.to_owned(), baseline.clone());
        Ok(Self { root, settings, named, revision, tree, baseline, same, differing, has_submodules, unread })
    }

    /// Leaves out the findings that the change neither touches nor causes.
    pub(super) fn keep_caused(
        &self,
        host: &dyn Host,
        scope: &Scope,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        let all = outcome.findings.len();
        let mut lines = ChangedLines { comparison: self, known: FxHashMap::default() };
        let findings = std::mem::take(&mut outcome.findings);
        let fingerprints = report::fingerprints_of(&outcome.world.map, &outcome.rules, &findings);
        let touched: Vec<bool> = findings.iter().map(|it| lines.touch(&outcome.world.map, it)).collect();
        let open = findings.iter().zip(&touched).filter(|(_, touched)| !**touched);
        let open: FxHashSet<RuleId> = open.map(|(finding, _)| finding.rule).collect();
        // Without a difference there was nothing that could cause a finding.
        let before = match self.differing.is_empty() || open.is_empty() {
            true => FxHashMap::default(),
            false => self.before(host, scope, outcome, &open)?,
        };
        let is_caused = |finding: &Finding, fingerprint: &String| match before.get(fingerprint) {
            None => !self.differing.is_empty(),
            Some(before) => finding.is_active() && before.is_none_or(|before| finding.level > before),
        };
        let of_all = findings.into_iter().zip(fingerprints).zip(touched);
        let kept = of_all.filter(|((finding, print), touched)| *touched || is_caused(finding, print));
        outcome.findings = kept.map(|((finding, _), _)| finding).collect();
        let left_out = all - outcome.findings.len();
        let message = format!(
            "{}, and findings that this neither touches nor causes are left out ({left_out})",
            self.compared()
        );
        outcome.notices.push(Notice { path: None, span: None, message, failed: false });
        Ok(())
    }

    /// The findings of some rules in the commit by their fingerprints, with the level of those that counted.
    fn before(
        &self,
        host: &dyn Host,
        scope: &Scope,
        outcome: &mut Outcome,
        wanted: &FxHashSet<RuleId>,
    ) -> Result<FxHashMap<String, Option<Level>>, Failure> {
        // Rules keep their ids, so that levels are those of the same rule. Findings about suppressions are made of those
        // of all rules.
        let is_about_all = wanted.iter().map(|&rule| outcome.rules.get(rule));
        let is_about_all = is_about_all.into_iter().any(|it| it.checks.is_empty() && it.policy.is_none());
        let rules = outcome.rules.iter().map(|(id, active)| match is_about_all || wanted.contains(&id) {
            true => active.clone(),
            false => ActiveRule { checks: &[], policy: None, ..active.clone() },
        });
        let rules = outcome.rules.with_rules(rules.collect());
        let mut settings = self.settings.clone();
        let (mut world, notices) = self.world(host, scope, &outcome.world)?;
        outcome.notices.extend(notices);
        // What stands in the history of the branch was there before the change.
        world.history = outcome.world.history.clone();
        if world.map.files().is_empty() {
            return Ok(FxHashMap::default());
        }
        let (findings, _) = engine::run(&world, &rules);
        let mut findings = weigh(host, scope, &self.root, &world, &rules, &mut settings, findings)?;
        let mask = Mask::of(&world, &findings);
        pipeline::scrub(&world.map, &mut findings, &mask);
        let baseline = self.baseline.as_ref();
        let about =
            baseline.and_then(|it| it.apply(&world.map, &rules, &settings, &self.named, &mut findings));
        let mut fingerprints = report::fingerprints_of(&world.map, &rules, &findings);
        if let Some(about) = about {
            // It lies in the baseline, which is a file of the work tree.
            let about = std::slice::from_ref(&about);
            fingerprints.extend(report::fingerprints_of(&outcome.world.map, &rules, about));
            findings.extend_from_slice(about);
        }
        let level = |finding: &Finding| finding.is_active().then_some(finding.level);
        Ok(fingerprints.into_iter().zip(findings.iter().map(level)).collect())
    }

    /// The world of the commit, and what of it could not be read. Texts that `now` has are not read again.
    fn world(&self, host: &dyn Host, scope: &Scope, now: &World) -> Result<(World, Vec<Notice>), Failure> {
        let known = now.map.files().iter();
        let known = known.filter_map(|file| Some((*self.same.get(file.path())?, file.text().as_bytes())));
        let host = Snapshot::new(host, &self.root, &*self.tree).knowing(known);
        // What is named now may not have been there.
        let named = self.named.iter().filter(|named| host.exists(&self.root.join(named))).cloned();
        let exclude = excluded(&self.settings, &scope.exclude, &named.collect::<Vec<_>>())?;
        Ok(world(&host, &self.root, &self.settings, &exclude))
    }

    /// What was compared, so that nobody takes few findings for all.
    fn compared(&self) -> String {
        let commit = self.tree.commit().get(..SHORT).unwrap_or(self.tree.commit());
        let files = report::plural(self.differing.len(), "file");
        let differ = if self.differing.len() == 1 { "differs" } else { "differ" };
        let more = if self.has_submodules { "; files of submodules are not compared" } else { "" };
        let unread = match self.unread {
            0 => String::new(),
            unread => format!(
                "; {} that cannot be read or are too large are not compared",
                report::plural(unread, "file")
            ),
        };
        format!(
            "compared with {commit}, where HEAD and `{}` part: {files} {differ}{more}{unread}",
            self.revision
        )
    }
}

/// The files of the work tree that a commit can say something about, with their texts where they were read, and whether
/// there are others.
fn present<'w>(
    world: &'w World,
    coverage: &'w Coverage,
    tree: &dyn Tree,
) -> (Vec<(&'w Utf8Path, Option<&'w str>)>, bool) {
    let read = world.map.files().iter().map(|file| (file.path(), Some(file.text())));
    let skipped = coverage.skipped.iter().filter(|skip| match skip.reason {
        SkipReason::Excluded(_) | SkipReason::Template => false,
        _ => !skip.path.as_str().is_empty(),
    });
    let skipped = skipped.map(|skip| (skip.path.as_path(), None));
    let mut present: Vec<_> = read.chain(skipped).collect();
    let all = present.len();
    present.retain(|(path, _)| !tree.submodules().iter().any(|module| path.starts_with(module)));
    let has_submodules = present.len() < all;
    (present, has_submodules)
}

/// Whether a content is that of an id. git may have written other line ends than it keeps.
fn is_content(tree: &dyn Tree, id: BlobId, content: &[u8]) -> bool {
    if tree.id_of(content) == id {
        return true;
    }
    let has_other_ends = content.windows(2).any(|pair| pair == b"\r\n");
    has_other_ends && {
        let plain = content
            .iter()
            .enumerate()
            .filter(|(at, byte)| **byte != b'\r' || content.get(at + 1) != Some(&b'\n'));
        tree.id_of(&plain.map(|(_, byte)| *byte).collect::<Vec<u8>>()) == id
    }
}

/// Which lines of the work tree are not in the commit.
struct ChangedLines<'c> {
    comparison: &'c Comparison,
    /// By file.
    known: FxHashMap<Utf8PathBuf, Vec<bool>>,
}

impl ChangedLines<'_> {
    /// Whether a finding has a place on a changed line.
    fn touch(&mut self, map: &SourceMap, finding: &Finding) -> bool {
        let related = finding.related.iter().map(|related| related.span);
        std::iter::once(finding.primary).chain(related).any(|place| self.has(map, place))
    }

    fn has(&mut self, map: &SourceMap, place: Span) -> bool {
        let source = map.source(place.source);
        let comparison = self.comparison;
        if comparison.differing.binary_search_by(|path| path.as_path().cmp(source.path())).is_err() {
            return false;
        }
        let lines = self.known.entry(source.path().to_owned()).or_insert_with(|| {
            let entries = comparison.tree.entries();
            let at = entries.binary_search_by(|entry| entry.path.as_path().cmp(source.path()));
            let old = at.ok().and_then(|at| entries.get(at));
            // What cannot be read, or was no text, is a new file.
            let old = old.and_then(|old| comparison.tree.read(old.id, comparison.settings.file_size).ok()?);
            let old = old.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
            new_lines(&old, source.text())
        });
        let first = source.position(place.start).line as usize;
        let last = source.position(place.end().saturating_sub(1).max(place.start)).line as usize;
        // The end of a file is no line of it.
        lines.get(first - 1..last.min(lines.len())).is_some_and(|lines| lines.contains(&true))
    }
}
