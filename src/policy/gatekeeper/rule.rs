//! A template with its constraints as a rule of plimsoll.

use std::borrow::Cow;

use crate::finding::{Level, Precision, Profile, Rule};

use super::super::{Dialect, PolicyRule, Target};
use super::constraint::Constraint;
use super::template::Template;

/// The rule of a template and its constraints. `entry` is the program and the rule of it.
pub fn rule(template: &Template<'_>, constraints: &[Constraint], entry: (usize, usize)) -> PolicyRule {
    let mut kinds = Some(Vec::new());
    for constraint in constraints {
        kinds = match (kinds, constraint.matching.kinds()) {
            (Some(known), Some(kinds)) => Some([known, kinds].concat()),
            _ => None,
        };
    }
    let mut kinds: Vec<String> = kinds.unwrap_or_default().into_iter().map(str::to_owned).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let level = constraints.iter().map(|constraint| constraint.enforcement.level()).max();
    let rule = Rule {
        name: Cow::Owned(name(&template.kind, &template.title)),
        docs: Cow::Owned(docs(template, constraints)),
        level: level.unwrap_or(Level::Error),
        by_tier: false,
        profile: Profile::Default,
        security_severity: None,
        precision: Precision::High,
        tags: Cow::Borrowed(&[Cow::Borrowed("gatekeeper")]),
        aliases: Cow::Borrowed(&[]),
    };
    let (program, entry) = entry;
    let (map, at) = (template.place.map(), super::problem::place(template.place));
    let source = map.source(at.source);
    PolicyRule {
        rule,
        dialect: Dialect::Gatekeeper,
        target: Target::Object(kinds),
        program,
        entry,
        exception: None,
        policy: 0,
        file: source.path().to_string(),
        line: source.position(at.start).line,
    }
}

/// Pod Security Policy: capitals that the library of Gatekeeper writes without a break before the next word.
const PSP: [char; 3] = ['P', 'S', 'P'];

/// `K8sRequiredLabels` as `k8s-required-labels`. A kind without capitals has no words: those of the title, if any.
fn name(kind: &str, title: &str) -> String {
    let has_words = kind.chars().any(|c| c.is_ascii_uppercase());
    let words = if has_words || title.is_empty() { kind } else { title };
    let letters: Vec<char> = words.chars().collect();
    let is_upper = |index: usize| letters.get(index).is_some_and(|c| c.is_ascii_uppercase());
    let is_lower = |index: usize| letters.get(index).is_some_and(|c| c.is_ascii_lowercase());
    let mut name = String::new();
    for (index, letter) in letters.iter().enumerate() {
        // `PSPAllow` are two words, `IPs` is one.
        let plural = letters.get(index + 1) == Some(&'s') && !is_lower(index + 2);
        let starts = is_upper(index)
            && index > 0
            && (!is_upper(index - 1)
                || is_lower(index + 1) && !plural
                || letters.get(..index).is_some_and(|before| before.ends_with(&PSP)));
        if (starts || !letter.is_ascii_alphanumeric()) && !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
        name.extend(letter.is_ascii_alphanumeric().then(|| letter.to_ascii_lowercase()));
    }
    name.trim_end_matches('-').to_owned()
}

fn docs(template: &Template<'_>, constraints: &[Constraint]) -> String {
    let description = template.description.split_whitespace().collect::<Vec<_>>().join(" ");
    let first = description.split_inclusive(". ").next().unwrap_or_default().trim_end_matches([' ', '.']);
    let summary = match (template.title.as_str(), first) {
        ("", "") => format!("A constraint of the kind `{}` is violated", template.kind),
        ("", first) => first.to_owned(),
        (title, _) => title.to_owned(),
    };
    let mut names: Vec<String> =
        constraints.iter().map(|constraint| format!("`{}`", constraint.name)).collect();
    names.sort_unstable();
    names.dedup();
    let about = if description.is_empty() { String::new() } else { format!("{description}\n\n") };
    let names = if names.is_empty() { "none here".to_owned() } else { names.join(", ") };
    format!("{summary}\n\n{about}Constraints of the kind `{}`: {names}.\n", template.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words() {
        let cases = [
            ("K8sRequiredLabels", "", "k8s-required-labels"),
            ("K8sPSPAllowedUsers", "", "k8s-psp-allowed-users"),
            ("K8sPSPSELinuxV2", "", "k8s-psp-se-linux-v2"),
            ("K8sExternalIPs", "", "k8s-external-ips"),
            ("K8sHTTPSOnly", "", "k8s-https-only"),
            ("NoURLsInPods", "", "no-urls-in-pods"),
            ("requiredlabels", "Required Labels (all)", "required-labels-all"),
            ("requiredlabels", "", "requiredlabels"),
        ];
        for (kind, title, expected) in cases {
            assert_eq!(name(kind, title), expected);
        }
    }
}
