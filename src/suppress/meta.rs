//! Findings about suppressions: those that are wrong, those that have ended, those that suppress nothing.

use std::sync::Arc;

use camino::Utf8Path;

use crate::config::Settings;
use crate::discover::FileKind;
use crate::engine::{Check, RuleSet};
use crate::finding::{Disposition, Finding, RuleId};
use crate::model::{DocumentKind, File, Usage};
use crate::policy::Target;
use crate::source::{SourceId, Span};

use super::Suppressions;

/// The ids of the rules about suppressions, as far as they run.
pub(super) struct Rules {
    invalid: Option<RuleId>,
    expired: Option<RuleId>,
    unused: Option<RuleId>,
}

impl Rules {
    pub(super) fn find(rules: &RuleSet) -> Self {
        Self {
            invalid: rules.find("suppression-invalid"),
            expired: rules.find("suppression-expired"),
            unused: rules.find("suppression-unused"),
        }
    }

    pub(super) fn contains(&self, rule: RuleId) -> bool {
        [self.invalid, self.expired, self.unused].contains(&Some(rule))
    }
}

/// What one of these findings says.
pub(super) struct Says {
    pub message: String,
    pub why: &'static str,
    pub help: String,
}

/// A finding of a rule about suppressions in the file at `path`, where the rule runs.
pub(super) fn finding(
    settings: &Settings,
    path: &Utf8Path,
    rule: RuleId,
    primary: Span,
    says: Says,
) -> Option<Finding> {
    Some(Finding {
        rule,
        level: settings.level_on(path, rule)?,
        message: says.message,
        why: says.why.into(),
        help: says.help.into(),
        primary,
        related: Vec::new(),
        object: None,
        path: None,
        units: Arc::default(),
        disposition: Disposition::Active,
    })
}

impl Suppressions<'_> {
    fn path(&self, source: SourceId) -> &Utf8Path {
        self.world.map.source(source).path()
    }

    /// A finding in a file of the world, where the rule runs.
    fn finding(&self, rule: Option<RuleId>, primary: Span, says: Says) -> Option<Finding> {
        finding(self.settings, self.path(primary.source), rule?, primary, says)
    }

    pub(super) fn invalid(&self, rules: &Rules) -> Vec<Finding> {
        let invalid = self.files.values().flat_map(|comments| &comments.invalid);
        invalid
            .filter_map(|invalid| {
                let says = Says {
                    message: invalid.message.clone(),
                    why: "nothing is suppressed by it, whatever its author expects",
                    help: invalid.help.clone(),
                };
                self.finding(rules.invalid, invalid.span, says)
            })
            .collect()
    }

    pub(super) fn expired(&self, rules: &Rules) -> Vec<Finding> {
        let expired = self.settings.ignores.iter().filter(|ignore| !ignore.holds(self.today));
        expired
            .filter_map(|ignore| {
                let (until, span) = ignore.until?;
                let says = Says {
                    message: format!("the ignore of `{}` ended on {until}", ignore.selector),
                    why: "what it accepted for a time counts again",
                    help: "fix the findings and remove the entry, or decide on a new end".into(),
                };
                self.finding(rules.expired, span, says)
            })
            .collect()
    }

    pub(super) fn unused(&self, rules: &Rules) -> Vec<Finding> {
        // A name is unused when none of its rules found anything it could suppress, although one of them looked.
        // The rules about suppressions have no checks, so they never looked: what they find depends on the answer.
        let looked = |path: &Utf8Path, file: &File, named: &[RuleId]| {
            let levels = self.settings.levels_on(path);
            let runs = |rule: RuleId| levels.get(usize::from(rule.0)).is_some_and(Option::is_some);
            let is_rendered = self.world.rendering.rendered.contains(&file.source);
            named.iter().any(|&rule| runs(rule) && looks_at(self.rules, rule, file, is_rendered))
        };
        let files = || self.world.repository.files.iter().map(|file| (self.path(file.source), file));
        let says = |message: String| Says {
            message,
            why: "an exception that nothing needs hides the next problem that falls under it",
            help: "remove it".into(),
        };
        let mut unused = Vec::new();
        for (path, file) in files() {
            let comments = self.files.get(&file.source);
            let names = comments.into_iter().flat_map(|c| &c.inline).flat_map(|inline| &inline.names);
            for name in names.filter(|name| !name.used && looked(path, file, &name.rules)) {
                let message = format!("no finding of `{}` is suppressed here", name.text);
                unused.extend(self.finding(rules.unused, name.span, says(message)));
            }
        }
        for (ignore, _) in self.configured.iter().filter(|(_, used)| !used) {
            let named = |path: &Utf8Path| ignore.paths.as_ref().is_none_or(|paths| paths.contains(path));
            let runs = ignore.rules.iter().any(|&rule| !rules.contains(rule));
            let mut named_files = files().filter(|(path, _)| named(path)).peekable();
            // Paths that name no file have nothing to suppress, whatever runs.
            if runs
                && (named_files.peek().is_none()
                    || named_files.any(|(path, file)| looked(path, file, &ignore.rules)))
            {
                let message = format!("the ignore of `{}` suppresses no finding", ignore.selector);
                unused.extend(self.finding(rules.unused, ignore.span, says(message)));
            }
        }
        unused
    }
}

/// Whether a rule has looked at something of a file.
fn looks_at(rules: &RuleSet, rule: RuleId, file: &File, is_rendered: bool) -> bool {
    let has = |kinds: &[DocumentKind]| file.documents.iter().any(|document| kinds.contains(&document.kind));
    let is_applied = is_rendered || file.usage == Usage::Deployed && !file.objects.is_empty();
    // A finding about a pipeline may stand in the script that it runs.
    let is_run = matches!(file.kind, FileKind::Jenkinsfile)
        || file.kind.is_command()
        || file.documents.iter().any(|document| matches!(document.kind, DocumentKind::Pipeline(_)));
    let is_asked = rules.target(rule).is_some_and(|target| match target {
        Target::Object(_) => is_applied,
        Target::Owner(_) => !file.objects.is_empty(),
        Target::Unit(_) => is_rendered,
        Target::Pipeline => is_run,
        Target::Document(_) => !file.documents.is_empty(),
        Target::Repository | Target::Combined => true,
        // Most of them have no comments that plimsoll reads.
        Target::File(_) => false,
    });
    is_asked
        || rules.get(rule).checks.iter().any(|check| match check.inner() {
            Check::Object(..) | Check::Pod(_) | Check::Container(_) => is_applied,
            Check::Unit(_) => is_rendered,
            // Most runs have nothing to compare with, and a change is over when it is merged.
            Check::Change(_) => false,
            // Many clones have no history to find anything in.
            Check::History(_) => false,
            Check::Owner(..) | Check::Graph(_) => !file.objects.is_empty(),
            Check::Kustomization(_) | Check::Event(..) => {
                has(&[DocumentKind::Kustomization, DocumentKind::Component])
            }
            Check::Values(_) => has(&[DocumentKind::Values]),
            Check::Job(_) => is_run,
            Check::Script(_) => {
                file.kind.is_command() || has(&[DocumentKind::Taskfile, DocumentKind::Package])
            }
            Check::Runbook(_) => file.kind == FileKind::Markdown,
            Check::Document(_) => !file.documents.is_empty(),
            Check::File(_) | Check::Around(_) => true,
        })
}
