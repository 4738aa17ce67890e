//! The value of a scalar after Kustomize has sent it through go-yaml v3, JSON and go-yaml v2.
//!
//! Owns the rules by which `0777` becomes 511 and a date a string, and the values that Kustomize refuses to print.
//! Must not know how a value is written.

use std::borrow::Cow;

use data_encoding::BASE64;

use crate::yaml::{Cursor, Flags, Schema, Style, Timestamp, Typed, resolve};

/// A value as JSON has it. A floating point number without a fraction is an integer, unless it is too large for one.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Scalar<'t> {
    Null,
    Bool(bool),
    Int(i64),
    /// Above `i64::MAX`.
    Uint(u64),
    Float(f64),
    Text(Cow<'t, str>),
}

/// The value of a scalar; an error says why Kustomize cannot print it. `in_flow` is whether any collection around it
/// is written in braces or brackets: Kustomize quotes what it could not write there otherwise, which makes strings of
/// absent values and of times of day.
pub(super) fn scalar<'w>(value: Cursor<'w>, in_flow: bool) -> Result<Scalar<'w>, String> {
    let text = value.text().unwrap_or_default();
    let node = value.node();
    let tag = if node.flags.has(Flags::TEXT) { Some("str") } else { value.tag().and_then(short_tag) };
    let plain = matches!(node.style, Style::Plain | Style::Empty);
    let is_quoted_anew = in_flow && (text.is_empty() || text.contains(':'));
    match tag {
        None if !plain || is_quoted_anew => string(text),
        None => plain_value(text),
        Some(kind @ ("int" | "float" | "bool" | "null" | "timestamp")) => match (kind, resolve_v3(&text)) {
            ("int", number @ (Resolved::Typed(Typed::Int(_)) | Resolved::Typed(Typed::Uint(_)))) => {
                number.json()
            }
            ("float", Resolved::Typed(Typed::Int(int))) => Ok(Scalar::Int(int)),
            ("float", number @ Resolved::Typed(Typed::Float(_))) => number.json(),
            ("bool", Resolved::Typed(Typed::Bool(bool))) => Ok(Scalar::Bool(bool)),
            ("null", Resolved::Typed(Typed::Null)) => Ok(Scalar::Null),
            ("timestamp", time @ Resolved::Timestamp(_)) => time.json(),
            _ => Err(format!("the value is no `!!{kind}`, as its tag says")),
        },
        Some("binary") => {
            let digits: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
            let bytes = BASE64.decode(digits.as_bytes());
            let bytes = bytes.map_err(|_| "the value of a `!!binary` is no base64".to_owned())?;
            string(lossy(&bytes).into())
        }
        Some(_) => string(text),
    }
}

/// Why a mapping key cannot be printed: Kustomize makes JSON of objects, below whose top level a key that reads as
/// anything but a string is an error.
pub(super) fn key_refused(key: Cursor<'_>, is_top: bool, in_flow: bool) -> Option<String> {
    let is_text =
        key.node().flags.has(Flags::TEXT) || !matches!(key.node().style, Style::Plain | Style::Empty);
    let text = key.text()?;
    let is_string = is_top
        || is_text
        || matches!(key.tag().and_then(short_tag), Some("str"))
        || in_flow && text.contains(':')
        || matches!(resolve_v3(&text), Resolved::Typed(Typed::Str(_)));
    if is_string { string(text).err() } else { Some(format!("the key `{text}` is no string; quote it")) }
}

/// `!!str` and `!<tag:yaml.org,2002:str>` are `str`; `!` says nothing; tags of other people stay as they are.
fn short_tag(tag: &str) -> Option<&str> {
    let long = tag.strip_prefix("!<tag:yaml.org,2002:").and_then(|tag| tag.strip_suffix('>'));
    let short = long.or_else(|| tag.strip_prefix("!!")).unwrap_or(tag);
    Some(short).filter(|tag| *tag != "!")
}

/// A plain scalar as go-yaml v3 reads it.
enum Resolved<'t> {
    Typed(Typed<'t>),
    Timestamp(Timestamp),
}

fn resolve_v3(text: &str) -> Resolved<'_> {
    match resolve(text, Schema::GoYamlV3) {
        Typed::Str(text) => {
            Timestamp::parse(text).map_or(Resolved::Typed(Typed::Str(text)), Resolved::Timestamp)
        }
        typed => Resolved::Typed(typed),
    }
}

impl Resolved<'_> {
    /// Anything but a string as JSON has it.
    fn json(self) -> Result<Scalar<'static>, String> {
        Ok(match self {
            Resolved::Typed(Typed::Null | Typed::Str(_)) => Scalar::Null,
            Resolved::Typed(Typed::Bool(bool)) => Scalar::Bool(bool),
            Resolved::Typed(Typed::Int(int)) => Scalar::Int(int),
            Resolved::Typed(Typed::Uint(int)) => Scalar::Uint(int),
            Resolved::Typed(Typed::Float(float)) => return number(float),
            Resolved::Timestamp(time) => {
                let json = time.json().ok_or("a time whose offset is a day has no form in JSON")?;
                Scalar::Text(json.into())
            }
        })
    }
}

fn plain_value(text: Cow<'_, str>) -> Result<Scalar<'_>, String> {
    match resolve_v3(&text) {
        Resolved::Typed(Typed::Str(_)) => string(text),
        other => other.json(),
    }
}

/// JSON writes a whole number without a point, and what reads it back takes it for an integer if it fits one.
fn number(float: f64) -> Result<Scalar<'static>, String> {
    if !float.is_finite() {
        return Err("a number that is not finite has no form in JSON".to_owned());
    }
    // As in Go, the digits that tell the number from its neighbours, and zeros behind them.
    let digits = float.to_string();
    let int = digits.parse().map(Scalar::Int);
    Ok(int.or_else(|_| digits.parse().map(Scalar::Uint)).unwrap_or(Scalar::Float(float)))
}

/// A string, which Kustomize reads back from JSON with a YAML reader: there a few characters are not allowed, and the
/// control character "next line" is a line break, which is folded.
fn string(text: Cow<'_, str>) -> Result<Scalar<'_>, String> {
    let refused = |c: char| matches!(c, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    if let Some(c) = text.chars().find(|&c| refused(c)) {
        return Err(format!("the character U+{:04X} is not allowed in YAML", u32::from(c)));
    }
    Ok(Scalar::Text(if text.contains(NEXT_LINE) { fold(&text).into() } else { text }))
}

const NEXT_LINE: char = '\u{85}';

fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(NEXT_LINE) {
        folded.push_str(rest[..at].trim_end_matches(' '));
        let after = rest[at..].trim_start_matches([' ', NEXT_LINE]);
        let breaks = rest[at..rest.len() - after.len()].matches(NEXT_LINE).count();
        match breaks {
            1 => folded.push(' '),
            _ => folded.extend(std::iter::repeat_n('\n', breaks - 1)),
        }
        rest = after;
    }
    folded.push_str(rest);
    folded
}

/// Bytes as text, with a replacement character for every byte that is part of none, as Go counts them.
fn lossy(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n(char::REPLACEMENT_CHARACTER, chunk.invalid().len()));
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::source::{Source, SourceId, SourceKind, SourceMap};
    use crate::yaml::{Limits, parse};

    /// The values of a sequence, as the debug form of [`Scalar`] in short.
    fn values(text: &str) -> String {
        let map = SourceMap::new(vec![Source::new("a.yaml", SourceKind::File, text.to_owned())]);
        let parsed = parse(map.source(SourceId(0)), SourceId(0), Limits::default());
        let tree = parsed.trees().next().unwrap();
        let root = Cursor::new(&map, &tree);
        let in_flow = root.node().style == Style::Flow;
        let shown = root.items().map(|item| match scalar(item, in_flow) {
            Ok(Scalar::Null) => "null".to_owned(),
            Ok(Scalar::Bool(bool)) => bool.to_string(),
            Ok(Scalar::Int(int)) => int.to_string(),
            Ok(Scalar::Uint(int)) => format!("u{int}"),
            Ok(Scalar::Float(float)) => format!("f{float:e}"),
            Ok(Scalar::Text(text)) => format!("{text:?}"),
            Err(reason) => format!("<{reason}>"),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    // What is expected here is what `kubectl kustomize` 5.5.0 printed.

    #[test]
    fn numbers() {
        let text = "[0777, 0x1F, 0o17, 0b101, 1_000, +5, -0, 08, 0o8, -0x10, -0b11, 0x, 1__0, _1]";
        assert_eq!(values(text), r#"511 31 15 5 1000 5 0 8 "0o8" -16 -3 "0x" 10 "_1""#);
        let text = "[12345678901234567890, 123456789012345678901234567890, -9223372036854775809]";
        assert_eq!(values(text), "u12345678901234567890 f1.2345678901234568e29 f-9.223372036854776e18");
        let text = "[1.10, 1e3, 1.0, -0.0, 1e21, 1e20, 1e19, 1.5e-7, .5, 5., 1e400, 1_0.5]";
        assert_eq!(
            values(text),
            r#"f1.1e0 1000 1 0 f1e21 f1e20 u10000000000000000000 f1.5e-7 f5e-1 5 "1e400" f1.05e1"#
        );
        assert_eq!(values("[.inf]"), "<a number that is not finite has no form in JSON>");
    }

    #[test]
    fn words_and_dates() {
        assert_eq!(
            values("[~, null, NULL, '~', True, yes, y, tRUE]"),
            r#"null null null "~" true "yes" "y" "tRUE""#
        );
        assert_eq!(values("- 2001-1-2\n- '2001-1-2'\n-\n"), r#""2001-01-02T00:00:00Z" "2001-1-2" null"#);
        let time = "2001-12-14 21:59:43.10";
        assert_eq!(values(&format!("- {time}")), r#""2001-12-14T21:59:43.1Z""#);
        // Kustomize has to quote the colon in a flow collection, and then it is a string.
        assert_eq!(values(&format!("[{time}, 2001-1-2]")), format!(r#""{time}" "2001-01-02T00:00:00Z""#));
    }

    #[test]
    fn tags() {
        let text = "[!!str 1, !!int '5', !!float 3, !!binary aGVsbG8=, !!bool 'true', !!null 'null', !custom 1, ! 1]";
        assert_eq!(values(text), r#""1" 5 3 "hello" true null "1" 1"#);
        let text = "[!<tag:yaml.org,2002:str> 1, !!str 2001-01-01, !!timestamp '2001-01-01', !!int '0x10']";
        assert_eq!(values(text), r#""1" "2001-01-01" "2001-01-01T00:00:00Z" 16"#);
        assert_eq!(values("- !!binary /w==\n- !!str\n"), "\"\u{fffd}\" \"\"");
        for wrong in ["!!int 1.5", "!!int abc", "!!bool yes", "!!null a", "!!float abc", "!!timestamp a"] {
            assert!(values(&format!("- {wrong}")).contains("as its tag says"), "{wrong}");
        }
        assert_eq!(values("- !!binary 'a b'"), "<the value of a `!!binary` is no base64>");
    }

    #[test]
    fn characters_that_do_not_survive() {
        for c in ['\u{7f}', '\u{80}', '\u{9f}', '\u{fffe}', '\u{ffff}'] {
            assert!(string(format!("a{c}b").into()).is_err(), "{c:?}");
        }
        let folded = |text: &'static str| string(text.into()).ok();
        assert_eq!(folded("a\u{85} b"), Some(Scalar::Text("a b".into())));
        assert_eq!(folded("a \u{85}\u{85} b\u{85}"), Some(Scalar::Text("a\nb ".into())));
    }
}
