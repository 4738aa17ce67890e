//! Letters: sprig's functions that change their case.
//!
//! Owns what Masterminds/goutils and huandu/xstrings make of words.

use super::super::text::Text;
use super::cost::Cost::Deep;
use super::{Answer, Arguments, Function, plain};

pub(super) const FUNCTIONS: &[Function] = &[
    plain("lower", "s", Deep, |arguments| changed(arguments, str::to_lowercase)),
    plain("upper", "s", Deep, |arguments| changed(arguments, str::to_uppercase)),
    plain("title", "s", Deep, |arguments| changed(arguments, title)),
    plain("untitle", "s", Deep, |arguments| changed(arguments, untitle)),
    plain("swapcase", "s", Deep, |arguments| changed(arguments, swapped)),
    plain("initials", "s", Deep, |arguments| changed(arguments, initials)),
    plain("snakecase", "s", Deep, |arguments| changed(arguments, |text| parted(text, '_'))),
    plain("kebabcase", "s", Deep, |arguments| changed(arguments, |text| parted(text, '-'))),
    plain("camelcase", "s", Deep, |arguments| changed(arguments, camel)),
    plain("nospace", "s", Deep, |arguments| changed(arguments, |text| text.split_whitespace().collect())),
];

/// A text of which each byte still belongs to where it was: all of it, when the length is the same.
pub(super) fn changed(arguments: Arguments<'_>, change: impl Fn(&str) -> String) -> Answer {
    let text = arguments.text(0)?;
    let changed = change(text.as_str());
    if changed == text.as_str() {
        return Ok(text.clone().into());
    }
    if changed.len() != text.len() {
        return Ok(text.became(changed).into());
    }
    let mut kept = Text::default();
    let mut start = 0;
    for (part, run) in text.runs() {
        let end = start + part.len();
        match changed.get(start..end) {
            Some(part) => kept.push_run(part, run.origin, run.node),
            None => return Ok(text.became(changed).into()),
        }
        start = end;
    }
    Ok(kept.into())
}

/// Go's `strings.Title`: a word starts behind what is neither letter, digit, underscore nor apostrophe.
fn title(text: &str) -> String {
    let mut starts = true;
    let capital = |sign: char| {
        let is_first = starts;
        starts = !(sign.is_alphanumeric() || matches!(sign, '_' | '\''));
        if is_first { sign.to_uppercase().next().unwrap_or(sign) } else { sign }
    };
    text.chars().map(capital).collect()
}

fn untitle(text: &str) -> String {
    let mut starts = true;
    let small = |sign: char| {
        let is_first = starts;
        starts = sign.is_whitespace();
        if is_first { sign.to_lowercase().next().unwrap_or(sign) } else { sign }
    };
    text.chars().map(small).collect()
}

fn swapped(text: &str) -> String {
    let swap = |sign: char| match (sign.is_uppercase(), sign.is_lowercase()) {
        (true, _) => sign.to_lowercase().next().unwrap_or(sign),
        (_, true) => sign.to_uppercase().next().unwrap_or(sign),
        _ => sign,
    };
    text.chars().map(swap).collect()
}

fn initials(text: &str) -> String {
    text.split_whitespace().filter_map(|word| word.chars().next()).collect()
}

/// Words in lower case with a mark between: `HTTPServer` is two, `FirstName` too. Source: `xstrings.ToSnakeCase`.
fn parted(text: &str, mark: char) -> String {
    let signs: Vec<char> = text.chars().collect();
    let mut parted = String::with_capacity(text.len() + 4);
    let is_break = |sign: char| sign == '_' || sign == '-' || sign.is_whitespace();
    for (index, &sign) in signs.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| signs.get(index)).copied();
        let after = signs.get(index + 1).copied();
        if is_break(sign) {
            parted.push(mark);
            continue;
        }
        let starts = match before {
            None => false,
            Some(before) if is_break(before) => false,
            Some(before) if sign.is_uppercase() => {
                // The last capital of a run begins the word that follows.
                !before.is_uppercase() || after.is_some_and(char::is_lowercase)
            }
            Some(_) => false,
        };
        if starts && !parted.ends_with(mark) {
            parted.push(mark);
        }
        parted.extend(sign.to_lowercase());
    }
    parted
}

/// `http_server` as `HttpServer`. Source: `xstrings.ToPascalCase`.
fn camel(text: &str) -> String {
    let mut camel = String::with_capacity(text.len());
    let mut starts = true;
    for sign in text.chars() {
        if sign == '_' || sign == '-' || sign.is_whitespace() {
            starts = true;
        } else if starts {
            camel.extend(sign.to_uppercase());
            starts = false;
        } else {
            camel.push(sign);
        }
    }
    camel
}
