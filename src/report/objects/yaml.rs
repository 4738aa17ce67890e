//! An object as YAML, as `kustomize build` prints it.
//!
//! Owns the layout: order of keys, indentation, where a comment about a value may stand. Must not know what comments
//! say.

use std::borrow::Cow;

use crate::yaml::{Cursor, Kind, Style};

use super::emit;
use super::order::compare;
use super::scalar::Scalar;

/// What is printed of an object.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    /// A key.
    pub key: &'a dyn for<'t> Fn(Cow<'t, str>) -> Cow<'t, str>,
    /// The value of a scalar. The second argument is whether a collection around it is written in braces or brackets.
    pub leaf: &'a dyn for<'t> Fn(Cursor<'t>, bool) -> Scalar<'t>,
    /// What is said about a leaf.
    pub comment: &'a dyn Fn(Cursor<'_>) -> Option<String>,
}

/// Appends an object.
pub(super) fn document(out: &mut String, root: Cursor<'_>, shown: Shown<'_>) {
    Printer { out, shown }.value(root, Position { column: 0, after: After::Nothing, in_flow: false });
}

/// The entries of a mapping in the order in which they are printed.
pub(super) fn sorted<'t>(map: Cursor<'t>) -> Vec<(Cow<'t, str>, Cursor<'t>)> {
    let entries = map.entries().into_iter();
    let mut entries: Vec<_> =
        entries.map(|entry| (entry.key.text().unwrap_or_default(), entry.value)).collect();
    entries.sort_by(|(a, _), (b, _)| compare(a, b));
    entries
}

/// Where a value is printed.
#[derive(Clone, Copy)]
struct Position {
    /// Column of the collection that it belongs to.
    column: usize,
    after: After,
    in_flow: bool,
}

/// What stands in front of a value on its line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// Nothing: it is a whole document.
    Nothing,
    /// A key and its colon. Collections begin on the next line.
    Key,
    /// A dash, or the colon of a key that has its own line. Collections begin here.
    Dash,
}

struct Printer<'a> {
    out: &'a mut String,
    shown: Shown<'a>,
}

impl Printer<'_> {
    fn value(&mut self, value: Cursor<'_>, at: Position) {
        let node = value.node();
        let column = match (node.kind, at.after) {
            (_, After::Nothing) => 0,
            // The dashes of a list stand below its key.
            (Kind::Seq, After::Key) => at.column,
            _ => at.column + 2,
        };
        let in_flow = at.in_flow || node.style == Style::Flow;
        let inside = |after| Position { column, after, in_flow };
        if node.aux == 0 || !matches!(node.kind, Kind::Map | Kind::Seq) {
            return self.leaf(value, at);
        }
        if at.after == After::Dash {
            self.out.push(' ');
        } else if at.after == After::Key {
            self.out.push('\n');
        }
        let mut is_first = at.after != After::Key;
        let mut line = |out: &mut String| {
            if !std::mem::take(&mut is_first) {
                out.extend(std::iter::repeat_n(' ', column));
            }
        };
        for (key, value) in sorted(value) {
            line(self.out);
            let key = (self.shown.key)(key);
            if emit::is_simple_key(&key) {
                emit::simple_key(self.out, &key);
                self.out.push(':');
                self.value(value, inside(After::Key));
            } else {
                self.out.push_str("? ");
                emit::value(self.out, &Scalar::Text(key), column + 2, None);
                line(self.out);
                self.out.push(':');
                self.value(value, inside(After::Dash));
            }
        }
        for item in value.items() {
            line(self.out);
            self.out.push('-');
            self.value(item, inside(After::Dash));
        }
    }

    /// A scalar or an empty collection, to the end of its line.
    fn leaf(&mut self, value: Cursor<'_>, at: Position) {
        if at.after != After::Nothing {
            self.out.push(' ');
        }
        let comment = (self.shown.comment)(value);
        let comment = comment.as_deref();
        match value.node().kind {
            Kind::Map => emit::line(self.out, "{}", comment),
            Kind::Seq => emit::line(self.out, "[]", comment),
            Kind::Scalar | Kind::Alias => {
                emit::value(self.out, &(self.shown.leaf)(value, at.in_flow), at.column + 2, comment);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::unit;
    use serde_json::Value;

    use super::super::Rendered;
    use crate::report::escape::is_unsafe;
    use crate::source::{Source, SourceId, SourceKind, SourceMap};
    use crate::yaml::{Cursor, Limits, Schema, Typed, parse};

    fn printed(text: &str) -> String {
        let (map, unit) = unit(&[("a.yaml", text)]);
        let rendered = Rendered::with_secrets(&map, &unit);
        assert_eq!(rendered.notes(), "");
        rendered.yaml()
    }

    #[test]
    fn values_are_printed_as_kustomize_prints_them() {
        let text = include_str!("../../../tests/render/values.yaml");
        assert_eq!(printed(text), include_str!("../../../tests/render/printed.yaml"));
    }

    #[test]
    fn documents_are_apart_and_numbers_canonical() {
        assert_eq!(
            printed("a: 0x10\n---\nb: 1234567.5\nc: 1e30\nd: -0.0000123\n---\n{c: }\n"),
            concat!("a: 16\n---\n", "b: 1.2345675e+06\nc: 1e+30\nd: -1.23e-05\n---\n", "c: \"\"\n",)
        );
    }

    #[test]
    fn what_acts_on_a_screen_is_escaped() {
        let text = "a: \"\\e[2J\\u202e\\u2028\\u0085 x\"\n\"k\\u200f\":\n";
        assert_eq!(printed(text), "a: \"\\e[2J\\u202E\\L x\"\n\"k\\u200F\": null\n");
    }

    /// Text with all that a writer can get wrong.
    fn text() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            "[ \\n\\t\\r'\"\\\\:#?&*!|>%@`{},\\[\\]=<~.+_0-9a-fyYnNoOxtru-]{0,6}",
            "\\PC{0,3}",
            any::<char>().prop_map(String::from),
            prop::sample::select(vec![
                "true",
                "null",
                "---",
                "0x1F",
                "1:20",
                "2001-01-01",
                "<<",
                " #",
                ": ",
                "- "
            ])
            .prop_map(String::from),
            " {0,2}[a-z]{50,90} {0,2}".prop_map(String::from),
        ];
        let text = prop::collection::vec(part, 0..6).prop_map(|parts| parts.concat());
        // What Kustomize refuses or changes.
        text.prop_map(|text| text.replace(|c| matches!(c, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}'), ""))
    }

    /// Values of all types, in collections of all shapes.
    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            4 => text().prop_map(Value::from),
            1 => any::<i64>().prop_map(Value::from),
            1 => any::<u64>().prop_map(Value::from),
            1 => any::<f64>().prop_map(Value::from),
            1 => prop::sample::select(vec![Value::Null, true.into(), 0.5.into(), 1e20.into(), (-1e-5).into()]),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let entries = prop::collection::vec((text(), inner.clone()), 0..4);
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Value::from),
                entries.prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    /// What a tree says, as one that knows YAML 1.1 and 1.2 reads it.
    fn read(at: Cursor<'_>) -> Value {
        if at.is_map() {
            let entries = at.entries().into_iter();
            return Value::Object(entries.map(|entry| (string(entry.key), read(entry.value))).collect());
        }
        if at.is_seq() {
            return at.items().map(read).collect();
        }
        let typed = |schema| {
            at.typed_as(schema, |typed| match typed {
                Typed::Null => Value::Null,
                Typed::Bool(bool) => bool.into(),
                Typed::Int(int) => int.into(),
                Typed::Uint(int) => int.into(),
                Typed::Float(float) => float.into(),
                Typed::Str(text) => text.into(),
            })
        };
        let value = typed(Schema::GoYamlV3).unwrap();
        assert_eq!(typed(Schema::GoYamlV2).unwrap(), value);
        value
    }

    fn string(key: Cursor<'_>) -> String {
        key.string().unwrap().into_owned()
    }

    /// As Kustomize has it, where a number that is whole is an integer.
    fn normal(value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(normal).collect(),
            Value::Object(entries) => {
                Value::Object(entries.iter().map(|(key, value)| (key.clone(), normal(value))).collect())
            }
            Value::Number(number) if number.is_f64() => {
                let digits = number.as_f64().unwrap().to_string();
                let int = digits.parse::<i64>().map(Value::from);
                int.or_else(|_| digits.parse::<u64>().map(Value::from)).unwrap_or_else(|_| value.clone())
            }
            other => other.clone(),
        }
    }

    fn parsed(text: &str) -> Value {
        let map = SourceMap::new(vec![Source::new("a.yaml", SourceKind::File, text.to_owned())]);
        let parsed = parse(map.source(SourceId(0)), SourceId(0), Limits::default());
        assert!(parsed.problems.is_empty(), "{:?} in\n{text}", parsed.problems);
        let tree = parsed.trees().next().unwrap();
        read(Cursor::new(&map, &tree))
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_as_what_was_read(value in value()) {
            let value = Value::Object([("root".to_owned(), value)].into_iter().collect());
            let printed = printed(&value.to_string());
            prop_assert_eq!(parsed(&printed), normal(&value), "{}", printed);
            let raw = printed.chars().find(|&c| is_unsafe(c) && c != '\n');
            prop_assert_eq!(raw, None);
        }

        #[test]
        fn comments_change_nothing(value in value()) {
            let value = Value::Object([("root".to_owned(), value)].into_iter().collect());
            let (map, mut unit) = unit(&[("a.yaml", &value.to_string()), ("b.yaml", "")]);
            unit.objects[0].source = SourceId(1);
            let rendered = Rendered::with_secrets(&map, &unit);
            let printed = rendered.yaml_with_origins();
            prop_assert_eq!(parsed(&printed), normal(&value), "{}", printed);
            let leaves = Cursor::new(&map, &unit.objects[0].tree).scalars().count();
            prop_assert!(printed.matches("# a.yaml:1").count() >= leaves, "{}", printed);
        }
    }
}
