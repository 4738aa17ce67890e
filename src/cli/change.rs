//! What a change touches or causes: the work tree compared with a commit of its repository.
//!
//! Owns which files differ, and which findings are there because of that (docs/decisions/0011). Must not know how
//! commits are read.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::config::Settings;
use crate::discover::{Coverage, Exclude, SkipReason, discover, discover_beside};
use crate::engine::{self, ActiveRule, Notice, World};
use crate::finding::{Finding, Level, RuleId};
use crate::host::{BlobId, Host, RevisionError, Snapshot, Tree};
use crate::model::KUSTOMIZATION_NAMES;
use crate::render::Rendered;
use crate::report;
use crate::source::{SourceMap, Span, new_lines};

use super::analysis::{Base, Judge, Loaded, Timings, excluded, is_about_all};
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
    let mut comparison = Comparison::new(host, scope, revision, loaded)?;
    let notices = std::mem::take(&mut comparison.notices);
    let (messages, compared) = (comparison.tree.messages().to_vec(), comparison.compared());
    Ok((Base { world: comparison.base, messages }, notices, compared))
}

/// The world of a repository as it was, and what of it could not be read.
fn world(host: &dyn Host, root: &Utf8Path, settings: &Settings, exclude: &Exclude) -> (World, Vec<Notice>) {
    let discovered = discover(host, root, exclude, settings.file_size);
    let notices = unreadable(&discovered.coverage);
    let (timings, known) = (&mut Timings::default(), Rendered::default());
    let (mut world, mut coverage, _) = pipeline::build_world(host, discovered, settings.limits, timings);
    pipeline::render(host, root, settings, &mut world, known, &mut coverage, timings);
    (world, notices)
}

/// What a person should know about files that a comparison lacks.
fn unreadable(coverage: &Coverage) -> Vec<Notice> {
    let failed = coverage.skipped.iter().find(|skip| skip.reason.is_failure());
    let notice = failed.map(|skip| Notice {
        path: Some(skip.path.clone()),
        span: None,
        message: format!("in what is compared with, {}", skip.reason.describe()),
        failed: true,
    });
    notice.into_iter().collect()
}

/// A commit beside the work tree.
pub(super) struct Comparison {
    revision: String,
    file_size: u64,
    tree: Box<dyn Tree>,
    /// The files, units and the graph of the commit. What is the same in the work tree is shared with it.
    base: World,
    /// What of the commit could not be read.
    notices: Vec<Notice>,
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
        let Loaded { world, coverage, named, root, settings, .. } = loaded;
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
        let mut differing: Vec<Utf8PathBuf> = Vec::new();
        for ((path, text), known) in present.into_iter().zip(known) {
            let old = before.remove(path);
            let is_same = old.is_some_and(|old| match (known, text) {
                (Some(known), _) => known == old,
                (None, Some(text)) => is_content(&*tree, old, text.as_bytes()),
                // What is not read as text is read for this alone: a link is what it leads to.
                (None, None) => match host.read(&root.join(path), settings.file_size, 0) {
                    Ok(Some(bytes)) => is_content(&*tree, old, &bytes),
                    _ => {
                        unread += 1;
                        true
                    }
                },
            });
            if !is_same {
                differing.push(path.to_owned());
            }
        }
        // What is left was deleted, unless nobody looks at it.
        differing.extend(before.into_keys().filter(|path| !is_excluded(path)).map(Utf8Path::to_owned));
        differing.sort_unstable();
        let (base, notices) = at_commit(host, scope, loaded, &*tree, &differing)?;
        let (revision, file_size) = (revision.to_owned(), settings.file_size);
        Ok(Self { revision, file_size, tree, base, notices, differing, has_submodules, unread })
    }

    /// What stands in the history of the branch was there before the change.
    pub(super) fn set_history(&mut self, now: &World) {
        self.base.history = now.history.clone();
    }

    /// The commit.
    pub(super) fn base(&self) -> &World {
        &self.base
    }

    /// Leaves out the findings that the change neither touches nor causes. `is_beside` when those that are surely in both
    /// revisions are not there.
    pub(super) fn keep_caused(
        &self,
        judge: &Judge<'_>,
        now: &World,
        is_beside: bool,
        settings: &mut Settings,
        findings: &mut Vec<Finding>,
    ) -> Result<(), Failure> {
        let mut lines = ChangedLines { comparison: self, known: FxHashMap::default() };
        let all = std::mem::take(findings);
        let fingerprints = report::fingerprints_of(&now.map, judge.rules, &all);
        let touched: Vec<bool> = all.iter().map(|it| lines.touch(&now.map, it)).collect();
        let open = all.iter().zip(&touched).filter(|(_, touched)| !**touched);
        let open: FxHashSet<RuleId> = open.map(|(finding, _)| finding.rule).collect();
        // Without a difference there was nothing that could cause a finding.
        let before = match self.differing.is_empty() || open.is_empty() {
            true => FxHashMap::default(),
            false => self.before(judge, now, is_beside, settings, &open)?,
        };
        let is_caused = |finding: &Finding, fingerprint: &String| match before.get(fingerprint) {
            None => !self.differing.is_empty(),
            Some(before) => finding.is_active() && before.is_none_or(|before| finding.level > before),
        };
        let of_all = all.into_iter().zip(fingerprints).zip(touched);
        let kept = of_all.filter(|((finding, print), touched)| *touched || is_caused(finding, print));
        *findings = kept.map(|((finding, _), _)| finding).collect();
        Ok(())
    }

    /// The findings of some rules in the commit by their fingerprints, with the level of those that counted.
    fn before(
        &self,
        judge: &Judge<'_>,
        now: &World,
        is_beside: bool,
        settings: &mut Settings,
        wanted: &FxHashSet<RuleId>,
    ) -> Result<FxHashMap<String, Option<Level>>, Failure> {
        if self.base.map.ids().is_empty() {
            return Ok(FxHashMap::default());
        }
        // Rules keep their ids, so that levels are those of the same rule. Findings about suppressions are made of those
        // of all rules.
        let needs_all = wanted.iter().any(|&rule| is_about_all(judge.rules.get(rule)));
        let rules = judge.rules.iter().map(|(id, active)| match needs_all || wanted.contains(&id) {
            true => active.clone(),
            false => ActiveRule { checks: &[], policy: None, ..active.clone() },
        });
        let rules = judge.rules.with_rules(rules.collect());
        let (findings, _) = engine::run_beside(&self.base, is_beside.then_some(now), &rules);
        let judge = Judge { rules: &rules, ..*judge };
        let (findings, _) = judge.weigh(&self.base, settings, findings)?;
        let fingerprints = report::fingerprints_of(&self.base.map, &rules, &findings);
        let level = |finding: &Finding| finding.is_active().then_some(finding.level);
        Ok(fingerprints.into_iter().zip(findings.iter().map(level)).collect())
    }

    /// What a person should know about the comparison.
    pub(super) fn notices(&mut self) -> Vec<Notice> {
        let message =
            format!("{}, and findings that this neither touches nor causes are left out", self.compared());
        let mut notices = std::mem::take(&mut self.notices);
        notices.push(Notice { path: None, span: None, message, failed: false });
        notices
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

/// The world of a commit, and what of it could not be read. What is the same in the work tree is not read, parsed or
/// rendered again. `differing` is sorted.
fn at_commit(
    host: &dyn Host,
    scope: &Scope,
    loaded: &Loaded,
    tree: &dyn Tree,
    differing: &[Utf8PathBuf],
) -> Result<(World, Vec<Notice>), Failure> {
    let Loaded { world: now, named, root, settings, .. } = loaded;
    let host = &Snapshot::new(host, root, tree);
    // What is named now may not have been there.
    let named = named.iter().filter(|named| host.exists(&root.join(named))).cloned();
    let exclude = excluded(settings, &scope.exclude, &named.collect::<Vec<_>>())?;
    let differs = |path: &Utf8Path| differing.binary_search_by(|it| it.as_path().cmp(path)).is_ok();
    let same = |path: &Utf8Path| now.map.find(path).filter(|_| !differs(path));
    let discovered = discover_beside(host, root, &exclude, settings.file_size, same);
    let notices = unreadable(&discovered.coverage);
    let timings = &mut Timings::default();
    let (mut world, mut coverage, _) =
        pipeline::build_beside(host, discovered, now, settings.limits, timings);
    // What a link leads to is read under its own name, which says nothing about the link.
    let is_link = |path: &Utf8PathBuf| {
        now.repository.left_out.contains(path) || world.repository.left_out.contains(path)
    };
    let known = match differing.iter().any(is_link) {
        true => Rendered::default(),
        false => {
            let is_kustomization = |path: &&Utf8PathBuf| {
                path.file_name().is_some_and(|name| KUSTOMIZATION_NAMES.contains(&name))
            };
            let moved = differing.iter().filter(is_kustomization).filter_map(|path| path.parent()).collect();
            now.rendered.of_same(&|file| differs(now.map.source(file).path()), &moved)
        }
    };
    pipeline::render(host, root, settings, &mut world, known, &mut coverage, timings);
    Ok((world, notices))
}

/// The files of the work tree that a commit can say something about, with their texts where they were read, and whether
/// there are others.
fn present<'w>(
    world: &'w World,
    coverage: &'w Coverage,
    tree: &dyn Tree,
) -> (Vec<(&'w Utf8Path, Option<&'w str>)>, bool) {
    let read = world.map.files().map(|file| (file.path(), Some(file.text())));
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
            let old = old.and_then(|old| comparison.tree.read(old.id, comparison.file_size).ok()?);
            let old = old.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
            new_lines(&old, source.text())
        });
        let first = source.position(place.start).line as usize;
        let last = source.position(place.end().saturating_sub(1).max(place.start)).line as usize;
        // The end of a file is no line of it.
        lines.get(first - 1..last.min(lines.len())).is_some_and(|lines| lines.contains(&true))
    }
}
