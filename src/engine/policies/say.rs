//! From what policies say, or fail to say, to findings.
//!
//! Must not ask policies.

use std::borrow::Cow;
use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::config::FILE_NAMES;
use crate::finding::{Level, Related, RuleId};
use crate::model::ObjectView;
use crate::policy::locate::{self, Found as Located};
use crate::policy::{Place, Verdict};
use crate::rego::{Stop, Value};
use crate::source::{SourceId, Span};
use crate::yaml::Cursor;

use super::super::cx::Subject;
use super::super::run::Found;
use super::super::verdict::missing_at;
use super::super::worker::Asked;
use super::super::{At, Cx, Notice, Report};
use super::quiet::without_values;
use super::{Answers, Failure, PolicyId, Run};

/// Bytes of a text that somebody reads.
const READ: usize = 4_000;

/// A text as far as somebody reads it. No word is cut: what is left of a secret would not be known as one.
fn readable(text: &str) -> Cow<'_, str> {
    if text.len() <= READ {
        return text.into();
    }
    let start = text.get(..text.floor_char_boundary(READ)).unwrap_or_default();
    let end = start.rfind(char::is_whitespace).unwrap_or_default();
    let start = start.get(..end).unwrap_or_default().trim_end();
    let space = if start.is_empty() { "" } else { " " };
    format!("{start}{space}… (a text of {} characters)", text.chars().count()).into()
}

/// Another place that a policy names.
pub(super) fn also(span: Span) -> Related {
    Related { span, message: "the policy names this, too".into() }
}

impl<'w> Run<'w> {
    pub(super) fn failed(&self, asked: &Asked<'w>, root: Cursor<'w>, stop: Stop, answers: &mut Answers) {
        let name = root.path(&["metadata", "name"]).unwrap_or(root);
        let span = self.world.map.editable(name.span(), name.step()).unwrap_or(name.span());
        let kind = root.get("kind").and_then(|kind| kind.text());
        let about = kind.zip(name.text()).map(|(kind, name)| format!("{kind} `{name}`"));
        let about = about.unwrap_or_else(|| "this document".to_owned());
        answers.failures.push(Failure { rule: asked.id, about, span, stop });
    }

    /// The file that a span lies in; empty for none.
    pub(super) fn path(&self, span: Span) -> &'w str {
        let at = self.world.map.in_file(span);
        at.map_or("", |at| self.world.map.source(at.source).path().as_str())
    }

    /// How a policy is called in texts: its name, and where it is written.
    fn policy(&self, rule: RuleId) -> String {
        let active = self.rules.get(rule);
        let written = active.policy.and_then(|policy| self.policies.rule(policy));
        let place = written.map(|written| format!(" ({})", written.place())).unwrap_or_default();
        format!("policy `{}`{place}", active.rule.name)
    }

    /// Makes a finding of a verdict about a tree. `constraint` is where a constraint is written that asks for it.
    #[allow(clippy::too_many_arguments, reason = "what was asked, what was said, and about what")]
    pub(super) fn report(
        &self,
        asked: &Asked<'w>,
        verdict: &Verdict,
        input: &Value,
        object: Option<ObjectView<'w>>,
        root: Cursor<'w>,
        constraint: Option<Span>,
        found: &mut Found,
    ) {
        let at = match locate::primary(verdict, input, root) {
            Located::Value(value, missing) => missing_at(object, value, &missing),
            Located::File(path, line, column) => match self.line(&path, line, column) {
                Some(span) => At::span(span),
                None => At::value(locate::name(root)),
            },
        };
        let tree = object.map(|object| &object.object.tree);
        let subject = tree.map(|tree| Subject { object, arena: tree.arena(), root: tree.root() });
        let quiet = without_values(root, verdict);
        self.found(asked, quiet.as_ref().unwrap_or(verdict), at, subject, found);
        let Some(finding) = found.findings.last_mut() else { return };
        for other in locate::related(verdict, input, root) {
            let span = match other {
                Located::Value(value, _) => self.world.map.editable(value.span(), value.step()),
                Located::File(path, line, column) => self.line(&path, line, column),
            };
            finding.related.extend(span.map(also));
        }
        let constraint = constraint.and_then(|span| self.world.map.in_file(span));
        finding.related.extend(constraint.map(|span| Related { span, message: "the constraint".into() }));
    }

    pub(super) fn found(
        &self,
        asked: &Asked<'w>,
        verdict: &Verdict,
        at: At,
        subject: Option<Subject<'w>>,
        found: &mut Found,
    ) {
        let active = self.rules.get(asked.id);
        let said = |text: &Option<String>| {
            text.as_deref().map(|text| Cow::<'static, str>::Owned(readable(text).into_owned()))
        };
        let mut cx = Cx::new(self.world, asked.id, active.level, subject);
        let finding = cx.report(
            at,
            Report {
                message: readable(verdict.message.trim_end_matches('.')).into_owned(),
                why: said(&verdict.why).unwrap_or_else(|| active.rule.summary().to_owned().into()),
                help: said(&verdict.help).unwrap_or_else(|| self.help(asked).into()),
            },
        );
        if let Some(level) = verdict.level {
            // A configured level wins over what the policy says.
            finding.level = if active.level == active.rule.level { level } else { active.level };
        }
        found.findings.extend(cx.into_findings());
    }

    /// What to do when a policy does not say it.
    fn help(&self, asked: &Asked<'_>) -> String {
        let name = &self.rules.get(asked.id).rule.name;
        match (asked.policy, self.policies.rule(asked.policy)) {
            (PolicyId::Gatekeeper(_), Some(written)) => {
                format!("the template {} shows what it wants", written.place())
            }
            (_, Some(written)) => {
                format!("`plimsoll explain {name}` shows what the policy {} wants", written.place())
            }
            (_, None) => format!("`plimsoll explain {name}` shows what the rule wants"),
        }
    }

    pub(super) fn file_place(&self, place: &Place) -> Option<Span> {
        match place {
            Place::File(path, line, column) => self.line(path, *line, *column),
            Place::Path(_) | Place::Piece(_) => None,
        }
    }

    /// Where something stands that is about no place of the repository: in the configuration that names the policies, or in
    /// the policy.
    pub(super) fn home(&self, asked: &Asked<'_>) -> Option<Span> {
        let map = &self.world.map;
        let config = || FILE_NAMES.iter().find_map(|name| map.find(Utf8Path::new(name)));
        let policy = || {
            let rule = self.policies.rule(asked.policy)?;
            Some(self.line_in(*self.policies.texts.get(&rule.policy)?, rule.line, 0))
        };
        let first = || self.world.repository.files.first().map(|file| Span::new(file.source, 0, 0));
        let config = config().map(|source| self.line_in(source, 1, 0));
        config.or_else(policy).or_else(first)
    }

    /// A line of a file of the repository, from its first word; none where the file has no such line.
    pub(super) fn line(&self, path: &str, line: u32, column: u32) -> Option<Span> {
        self.existing(self.world.repository.file(Utf8Path::new(path))?.source, line, column)
    }

    /// A line of a text; none where the text has no such line.
    pub(super) fn existing(&self, id: SourceId, line: u32, column: u32) -> Option<Span> {
        let source = self.world.map.source(id);
        let last = source.position(source.text().len() as u32).line;
        (line <= last).then(|| self.line_in(id, line, column))
    }

    pub(super) fn line_in(&self, id: SourceId, line: u32, column: u32) -> Span {
        let source = self.world.map.source(id);
        let range = source.line_range(line.max(1));
        let text = source.text().get(range.clone()).unwrap_or_default();
        let indent = text.len() - text.trim_start().len();
        // A policy that names no column means the line.
        let skip = (column as usize).checked_sub(1).and_then(|column| text.char_indices().nth(column));
        let start = range.start + skip.map_or(indent, |(at, _)| at.max(indent));
        Span::new(id, start as u32, range.end.max(start) as u32)
    }

    /// One finding for each rule that gave no answer somewhere.
    pub(super) fn finish(&self, answers: Vec<Answers>) -> Vec<Found> {
        let mut failures: BTreeMap<RuleId, Vec<Failure>> = BTreeMap::new();
        let mut all = Vec::new();
        let mut unknown: BTreeMap<RuleId, Vec<String>> = BTreeMap::new();
        for Answers { found, failures: failed, unknown: of_these } in answers {
            all.push(found);
            for (rule, namespace) in of_these {
                unknown.entry(rule).or_default().push(namespace);
            }
            for failure in failed {
                failures.entry(failure.rule).or_default().push(failure);
            }
        }
        let mut found = Found::default();
        for (rule, mut failed) in failures {
            let map = &self.world.map;
            failed.sort_by_key(|failure| (map.source(failure.span.source).path(), failure.span.start));
            let others = failed.len() - 1;
            let Some(first) = failed.into_iter().next() else { continue };
            let mut cx = Cx::new(self.world, rule, Level::Error, None);
            let more = if others > 0 { format!(", nor about {others} others") } else { String::new() };
            cx.report(
                At::span(first.span),
                Report {
                    message: format!(
                        "{} gives no answer about {}{more}: {}",
                        self.policy(rule),
                        first.about,
                        readable(first.stop.line())
                    ),
                    why: "what it should have found is not found".into(),
                    help: "correct the policy; `plimsoll policy check` says more".into(),
                },
            );
            found.findings.extend(cx.into_findings());
        }
        for (rule, mut names) in unknown {
            let objects = match names.len() {
                1 => "an object".to_owned(),
                count => format!("{count} objects"),
            };
            names.sort_unstable();
            names.dedup();
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let message = format!(
                "{} was not asked about {objects}: nothing here says what labels the namespace {} has",
                self.policy(rule),
                names.join(" or ")
            );
            found.notices.push(Notice { path: None, span: None, message, failed: false });
        }
        all.push(found);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_end_between_words() {
        assert_eq!(readable("ä b"), "ä b");
        let long = readable(&"ä b".repeat(2_000)).into_owned();
        assert!(long.ends_with("bä … (a text of 6000 characters)") && long.len() < READ + 50, "{long}");
        assert_eq!(readable(&"ä".repeat(2_001)), "… (a text of 2001 characters)");
    }
}
