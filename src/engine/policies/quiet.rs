//! What policies say about a Secret, without its values.
//!
//! A report hides values as they are. A policy may have changed them before: written in capitals, turned round, or so short
//! that they are words of any text. Owns what counts as such; must not know what a report hides.

use std::collections::BTreeSet;

use crate::model::secret::base64::{Decoded, decode};
use crate::model::secret::object::{is_secret, values};
use crate::policy::Verdict;
use crate::yaml::Cursor;

/// What stands in the place of a value.
const HIDDEN: &str = "***";
/// Shorter values are in no text to be recognised.
const SHORTEST: usize = 3;
/// Values of this length are hidden within words, too.
const WITHIN: usize = 6;

/// A verdict about an object without the values of that object, if it is a Secret.
pub(super) fn without_values(root: Cursor<'_>, verdict: &Verdict) -> Option<Verdict> {
    if !is_secret(root) {
        return None;
    }
    let mut hidden: BTreeSet<String> = BTreeSet::new();
    for (entry, _) in values(root) {
        let Some(text) = entry.value.text() else { continue };
        let decoded = match decode(&text) {
            Some(Decoded::Text(decoded)) => Some(decoded.to_lowercase()),
            _ => None,
        };
        for value in decoded.into_iter().chain([text.to_lowercase()]) {
            let value = value.trim();
            if value.chars().count() >= SHORTEST {
                hidden.insert(value.to_owned());
                hidden.insert(value.chars().rev().collect());
            }
        }
    }
    // Names that everybody may read.
    let keys = ["data", "stringData"].into_iter().filter_map(|field| root.get(field));
    for key in keys.flat_map(|field| field.entries()).filter_map(|entry| entry.key.text()) {
        hidden.remove(&key.to_lowercase());
    }
    for path in [&["metadata", "name"], &["metadata", "namespace"]] {
        let name = root.path(path).and_then(|name| name.text());
        let _ = name.map(|name| hidden.remove(&name.to_lowercase()));
    }
    let clean = |text: &str| words(text, &hidden);
    Some(Verdict {
        message: clean(&verdict.message),
        why: verdict.why.as_deref().map(clean),
        help: verdict.help.as_deref().map(clean),
        ..verdict.clone()
    })
}

/// A text without words that are hidden, or in which something long is.
fn words(text: &str, hidden: &BTreeSet<String>) -> String {
    let lower = text.to_lowercase();
    // A value of several words stands in no word.
    let has_sentence = hidden.iter().any(|value| {
        value.contains(char::is_whitespace) && value.len() >= WITHIN && lower.contains(value.as_str())
    });
    if has_sentence {
        return HIDDEN.to_owned();
    }
    let is_between = |c: char| {
        c.is_whitespace() || matches!(c, '\'' | '"' | '`' | ',' | ';' | '(' | ')' | '[' | ']' | '{' | '}')
    };
    let mut shown = String::new();
    for piece in text.split_inclusive(is_between) {
        let word = piece.trim_end_matches(is_between);
        let core = word.to_lowercase();
        let is_long = |value: &&String| value.len() >= WITHIN && core.contains(value.as_str());
        let is_value = hidden.contains(core.trim_matches(['.', ':', '!', '?', '=']))
            || core.split(['=', ':']).any(|part| hidden.contains(part))
            || hidden.iter().any(|value| is_long(&value));
        shown.push_str(if is_value { HIDDEN } else { word });
        shown.push_str(piece.get(word.len()..).unwrap_or_default());
    }
    shown
}
