//! Go's `Sprint`, `Sprintln` and `Sprintf`.
//!
//! Owns verbs and flags. Arguments printed as they are keep their origins.

use super::super::go;
use super::super::text::Text;
use super::super::value::{Data, Value};

/// Columns that a width or a precision may ask for.
const WIDTH: usize = 1_000;

/// Operands with a space between two of which neither is text.
pub(super) fn print(operands: &[Value]) -> Text {
    let mut printed = Text::default();
    let mut last_is_text = true;
    for operand in operands {
        let is_text = operand.text().is_some();
        if !is_text && !last_is_text {
            printed.push_str(" ");
        }
        printed.push(&operand.printed("<nil>"));
        last_is_text = is_text;
    }
    printed
}

/// Operands with spaces between all, and a line break.
pub(super) fn println(operands: &[Value]) -> Text {
    let mut printed = Text::default();
    for (index, operand) in operands.iter().enumerate() {
        printed.push_str(if index > 0 { " " } else { "" });
        printed.push(&operand.printed("<nil>"));
    }
    printed.push_str("\n");
    printed
}

/// What stands between `%` and the verb.
#[derive(Default)]
struct Flags {
    minus: bool,
    plus: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

/// Operands as a format asks.
pub(super) fn printf(format: &Text, operands: &[Value]) -> Text {
    let text = format.as_str();
    let mut printed = Text::default();
    let mut operands = operands.iter();
    let mut at = 0;
    while let Some(percent) = text[at..].find('%').map(|found| at + found) {
        printed.push(&format.slice(at..percent));
        at = percent + 1;
        let mut flags = Flags::default();
        while let Some(flag) = text[at..].chars().next().filter(|sign| "-+# 0".contains(*sign)) {
            flags.minus |= flag == '-';
            flags.plus |= flag == '+';
            flags.zero |= flag == '0';
            at += 1;
        }
        flags.width = digits(text, &mut at).unwrap_or(0);
        if text[at..].starts_with('.') {
            at += 1;
            flags.precision = Some(digits(text, &mut at).unwrap_or(0));
        }
        let Some(verb) = text[at..].chars().next() else {
            printed.push_str("%!(NOVERB)");
            break;
        };
        at += verb.len_utf8();
        if verb == '%' {
            printed.push_str("%");
            continue;
        }
        match operands.next() {
            Some(operand) => printed.push(&padded(one(verb, &flags, operand), &flags, &operand.data)),
            None => printed.push_str(&format!("%!{verb}(MISSING)")),
        }
    }
    printed.push(&format.slice(at..text.len()));
    let extra: Vec<&Value> = operands.collect();
    if !extra.is_empty() {
        printed.push_str("%!(EXTRA ");
        for (index, operand) in extra.iter().enumerate() {
            printed.push_str(if index > 0 { ", " } else { "" });
            printed.push_str(operand.type_name());
            printed.push_str("=");
            printed.push(&operand.printed("<nil>"));
        }
        printed.push_str(")");
    }
    printed
}

fn digits(text: &str, at: &mut usize) -> Option<usize> {
    let rest = &text[*at..];
    let end = rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len());
    *at += end;
    (end > 0).then(|| rest[..end].parse().map_or(WIDTH, |number: usize| number.min(WIDTH)))
}

/// A value under a verb, before it is padded.
fn one(verb: char, flags: &Flags, value: &Value) -> Text {
    let made = |text: String| {
        let mut made = Text::default();
        made.push_from(&text, value.text().and_then(Text::origin).or(value.origin));
        made
    };
    let plus = |number: String, negative: bool| match flags.plus && !negative {
        true => made(format!("+{number}")),
        false => made(number),
    };
    match (verb, &value.data) {
        ('v', Data::Int(_) | Data::Float(_)) if !flags.plus => value.printed("<nil>"),
        ('v', _) => value.printed("<nil>"),
        ('s', Data::Text(text)) => match flags.precision {
            Some(precision) => {
                let end = text.as_str().char_indices().nth(precision).map_or(text.len(), |(end, _)| end);
                text.slice(0..end)
            }
            None => text.clone(),
        },
        ('s', Data::List(_) | Data::Map(_)) => value.printed("%!s(<nil>)"),
        ('q', Data::Text(text)) => made(quoted(text.as_str())),
        ('d', Data::Int(number)) => plus(number.to_string(), *number < 0),
        ('x', Data::Int(number)) => made(format!("{number:x}")),
        ('X', Data::Int(number)) => made(format!("{number:X}")),
        ('o', Data::Int(number)) => made(format!("{number:o}")),
        ('b', Data::Int(number)) => made(format!("{number:b}")),
        ('x', Data::Text(text)) => made(text.as_str().bytes().map(|byte| format!("{byte:02x}")).collect()),
        ('c', Data::Int(number)) => {
            let sign = u32::try_from(*number).ok().and_then(char::from_u32);
            made(sign.unwrap_or(char::REPLACEMENT_CHARACTER).to_string())
        }
        ('t', Data::Bool(value)) => made(value.to_string()),
        ('f' | 'F', Data::Float(number)) => {
            plus(format!("{number:.*}", flags.precision.unwrap_or(6)), *number < 0.0)
        }
        ('g', Data::Float(number)) if flags.precision.is_none() => plus(go::yaml(*number), *number < 0.0),
        ('T', _) => made(value.type_name().to_owned()),
        (verb, Data::Nil | Data::Missing) => Text::made(format!("%!{verb}(<nil>)")),
        (verb, _) => {
            let mut wrong = Text::made(format!("%!{verb}({}=", value.type_name()));
            wrong.push(&value.printed("<nil>"));
            wrong.push_str(")");
            wrong
        }
    }
}

fn padded(text: Text, flags: &Flags, data: &Data) -> Text {
    let missing = flags.width.saturating_sub(text.as_str().chars().count());
    if missing == 0 {
        return text;
    }
    let is_number = matches!(data, Data::Int(_) | Data::Float(_));
    let mut padded = Text::default();
    if flags.minus {
        padded.push(&text);
        padded.push_str(&" ".repeat(missing));
    } else if flags.zero && is_number {
        // Zeros come behind the sign.
        let sign = usize::from(text.as_str().starts_with(['-', '+']));
        padded.push(&text.slice(0..sign));
        padded.push_str(&"0".repeat(missing));
        padded.push(&text.slice(sign..text.len()));
    } else {
        padded.push_str(&" ".repeat(missing));
        padded.push(&text);
    }
    padded
}

/// A string in double quotes as Go's `%q` writes it.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for sign in text.chars() {
        match sign {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            '\0'..='\u{1f}' | '\u{7f}' => quoted.push_str(&format!("\\x{:02x}", u32::from(sign))),
            _ => quoted.push(sign),
        }
    }
    quoted.push('"');
    quoted
}
