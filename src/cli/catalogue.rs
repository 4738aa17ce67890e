//! `explain` and `rules`: what is known about the rules, for people and for programs.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;

use crate::engine::PolicyId;
use crate::finding::{Profile, RuleRef};
use crate::policy::{PolicyRule, Target};
use crate::report::escape;
use crate::rules::all::BuiltIn;

/// A rule, and what is known of it when it is a policy.
pub(super) struct Known {
    /// Its declaration.
    pub rule: RuleRef,
    /// What it is asked about: the word of its header, and kinds.
    target: Option<(&'static str, Vec<String>)>,
    /// Where somebody wrote it; none for those that plimsoll brings.
    place: Option<String>,
}

impl Known {
    /// One that plimsoll brings.
    pub fn of(brought: &BuiltIn) -> Self {
        let target = match brought.policy {
            Some(PolicyId::Shipped(shipped)) => Some(shown(&shipped.declared.target)),
            _ => None,
        };
        Self { rule: RuleRef::Native(brought.rule), target, place: None }
    }

    /// One of a policy.
    pub fn declared(policy: PolicyRule) -> Self {
        let (target, place) = (Some(shown(&policy.target)), Some(policy.place()));
        Self { rule: RuleRef::Policy(Arc::new(policy.rule)), target, place }
    }
}

fn shown(target: &Target) -> (&'static str, Vec<String>) {
    let (word, kinds) = target.shown();
    (word, kinds.to_vec())
}

/// A rule's page: its name, its defaults, its documentation.
pub(super) fn explain(known: &Known) -> String {
    let rule = &known.rule;
    let mut page = format!("{} ({}, profile {})\n\n", rule.name, rule.level.name(), rule.profile.name());
    if let (Some(place), Some((word, kinds))) = (&known.place, &known.target) {
        let kinds = if kinds.is_empty() { String::new() } else { format!(": {}", kinds.join(", ")) };
        let _ = writeln!(page, "Policy {}, asked about each {word}{kinds}\n", escape(place));
    }
    page.push_str(&rule.markdown());
    if !rule.aliases.is_empty() {
        page.push_str("\n## In other tools\n\n");
        for alias in rule.aliases.iter() {
            let _ = writeln!(page, "- {}: {}", alias.peer.name(), alias.id);
        }
    }
    page
}

/// The list for a terminal: name, level and summary in columns.
pub(super) fn table(rules: &[Known]) -> String {
    let width = rules.iter().map(|known| known.rule.name.len()).max().unwrap_or_default();
    let mut table = String::new();
    for known in rules {
        let (rule, target) = (&known.rule, known.target.as_ref().map_or("", |(word, _)| word));
        let profile = match rule.profile {
            Profile::Default => String::new(),
            profile => format!(" ({})", profile.name()),
        };
        let place = known.place.as_ref().map(|place| format!(" ({}, {target})", escape(place)));
        let _ = writeln!(
            table,
            "{:width$}  {:7}  {}{profile}{}",
            rule.name,
            rule.level.name(),
            escape(rule.summary()),
            place.unwrap_or_default()
        );
    }
    table
}

/// The list for a document, with links to the rules' pages beside it.
pub fn markdown(rules: &[RuleRef]) -> String {
    let mut table = String::from("| rule | level | profile | what it reports |\n|---|---|---|---|\n");
    for rule in rules {
        let _ = writeln!(
            table,
            "| [`{0}`]({0}.md) | {1} | {2} | {3} |",
            rule.name,
            rule.level.name(),
            rule.profile.name(),
            rule.summary().replace('|', "\\|")
        );
    }
    table
}

/// The list for programs.
pub(super) fn json(rules: &[Known]) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Entry<'a> {
        name: &'a str,
        summary: &'a str,
        level: &'static str,
        profile: &'static str,
        security_severity: Option<f32>,
        precision: &'static str,
        tags: &'a [Cow<'static, str>],
        aliases: Vec<[&'a str; 2]>,
        /// Where a policy of somebody's is written: `policy/a.rego:12`.
        #[serde(skip_serializing_if = "Option::is_none")]
        policy: Option<&'a str>,
        /// What a rule in Rego is asked about.
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<&'static str>,
        /// The kinds of these.
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        kinds: &'a [String],
    }
    let entries: Vec<Entry<'_>> = rules
        .iter()
        .map(|known| (&known.rule, known))
        .map(|(rule, known)| Entry {
            name: &rule.name,
            summary: rule.summary(),
            level: rule.level.name(),
            profile: rule.profile.name(),
            security_severity: rule.security_severity,
            precision: rule.precision.name(),
            tags: &rule.tags,
            aliases: rule.aliases.iter().map(|alias| [alias.peer.name(), &*alias.id]).collect(),
            policy: known.place.as_deref(),
            target: known.target.as_ref().map(|(word, _)| *word),
            kinds: known.target.as_ref().map_or(&[][..], |(_, kinds)| kinds),
        })
        .collect();
    // Strings, numbers and arrays always serialise.
    serde_json::to_string_pretty(&entries).map(|json| json + "\n").unwrap_or_default()
}
