//! Names as Argo CD's ApplicationSet controller makes them.
//!
//! Source: `applicationset/utils/utils.go`, `SanitizeName` and `SlugifyName`.

use super::super::text::Text;
use super::super::value::{Data, Value};
use super::cost::Cost::Deep;
use super::{Answer, Arguments, Function, plain};

/// Longest name in DNS.
const LONGEST: usize = 253;

pub(super) const FUNCTIONS: &[Function] = &[
    plain("normalize", "s", Deep, |arguments| arguments.text(0).map(|text| normalize(text).into())),
    plain("slugify", "a*", Deep, slugify),
];

/// Whether only Argo CD has a function.
pub(super) fn is_argo(name: &str) -> bool {
    FUNCTIONS.iter().any(|function| function.name == name)
}

/// Lower case, a hyphen for everything that a DNS name cannot have, and none at the ends.
pub fn normalize(text: &Text) -> Text {
    let sign = |sign: char| match sign.to_ascii_lowercase() {
        sign @ ('a'..='z' | '0'..='9' | '-' | '.') => sign,
        _ => '-',
    };
    let mut name: String = text.as_str().to_lowercase().chars().map(sign).collect();
    name.truncate(LONGEST);
    let trimmed = name.trim_matches(['-', '.']);
    if trimmed == text.as_str() { text.clone() } else { text.became(trimmed.to_owned()) }
}

/// `slugify [longest [at words]] text`: words and digits between single hyphens.
fn slugify(arguments: Arguments<'_>) -> Answer {
    let last = arguments.last()?;
    let Some(text) = last.text() else { return Err("wrong type for value; expected string".to_owned()) };
    let count = arguments.from(0).len();
    let longest = if count > 1 { usize::try_from(arguments.int(0)?).unwrap_or(0) } else { 50 };
    let at_words = count > 2 && matches!(arguments.value(1)?.data, Data::Bool(true));
    if !text.as_str().is_ascii() {
        return Ok(Value::opaque("`slugify` spells letters beyond ASCII"));
    }
    let mut slug = String::new();
    for sign in text.as_str().trim().chars() {
        match sign.to_ascii_lowercase() {
            sign @ ('a'..='z' | '0'..='9' | '_') => slug.push(sign),
            '&' => slug.push_str("and"),
            '@' => slug.push_str("at"),
            _ if slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    let slug = slug.trim_matches(['-', '_']);
    let cut = match slug.len() > longest {
        true if at_words => slug[..longest].rfind('-').map_or(&slug[..longest], |end| &slug[..end]),
        true => slug[..longest].trim_matches(['-', '_']),
        false => slug,
    };
    Ok(if cut == text.as_str() { text.clone() } else { text.became(cut.to_owned()) }.into())
}
