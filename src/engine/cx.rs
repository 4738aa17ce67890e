//! How a rule reports.

use std::borrow::Cow;
use std::sync::Arc;

use crate::config::RuleOptions;
use crate::finding::{Disposition, Finding, Level, ObjectName, Related, RuleId};
use crate::model::ObjectView;
use crate::source::{SourceMap, Span, StepId, StepKind};
use crate::yaml::{Arena, Cursor, Route};

use super::World;

/// A place in a tree that a finding is about.
#[derive(Clone, Debug)]
pub struct At {
    span: Span,
    step: StepId,
    alias: Option<Span>,
    /// The node the JSON path leads to, and names that are missing below it.
    node: Option<u32>,
    rest: String,
    /// What lacks the field, when the finding points at who left it out.
    holder: Option<(Span, StepId)>,
}

impl At {
    /// A value.
    pub fn value(value: Cursor<'_>) -> Self {
        Self {
            span: value.span(),
            step: value.step(),
            alias: value.alias(),
            node: Some(value.index()),
            rest: String::new(),
            holder: None,
        }
    }

    /// The key of a value, for findings about the whole of a field; the value itself when it has no key.
    pub fn key(value: Cursor<'_>) -> Self {
        let key = value.key().unwrap_or(value);
        Self { span: key.span(), ..Self::value(value) }
    }

    /// A name, for findings about what it names. What a template prints there is often put together far away, in a
    /// helper that all objects share: then the key, which stands in the template of this one.
    pub fn name(map: &SourceMap, value: Cursor<'_>) -> Self {
        match value.key().filter(|key| is_printed(map, *key, value)) {
            Some(key) => Self { span: key.span(), step: key.step(), ..Self::value(value) },
            None => Self::value(value),
        }
    }

    /// The decoded range `from..to` of a scalar: the tag of an image, a word of a command.
    pub fn part(value: Cursor<'_>, from: usize, to: usize) -> Self {
        // Text that a step made is changed where the step says, not at bytes of no file.
        Self::bytes(value, value.part(from, to))
    }

    /// Bytes of a value that are known already: one of many parts.
    pub fn bytes(value: Cursor<'_>, span: Span) -> Self {
        Self { span, ..Self::value(value) }
    }

    /// Bytes that are no node: a comment, a syntax error, a line of a text file.
    pub fn span(span: Span) -> Self {
        Self { span, step: StepId::PARSED, alias: None, node: None, rest: String::new(), holder: None }
    }

    /// The absence of a field: the step that removed it; else the value for which a template left it out; else the key
    /// of the deepest field that exists on the way, or its value where a template prints that; else the name of the
    /// object.
    pub fn missing(object: &ObjectView<'_>, names: &[&str]) -> Self {
        Self::missing_below(object, object.root, names)
    }

    /// The absence of a field below `from`, a value inside `object`. A container is named by its `name`.
    pub fn missing_below(object: &ObjectView<'_>, from: Cursor<'_>, names: &[&str]) -> Self {
        let (deepest, rest) = match from.route(names) {
            Route::Found(value) => {
                let key = value.key().filter(|key| !is_printed(object.map, *key, value));
                return key.map_or_else(|| Self::value(value), |_| Self::key(value));
            }
            Route::Missing { deepest, rest } => (deepest, rest),
        };
        let (map, root) = (object.map, object.object.tree.root());
        let name = deepest.get("name").or_else(|| object.root.path(&["metadata", "name"]));
        let key = deepest.key().filter(|key| !is_printed(map, *key, deepest));
        let printed = deepest.key().filter(|_| key.is_none()).map(|_| deepest);
        let anchor = match key.or(printed) {
            Some(found) => Self::value(found),
            None => name.map_or_else(|| Self::value(deepest), |name| Self::name(map, name)),
        };
        let anchor = (anchor.span, anchor.step);
        let mut path = deepest.json_path(root);
        let mut removed = None;
        for name in rest {
            path = if path.is_empty() { (*name).to_owned() } else { format!("{path}.{name}") };
            removed = removed.or_else(|| object.object.removed.iter().find(|removal| removal.path == path));
        }
        let removed =
            removed.and_then(|removal| map.step(removal.step).map(|step| (step.entry, removal.step)));
        let left_out = || {
            let id = map.left_out(deepest.step(), |name, part| would_print(name, part, rest))?;
            Some((map.step(id)?.inputs.first()?.span, id))
        };
        let left_out = if removed.is_none() { left_out() } else { None };
        let (span, step) = removed.or(left_out).unwrap_or(anchor);
        Self {
            span,
            step,
            alias: None,
            node: Some(deepest.index()),
            rest: format!(".{}", rest.join(".")),
            holder: left_out.map(|_| anchor),
        }
    }

    /// Whether a template would have printed the missing field, and left it out for the value that this points at.
    pub fn is_left_out(&self) -> bool {
        self.holder.is_some()
    }

    fn json_path(&self, map: &SourceMap, arena: &Arc<Arena>, root: u32) -> Option<String> {
        let below = Cursor::at(map, arena, self.node?).json_path(root);
        let path = format!("{below}{}", self.rest);
        Some(path.trim_start_matches('.').to_owned()).filter(|path| !path.is_empty())
    }
}

/// Whether a template prints a value of another file behind a key: then the value is what a person edits.
fn is_printed(map: &SourceMap, key: Cursor<'_>, value: Cursor<'_>) -> bool {
    let place = |it: Cursor<'_>| map.editable(it.span(), it.step()).map(|span| span.source);
    map.step(value.step()).is_some_and(|step| step.what == StepKind::Template) && place(key) != place(value)
}

/// Whether a part of a template that would have printed a field of this name would have had the names below it.
fn would_print(name: &str, part: &str, rest: &[&str]) -> bool {
    let Some((first, below)) = rest.split_first() else { return false };
    // What an action prints there is not known.
    let has = |name: &&str| part.contains(&format!("{name}:"));
    name == *first && (part.contains("{{") || below.iter().all(has))
}

impl From<Cursor<'_>> for At {
    fn from(value: Cursor<'_>) -> Self {
        At::value(value)
    }
}

/// What a rule must say about a finding. Nothing here may contain a secret.
#[derive(Clone, Debug)]
pub struct Report {
    /// What is wrong: one sentence without a full stop that names the thing.
    pub message: String,
    /// Why it matters here.
    pub why: Cow<'static, str>,
    /// What to do about it.
    pub help: Cow<'static, str>,
}

/// A rule's window on the world and its way to report.
pub struct Cx<'w> {
    world: &'w World,
    rule: RuleId,
    /// Whether the rule says that it looks at nothing but its target.
    is_alone: bool,
    level: Level,
    subject: Option<Subject<'w>>,
    findings: Vec<Finding>,
}

/// What the rule is looking at; gives findings their object and JSON path.
#[derive(Clone, Copy)]
pub(super) struct Subject<'w> {
    pub object: Option<ObjectView<'w>>,
    pub arena: &'w Arc<Arena>,
    pub root: u32,
}

impl<'w> Cx<'w> {
    pub(super) fn new(world: &'w World, rule: RuleId, level: Level, subject: Option<Subject<'w>>) -> Self {
        Self { world, rule, is_alone: false, level, subject, findings: Vec::new() }
    }

    /// The same for a rule that looks at nothing but its target.
    pub(super) fn alone(self, is_alone: bool) -> Self {
        Self { is_alone, ..self }
    }

    /// Goes on with another rule about the same thing.
    pub(super) fn turn_to(&mut self, rule: RuleId, level: Level) {
        (self.rule, self.level) = (rule, level);
    }

    /// Everything known. A check of a file or an object that asks for it is declared as
    /// [`Check::Around`](super::Check::Around).
    pub fn world(&self) -> &'w World {
        debug_assert!(!self.is_alone, "the rule looks at more than its target; declare `Check::Around`");
        self.world
    }

    /// Texts and provenance.
    pub fn map(&self) -> &'w SourceMap {
        &self.world.map
    }

    /// What the configuration says to rules.
    pub fn options(&self) -> &'w RuleOptions {
        &self.world.options
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// Level of the rule's findings before context.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Reports a finding at the newest place where a person can edit it. Earlier places become related
    /// locations. The finding may be refined through the returned reference.
    pub fn report(&mut self, at: impl Into<At>, report: Report) -> &mut Finding {
        let at = at.into();
        let map = &self.world.map;
        let primary = map.editable(at.span, at.step).unwrap_or(at.span);
        let mut related: Vec<Related> = at
            .alias
            .and_then(|alias| map.in_file(alias))
            .map(|span| Related { span, message: "used through this alias".into() })
            .into_iter()
            .collect();
        let holder = at.holder.and_then(|(span, step)| map.editable(span, step));
        related.extend(holder.map(|span| Related { span, message: "missing here".into() }));
        let history = map.history(at.span, at.step);
        related.extend(history.into_iter().map(|(span, what)| Related { span, message: what.into() }));
        let path = self.subject.and_then(|subject| at.json_path(map, subject.arena, subject.root));
        let object: Option<ObjectName> =
            self.subject.and_then(|subject| subject.object).map(|object| object.object_name());
        self.findings.push(Finding {
            rule: self.rule,
            level: self.level,
            message: report.message,
            why: report.why,
            help: report.help,
            primary,
            related,
            object,
            path,
            units: Arc::default(),
            disposition: Disposition::Active,
        });
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }
}
