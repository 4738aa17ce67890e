//! Scalars as Go's decoders hand them over: as text.
//!
//! Owns what becomes of a scalar where a string is wanted. Must not know what is printed.

use std::borrow::Cow;

pub(in crate::render) use crate::template::go::{json, json_string, yaml};
use crate::yaml::{Cursor, Flags, Schema, Style, Timestamp, Typed};

/// The text of a scalar where Go's decoder wants a string and takes what there is; `None` for collections.
pub(in crate::render) fn text(value: Cursor<'_>) -> Option<Cow<'_, str>> {
    let text = value.text()?;
    value.typed_as(Schema::GoYamlV3, |typed| match typed {
        Typed::Str(_) => text,
        Typed::Null => "".into(),
        Typed::Bool(value) => value.to_string().into(),
        Typed::Int(value) => value.to_string().into(),
        Typed::Uint(value) => value.to_string().into(),
        Typed::Float(value) => yaml(value).into(),
    })
}

/// The time that go-yaml v3 reads where plain text is a date; only quotes make a string of one.
pub(in crate::render) fn time(value: Cursor<'_>) -> Option<Timestamp> {
    let node = value.node();
    let is_plain = node.style == Style::Plain && !node.flags.has(Flags::TEXT) && value.tag().is_none();
    value.text().filter(|_| is_plain).and_then(|text| Timestamp::parse(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_become_text() {
        use super::super::testing::{files, trees};
        for (scalar, expected) in [
            ("a", Some("a")),
            ("yes", Some("yes")),
            ("true", Some("true")),
            ("1.20", Some("1.2")),
            ("0x10", Some("16")),
            ("18446744073709551615", Some("18446744073709551615")),
            ("'1.20'", Some("1.20")),
            ("~", Some("")),
            ("[]", None),
        ] {
            let map = files(&[("a", &format!("a: {scalar}"))]);
            let trees = trees(&map, 0);
            let found = Cursor::new(&map, &trees[0]).get("a").and_then(text);
            assert_eq!(found.as_deref(), expected, "{scalar}");
        }
    }
}
