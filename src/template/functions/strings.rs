//! sprig's functions for strings, and regular expressions.

use regex::bytes::NoExpand;

use super::super::go_regex;
use super::super::text::Text;
use super::super::value::{Data, Map, Value};
use super::logic::truth;
use super::numbers::ITEMS;
use super::{Answer, Arguments, TOO_LARGE, format, strval};

/// Bytes that `repeat` makes at most.
const REPEATED: usize = 1 << 20;

pub(super) fn call(name: &str, arguments: Arguments<'_>) -> Option<Answer> {
    Some(match name {
        "lower" => changed(arguments, |text| text.to_lowercase()),
        "upper" => changed(arguments, |text| text.to_uppercase()),
        "title" => changed(arguments, title),
        "untitle" => changed(arguments, untitle),
        "nospace" => changed(arguments, |text| text.split_whitespace().collect()),
        "trim" => trim(arguments, 0, |sign| sign.is_whitespace()),
        "trimAll" => arguments.str(0).and_then(|cut| trim(arguments, 1, |sign| cut.contains(sign))),
        "trimPrefix" => trim_prefix(arguments),
        "trimSuffix" => trim_suffix(arguments),
        "trunc" => trunc(arguments),
        "substr" => substr(arguments),
        "repeat" => repeat(arguments),
        "replace" => replace(arguments),
        "contains" => test(arguments, |part, text| text.contains(part)),
        "hasPrefix" => test(arguments, |part, text| text.starts_with(part)),
        "hasSuffix" => test(arguments, |part, text| text.ends_with(part)),
        "quote" => Ok(quote(arguments, |text| format::quoted(text.as_str()), '"')),
        "squote" => Ok(quote(arguments, |text| format!("'{}'", text.as_str()), '\'')),
        "cat" => Ok(cat(arguments)),
        "indent" => indent(arguments, ""),
        "nindent" => indent(arguments, "\n"),
        "split" => split(arguments),
        "splitList" => parts(arguments.str(0), arguments.text(1)).map(Value::from),
        "join" => join(arguments),
        "toString" => arguments.value(0).map(|value| strval(value).into()),
        "toStrings" => to_strings(arguments),
        "sortAlpha" => sort(arguments),
        "regexMatch" => regex_match(arguments),
        "regexFind" => regex_find(arguments),
        "regexReplaceAll" => regex_replace(arguments, Expand::Groups),
        "regexReplaceAllLiteral" => regex_replace(arguments, Expand::Nothing),
        "base" => changed(arguments, |path| base(path).to_owned()),
        "dir" => changed(arguments, |path| clean(path.rfind('/').map_or("", |at| &path[..at + 1]))),
        "clean" => changed(arguments, clean),
        "ext" => changed(arguments, |path| {
            let name = path.rsplit('/').next().unwrap_or_default();
            name.rfind('.').map_or("", |at| &name[at..]).to_owned()
        }),
        _ => return None,
    })
}

/// A text of which each byte still belongs to where it was: all of it, when the length is the same.
fn changed(arguments: Arguments<'_>, change: impl Fn(&str) -> String) -> Answer {
    let text = arguments.text(0)?;
    let changed = change(text.as_str());
    if changed.len() != text.len() {
        return Ok(text.became(changed).into());
    }
    let mut kept = Text::default();
    let mut start = 0;
    for (part, origin) in text.parts() {
        let end = start + part.len();
        match changed.get(start..end) {
            Some(part) => kept.push_from(part, origin),
            None => return Ok(text.became(changed).into()),
        }
        start = end;
    }
    Ok(kept.into())
}

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

fn trim(arguments: Arguments<'_>, index: usize, cuts: impl Fn(char) -> bool) -> Answer {
    let text = arguments.text(index)?;
    let start = text.len() - text.as_str().trim_start_matches(&cuts).len();
    let end = text.as_str().trim_end_matches(&cuts).len();
    Ok(text.slice(start..end.max(start)).into())
}

fn trim_prefix(arguments: Arguments<'_>) -> Answer {
    let (prefix, text) = (arguments.str(0)?, arguments.text(1)?);
    let cut = if text.as_str().starts_with(prefix) { prefix.len() } else { 0 };
    Ok(text.slice(cut..text.len()).into())
}

fn trim_suffix(arguments: Arguments<'_>) -> Answer {
    let (suffix, text) = (arguments.str(0)?, arguments.text(1)?);
    let cut = if text.as_str().ends_with(suffix) { suffix.len() } else { 0 };
    Ok(text.slice(0..text.len() - cut).into())
}

/// The first bytes, or with a negative number the last ones.
fn trunc(arguments: Arguments<'_>) -> Answer {
    let (count, text) = (arguments.int(0)?, arguments.text(1)?);
    let length = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    Ok(match count < 0 {
        true => text.slice(text.len().saturating_sub(length)..text.len()),
        false => text.slice(0..length),
    }
    .into())
}

fn substr(arguments: Arguments<'_>) -> Answer {
    let (start, end, text) = (arguments.int(0)?, arguments.int(1)?, arguments.text(2)?);
    let start = usize::try_from(start).unwrap_or(0);
    let end = usize::try_from(end).map_or(text.len(), |end| end.min(text.len()));
    if start > end {
        return Err("slice bounds out of range".to_owned());
    }
    Ok(text.slice(start..end).into())
}

fn repeat(arguments: Arguments<'_>) -> Answer {
    let (count, text) = (arguments.int(0)?, arguments.text(1)?);
    let count = usize::try_from(count).map_err(|_| "negative repeat count".to_owned())?;
    if count.saturating_mul(text.len()) > REPEATED {
        return Err(TOO_LARGE.to_owned());
    }
    let mut repeated = Text::default();
    (0..count.min(REPEATED)).for_each(|_| repeated.push(text));
    Ok(repeated.into())
}

fn replace(arguments: Arguments<'_>) -> Answer {
    let (old, new, text) = (arguments.str(0)?, arguments.text(1)?, arguments.text(2)?);
    if new.len().saturating_mul(text.len() + 1) > REPEATED {
        return Err(TOO_LARGE.to_owned());
    }
    Ok(text.replaced(old, new).into())
}

fn test(arguments: Arguments<'_>, holds: fn(&str, &str) -> bool) -> Answer {
    Ok(truth(holds(arguments.str(0)?, arguments.str(1)?)))
}

/// Each argument that is not nil in quotes, with spaces between.
fn quote(arguments: Arguments<'_>, quoted: fn(&Text) -> String, mark: char) -> Value {
    let mut all = Text::default();
    for value in arguments.from(0).iter().filter(|value| !matches!(value.data, Data::Nil | Data::Missing)) {
        let text = strval(value);
        let quoted = quoted(&text);
        all.push_str(if all.is_empty() { "" } else { " " });
        // Without escapes the text itself is between the marks.
        if quoted.len() == text.len() + 2 {
            let mut buffer = [0; 4];
            let mark = &*mark.encode_utf8(&mut buffer);
            all.push_str(mark);
            all.push(&text);
            all.push_str(mark);
        } else {
            all.push(&text.became(quoted));
        }
    }
    all.into()
}

fn cat(arguments: Arguments<'_>) -> Value {
    let given = arguments.from(0).iter().filter(|value| !matches!(value.data, Data::Nil | Data::Missing));
    joined(&Text::made(" "), given).into()
}

fn joined<'v>(separator: &Text, values: impl Iterator<Item = &'v Value>) -> Text {
    let mut joined = Text::default();
    for (index, value) in values.enumerate() {
        if index > 0 {
            joined.push(separator);
        }
        joined.push(&strval(value));
    }
    joined
}

fn indent(arguments: Arguments<'_>, before: &str) -> Answer {
    let (columns, text) = (arguments.int(0)?, arguments.text(1)?);
    let columns = usize::try_from(columns).unwrap_or(0).min(1_000);
    let pad = format!("\n{}", " ".repeat(columns));
    let mut indented = Text::made(before);
    indented.push_str(&pad[1..]);
    indented.push(&text.replaced("\n", &Text::made(pad)));
    Ok(indented.into())
}

/// A map from `_0`, `_1`, … to the parts of a text.
fn split(arguments: Arguments<'_>) -> Answer {
    let parts = parts(arguments.str(0), arguments.text(1))?;
    let named = parts.into_iter().enumerate().map(|(index, part)| (format!("_{index}"), part));
    Ok(Map::new(named.collect()).into())
}

fn parts(separator: Result<&str, String>, text: Result<&Text, String>) -> Result<Vec<Value>, String> {
    let (separator, text) = (separator?, text?);
    if text.as_str().matches(separator).count() as i64 > ITEMS {
        return Err(TOO_LARGE.to_owned());
    }
    let mut start = 0;
    let part = |part: &str| {
        // Between no separator stand the characters themselves, of which the first and last part are none.
        let range = start..start + part.len();
        start = range.end + separator.len();
        Value::from(text.slice(range))
    };
    let all: Vec<Value> = text.as_str().split(separator).map(part).collect();
    let is_every = separator.is_empty();
    Ok(all.into_iter().filter(|part| !is_every || !part.is_empty()).collect())
}

fn join(arguments: Arguments<'_>) -> Answer {
    let separator = arguments.text(0)?;
    let value = arguments.value(1)?;
    Ok(match &value.data {
        Data::List(items) => {
            let items = items.iter().filter(|item| !matches!(item.data, Data::Nil | Data::Missing));
            joined(separator, items)
        }
        _ => strval(value),
    }
    .into())
}

fn to_strings(arguments: Arguments<'_>) -> Answer {
    Ok(arguments.list(0)?.iter().map(|item| Value::from(strval(item))).collect::<Vec<_>>().into())
}

fn sort(arguments: Arguments<'_>) -> Answer {
    let mut items: Vec<Text> = arguments.list(0)?.iter().map(strval).collect();
    items.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    Ok(items.into_iter().map(Value::from).collect::<Vec<_>>().into())
}

fn regex_match(arguments: Arguments<'_>) -> Answer {
    let regex = go_regex::compile(arguments.str(0)?)?;
    Ok(truth(regex.is_match(arguments.str(1)?.as_bytes())))
}

fn regex_find(arguments: Arguments<'_>) -> Answer {
    let (regex, text) = (go_regex::compile(arguments.str(0)?)?, arguments.text(1)?);
    let found = regex.find(text.as_str().as_bytes()).map(|found| found.range()).unwrap_or(0..0);
    Ok(text.slice(found).into())
}

/// What becomes of `$1` in a replacement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expand {
    Groups,
    Nothing,
}

fn regex_replace(arguments: Arguments<'_>, expand: Expand) -> Answer {
    let (regex, text) = (go_regex::compile(arguments.str(0)?)?, arguments.text(1)?);
    let (bytes, with) = (text.as_str().as_bytes(), arguments.str(2)?);
    if with.len().saturating_mul(text.len() + 1) > REPEATED {
        return Err(TOO_LARGE.to_owned());
    }
    let replaced = match expand {
        Expand::Groups => regex.replace_all(bytes, with.as_bytes()),
        Expand::Nothing => regex.replace_all(bytes, NoExpand(with.as_bytes())),
    };
    let unchanged = *replaced == *bytes;
    let replaced = String::from_utf8_lossy(&replaced).into_owned();
    Ok(if unchanged { text.clone() } else { text.became(replaced) }.into())
}

/// The last part of a path, as Go's `path.Base` has it.
pub(super) fn base(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" if path.is_empty() => ".",
        "" => "/",
        path => path.rsplit('/').next().unwrap_or_default(),
    }
}

/// A path without `.`, `..` and repeated slashes, as Go's `path.Clean` has it.
fn clean(path: &str) -> String {
    let is_rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if is_rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (is_rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}
