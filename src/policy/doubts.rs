//! Headers that say what nobody understands: words that do not exist, and lists that are none.
//!
//! Owns what is told about them; what they count as is decided where they are read. Headers of trivy-checks are left
//! alone, since their keys are trivy's.

use crate::config::suggestion;
use crate::rego::{Annotation, Module, PolicyError, Value};

use super::answer::{field, level};

/// The keys of `custom` that our convention knows.
const KEYS: [&str; 13] = [
    "name",
    "severity",
    "target",
    "kinds",
    "files",
    "tags",
    "profile",
    "precision",
    "security_severity",
    "by_tier",
    "library",
    "recommended_action",
    "recommended_actions",
];
/// Those of them that are lists of texts.
const LISTS: [&str; 3] = ["kinds", "files", "tags"];
/// Keys of trivy, which say that it wrote a header.
const OF_TRIVY: [&str; 4] = ["id", "avd_id", "short_code", "input"];

/// What is doubtful about the headers of a policy, at the line of the word.
pub fn doubts(policy: usize, module: &Module, text: &str) -> Vec<PolicyError> {
    let mut doubts = Vec::new();
    for annotation in &module.annotations {
        let Some(custom) = field(&annotation.fields, "custom") else { continue };
        let Ok(fields) = custom.as_object() else { continue };
        if OF_TRIVY.iter().any(|key| field(custom, key).is_some()) {
            continue;
        }
        for (key, value) in fields.iter_sorted() {
            let Ok(key) = key.as_string() else { continue };
            if let Some(message) = doubt(key, value) {
                let (line, column) = place(text, annotation, key);
                doubts.push(PolicyError { policy, line, column, message });
            }
        }
    }
    doubts
}

fn doubt(key: &str, value: &Value) -> Option<String> {
    let one_of = |words: &[&str]| {
        let is_known = |text: &str| words.contains(&text);
        let text = value.as_string().ok();
        let word = text.map_or_else(|| value.to_string(), |text| text.to_string());
        let help =
            suggestion(&word, words.iter().copied()).map(|help| format!("; {help}")).unwrap_or_default();
        let message = || format!("there is no {key} `{word}`: it is one of {}{help}", words.join(", "));
        (!text.is_some_and(|text| is_known(text))).then(message)
    };
    match key {
        "severity" if value.as_string().is_ok_and(|word| level(word).is_some()) => None,
        "severity" => one_of(&["error", "warning", "note"]),
        "profile" => one_of(&["default", "pedantic"]),
        "precision" => one_of(&["very-high", "high", "medium"]),
        list if LISTS.contains(&list) => {
            let is_text = |value: &Value| value.as_string().is_ok();
            let is_list = value.as_array().is_ok_and(|items| items.iter().all(is_text));
            // A single word is a list of it.
            let is_word =
                value.as_string().is_ok_and(|word| !word.contains(|c: char| c.is_whitespace() || c == ','));
            (!is_list && !is_word).then(|| format!("`{key}` is a list of texts, such as `[a, b]`"))
        }
        known if KEYS.contains(&known) => None,
        other => {
            let help = suggestion(other, KEYS)?;
            Some(format!("nothing reads the key `{other}`; {help}"))
        }
    }
}

/// Where a key of a header stands.
fn place(text: &str, annotation: &Annotation, key: &str) -> (u32, u32) {
    let lines = (1_u32..).zip(text.lines()).skip(annotation.line as usize);
    let mut block = lines.take_while(|(_, line)| line.trim_start().starts_with('#'));
    let at = |line: &str| {
        let start = line.find(key)?;
        let before = line.get(..start)?.chars().next_back();
        let behind = line.get(start + key.len()..)?.trim_start_matches(['"', '\'']).trim_start();
        let is_key = behind.starts_with(':')
            && before.is_some_and(|c| c.is_whitespace() || matches!(c, '#' | '{' | ',' | '"' | '\''));
        is_key.then(|| line.get(..start).map_or(0, |before| before.chars().count()))
    };
    let found = block.find_map(|(number, line)| Some((number, at(line)? as u32 + 1)));
    found.unwrap_or((annotation.line, 1))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn words_that_do_not_exist_are_told_at_their_lines() {
        let text = "# METADATA\n# title: T\n# custom:\n#   name: a\n#   severty: error\n#   severity: eror\n#   profile: pedant\n\
            #   precision: low\n#   kinds: Deployment, Pod\n#   tags: {a: b}\n#   files: a\n#   owner: team-a\npackage a\n";
        let module = Module::read("a.rego", text).unwrap();
        let doubts: Vec<_> =
            doubts(0, &module, text).into_iter().map(|it| (it.line, it.column, it.message)).collect();
        let lines: Vec<u32> = doubts.iter().map(|(line, ..)| *line).collect();
        assert_eq!(lines, [9, 8, 7, 6, 5, 10], "{doubts:?}");
        let of = |line: u32| {
            doubts.iter().find(|(at, ..)| *at == line).map(|(_, column, text)| (*column, &**text)).unwrap()
        };
        assert_eq!(of(5), (5, "nothing reads the key `severty`; did you mean `severity`?"));
        assert_eq!(
            of(6),
            (5, "there is no severity `eror`: it is one of error, warning, note; did you mean `error`?")
        );
        assert_eq!(of(9), (5, "`kinds` is a list of texts, such as `[a, b]`"));
        let trivy = "# METADATA\n# custom:\n#   id: X-1\n#   severity: SEVERE\npackage a\n";
        assert_eq!(super::doubts(0, &Module::read("a.rego", trivy).unwrap(), trivy), []);
    }
}
