//! `explain` and `rules`: what is known about the rules, for people and for programs.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;

use crate::finding::{Rule, RuleRef};

/// A rule's page: its name, its defaults, its documentation.
pub(super) fn explain(rule: &Rule) -> String {
    let mut page = format!("{} ({}, profile {})\n\n", rule.name, rule.level.name(), rule.profile.name());
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
pub(super) fn table(rules: &[RuleRef]) -> String {
    let width = rules.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
    let mut table = String::new();
    for rule in rules {
        let pedantic = if rule.profile == crate::finding::Profile::Pedantic { " (pedantic)" } else { "" };
        let _ =
            writeln!(table, "{:width$}  {:7}  {}{pedantic}", rule.name, rule.level.name(), rule.summary());
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
pub(super) fn json(rules: &[RuleRef]) -> String {
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
    }
    let entries: Vec<Entry<'_>> = rules
        .iter()
        .map(|rule| Entry {
            name: &rule.name,
            summary: rule.summary(),
            level: rule.level.name(),
            profile: rule.profile.name(),
            security_severity: rule.security_severity,
            precision: rule.precision.name(),
            tags: &rule.tags,
            aliases: rule.aliases.iter().map(|alias| [alias.peer.name(), &*alias.id]).collect(),
        })
        .collect();
    // Strings, numbers and arrays always serialise.
    serde_json::to_string_pretty(&entries).map(|json| json + "\n").unwrap_or_default()
}
