//! sprig's functions for strings.

use super::super::bytes;
use super::super::text::Text;
use super::super::value::{Data, Map, Slot, Value};
use super::cost::Cost::{Deep, Indent, Join};
use super::logic::truth;
use super::numbers::ITEMS;
use super::{Answer, Arguments, Function, TOO_LARGE, format, plain, strval};

/// Bytes that `repeat` makes at most.
pub(super) const REPEATED: usize = 1 << 20;
/// Bytes that are put in place of others: charts do that to definitions of resources of more than a megabyte.
pub(super) const REPLACED: usize = 8 << 20;
/// Places of one text in which something is put.
pub(super) const REPLACEMENTS: usize = 1 << 18;

pub(super) const FUNCTIONS: &[Function] = &[
    plain("trim", "s", Deep, |arguments| trim(arguments, 0, |sign| sign.is_whitespace())),
    plain("trimAll", "ss", Deep, trim_all),
    plain("trimall", "ss", Deep, trim_all),
    plain("trimPrefix", "ss", Deep, trim_prefix),
    plain("trimSuffix", "ss", Deep, trim_suffix),
    plain("trunc", "is", Deep, trunc),
    plain("substr", "iis", Deep, substr),
    plain("repeat", "is", Deep, repeat),
    plain("replace", "sss", Deep, replace),
    plain("contains", "ss", Deep, |arguments| test(arguments, |part, text| text.contains(part))),
    plain("hasPrefix", "ss", Deep, |arguments| test(arguments, |part, text| text.starts_with(part))),
    plain("hasSuffix", "ss", Deep, |arguments| test(arguments, |part, text| text.ends_with(part))),
    plain("quote", "a*", Deep, |arguments| Ok(quote(arguments, |text| format::quoted(text.as_str()), '"'))),
    plain("squote", "a*", Deep, |arguments| {
        Ok(quote(arguments, |text| format!("'{}'", text.as_str()), '\''))
    }),
    plain("cat", "a*", Deep, |arguments| Ok(cat(arguments))),
    plain("indent", "is", Indent, |arguments| indent(arguments, "")),
    plain("nindent", "is", Indent, |arguments| indent(arguments, "\n")),
    plain("split", "ss", Deep, split),
    plain("splitn", "sis", Deep, splitn),
    plain("splitList", "ss", Deep, |arguments| {
        parts(arguments.str(0)?, arguments.text(1)?, usize::MAX).map(Value::from)
    }),
    plain("join", "sa", Join, join),
    plain("toString", "a", Deep, |arguments| arguments.value(0).map(|value| strval(value).into())),
    plain("toStrings", "a", Deep, to_strings),
    plain("sortAlpha", "a", Deep, sort),
    plain("plural", "ssi", Deep, |arguments| arguments.value(usize::from(arguments.int(2)? != 1)).cloned()),
    plain("html", "a*", Deep, |arguments| Ok(escaped(arguments, html))),
    plain("js", "a*", Deep, |arguments| Ok(escaped(arguments, js))),
];

/// Go's escapers print their arguments as `print` does.
fn escaped(arguments: Arguments<'_>, escape: fn(&str) -> String) -> Value {
    let printed = match arguments.from(0) {
        [one] => strval(one),
        all => format::print(all),
    };
    printed.became(escape(printed.as_str())).into()
}

fn html(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '"' => html.push_str("&#34;"),
            '\'' => html.push_str("&#39;"),
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '\0' => html.push('\u{fffd}'),
            sign => html.push(sign),
        }
    }
    html
}

fn js(text: &str) -> String {
    let mut js = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '\\' | '\'' | '"' => js.extend(['\\', sign]),
            '<' | '>' | '&' | '=' | '\0'..='\u{1f}' => js.push_str(&format!("\\u{:04X}", u32::from(sign))),
            sign => js.push(sign),
        }
    }
    js
}

fn trim_all(arguments: Arguments<'_>) -> Answer {
    let cut = arguments.str(0)?;
    trim(arguments, 1, |sign| cut.contains(sign))
}

fn trim(arguments: Arguments<'_>, index: usize, cuts: impl Fn(char) -> bool) -> Answer {
    let text = arguments.text(index)?;
    let start = text.len() - text.as_str().trim_start_matches(&cuts).len();
    let end = text.as_str().trim_end_matches(&cuts).len();
    Ok(text.trimmed(start..end.max(start)).into())
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
        true => cut(text, text.len().saturating_sub(length)..text.len()),
        false => cut(text, 0..length.min(text.len())),
    }
    .into())
}

/// A part of a text in bytes, which may cut a character in two.
fn cut(text: &Text, range: std::ops::Range<usize>) -> Text {
    let whole = |at: usize| text.as_str().is_char_boundary(at);
    if whole(range.start) && whole(range.end) {
        return text.slice(range);
    }
    let bytes = bytes::of(text.as_str());
    text.became(bytes::text(bytes.get(range).unwrap_or_default()))
}

fn substr(arguments: Arguments<'_>) -> Answer {
    let (start, end, text) = (arguments.int(0)?, arguments.int(1)?, arguments.text(2)?);
    let start = usize::try_from(start).unwrap_or(0);
    let end = usize::try_from(end).map_or(text.len(), |end| end.min(text.len()));
    if start > end {
        return Err(format!("runtime error: slice bounds out of range [{start}:{end}]"));
    }
    Ok(cut(text, start..end).into())
}

fn repeat(arguments: Arguments<'_>) -> Answer {
    let (count, text) = (arguments.int(0)?, arguments.text(1)?);
    let count = usize::try_from(count).map_err(|_| "strings: negative Repeat count".to_owned())?;
    if count.saturating_mul(text.len()) > REPEATED {
        return Err(TOO_LARGE.to_owned());
    }
    let mut repeated = Text::default();
    (0..count.min(REPEATED)).for_each(|_| repeated.push(text));
    Ok(repeated.into())
}

fn replace(arguments: Arguments<'_>) -> Answer {
    let (old, new, text) = (arguments.str(0)?, arguments.text(1)?, arguments.text(2)?);
    let count = text.as_str().matches(old).count();
    if count > REPLACEMENTS || count.saturating_mul(new.len()) > REPLACED {
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
    let mut buffer = [0; 4];
    let mark = &*mark.encode_utf8(&mut buffer);
    for value in arguments.from(0).iter().filter(|value| !value.is_nil()) {
        let text = strval(value);
        let whole = quoted(&text);
        all.push_str(if all.is_empty() { "" } else { " " });
        all.push_str(mark);
        // Without escapes the text itself is between the marks.
        if format::is_quoted_plainly(&text, &whole) {
            all.push(&text);
        } else {
            for (part, origin) in text.parts() {
                let part = quoted(&Text::made(part));
                let inner = part.strip_prefix(mark).and_then(|part| part.strip_suffix(mark));
                all.push_from(inner.unwrap_or(&part), origin);
            }
        }
        all.push_str(mark);
    }
    all.into()
}

fn cat(arguments: Arguments<'_>) -> Value {
    let given = arguments.from(0).iter().filter(|value| !value.is_nil());
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
    let columns =
        usize::try_from(columns).map_err(|_| "strings: negative Repeat count".to_owned())?.min(1_000);
    let pad = format!("\n{}", " ".repeat(columns));
    let mut indented = Text::made(before);
    indented.push_str(&pad[1..]);
    indented.push(&text.replaced("\n", &Text::made(pad)));
    Ok(indented.into())
}

/// A map from `_0`, `_1`, … to the parts of a text.
fn split(arguments: Arguments<'_>) -> Answer {
    parts(arguments.str(0)?, arguments.text(1)?, usize::MAX).map(named)
}

/// The same with so many parts at most.
fn splitn(arguments: Arguments<'_>) -> Answer {
    let most = usize::try_from(arguments.int(1)?).unwrap_or(usize::MAX);
    parts(arguments.str(0)?, arguments.text(2)?, most).map(named)
}

fn named(parts: Vec<Value>) -> Value {
    let slot = |(index, value): (usize, Value)| (format!("_{index}").into(), Slot { key: None, value });
    parts.into_iter().enumerate().map(slot).collect::<Map>().into()
}

fn parts(separator: &str, text: &Text, most: usize) -> Result<Vec<Value>, String> {
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
    let all: Vec<Value> = text.as_str().splitn(most, separator).map(part).collect();
    let is_every = separator.is_empty();
    Ok(all.into_iter().filter(|part| !is_every || !part.is_empty()).collect())
}

fn join(arguments: Arguments<'_>) -> Answer {
    let separator = arguments.text(0)?;
    let value = arguments.value(1)?;
    Ok(match &value.data {
        Data::List(items) => joined(separator, items.iter().filter(|item| !item.is_nil())),
        Data::Object(object) if object.list().is_some() => {
            joined(separator, object.list().unwrap_or_default().iter())
        }
        Data::Nil | Data::Missing => Text::default(),
        _ => strval(value),
    }
    .into())
}

fn to_strings(arguments: Arguments<'_>) -> Answer {
    let items = arguments.list(0)?.iter().filter(|item| !item.is_nil());
    Ok(items.map(|item| Value::from(strval(item))).collect::<Vec<_>>().into())
}

fn sort(arguments: Arguments<'_>) -> Answer {
    let mut items: Vec<Text> = match &arguments.value(0)?.data {
        Data::Text(text) => vec![text.clone()],
        _ => arguments.list(0)?.iter().filter(|item| !item.is_nil()).map(strval).collect(),
    };
    items.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    Ok(items.into_iter().map(Value::from).collect::<Vec<_>>().into())
}
