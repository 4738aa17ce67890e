//! Values as OPA prints them inside texts.

use std::fmt::Write;

use crate::rego::Value;

/// A value as a term of Rego: `{"a": [1, "b"]}`.
pub fn text(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

fn write(out: &mut String, value: &Value) {
    let mut list = |open: char, items: &mut dyn Iterator<Item = &Value>, close: char| {
        out.push(open);
        for (index, item) in items.enumerate() {
            out.push_str(if index == 0 { "" } else { ", " });
            write(out, item);
        }
        out.push(close);
    };
    match value {
        Value::Null => out.push_str("null"),
        Value::Undefined => out.push_str("<undefined>"),
        Value::Bool(bool) => {
            let _ = write!(out, "{bool}");
        }
        // JSON has no place for all digits of large ones.
        Value::Number(number) if number.as_i64().is_none() && number.as_big().is_some() => {
            out.push_str(&number.format_decimal());
        }
        Value::Number(_) => out.push_str(&value.to_json_str().unwrap_or_default()),
        Value::String(text) => out.push_str(&quoted(text, false)),
        Value::Array(items) => list('[', &mut items.iter(), ']'),
        Value::Set(items) if items.is_empty() => out.push_str("set()"),
        Value::Set(items) => list('{', &mut items.iter(), '}'),
        Value::Object(fields) => {
            out.push('{');
            for (index, (key, value)) in fields.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write(out, key);
                out.push_str(": ");
                write(out, value);
            }
            out.push('}');
        }
    }
}

/// A text in quotes, as Go quotes; `only_ascii` writes everything else as escapes.
pub fn quoted(text: &str, only_ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        let _ = match char {
            '"' | '\\' => write!(out, "\\{char}"),
            '\n' => write!(out, "\\n"),
            '\t' => write!(out, "\\t"),
            '\r' => write!(out, "\\r"),
            '\u{7}' => write!(out, "\\a"),
            '\u{8}' => write!(out, "\\b"),
            '\u{c}' => write!(out, "\\f"),
            '\u{b}' => write!(out, "\\v"),
            ' '..='~' => write!(out, "{char}"),
            '\0'..='\u{1f}' | '\u{7f}' => write!(out, "\\x{:02x}", u32::from(char)),
            _ if !only_ascii && !char.is_control() => write!(out, "{char}"),
            '\u{80}'..='\u{ffff}' => write!(out, "\\u{:04x}", u32::from(char)),
            _ => write!(out, "\\U{:08x}", u32::from(char)),
        };
    }
    out.push('"');
    out
}
