//! Go's `Sprint`, `Sprintln` and `Sprintf`.
//!
//! Owns verbs and flags. Arguments printed as they are keep their origins.

use super::super::bytes;
use super::super::go;
use super::super::object::Object;
use super::super::text::Text;
use super::super::value::{DEPTH, Data, Value};

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

/// A value as a format of one verb has it, with what stands behind the verb.
pub(super) fn sprintf(format: &str, operand: &Value) -> String {
    printf(&Text::made(format), std::slice::from_ref(operand)).as_str().to_owned()
}

/// What stands between `%` and the verb.
#[derive(Clone, Default)]
struct Flags {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

/// The operands of a format, and which comes next.
struct Operands<'v> {
    all: &'v [Value],
    next: usize,
    /// Whether one was asked for by its number: then none is too many.
    numbered: bool,
}

impl<'v> Operands<'v> {
    /// Takes a number in brackets; `false` when there is something else in them.
    fn number(&mut self, text: &str, at: &mut usize) -> bool {
        let Some(rest) = text.get(*at..).and_then(|rest| rest.strip_prefix('[')) else { return true };
        self.numbered = true;
        let Some((number, _)) = rest.split_once(']') else {
            *at += 1;
            return false;
        };
        *at += number.len() + 2;
        match number.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1)) {
            Some(index) if index < self.all.len() => {
                self.next = index;
                true
            }
            _ => false,
        }
    }

    fn take(&mut self) -> Option<&'v Value> {
        let operand = self.all.get(self.next);
        self.next += 1;
        operand
    }

    fn int(&mut self) -> Option<i64> {
        match self.take()?.data {
            Data::Int(number) | Data::Int64(number) => Some(number),
            _ => None,
        }
    }
}

/// Operands as a format asks.
pub(super) fn printf(format: &Text, operands: &[Value]) -> Text {
    let text = format.as_str();
    let mut printed = Text::default();
    let mut operands = Operands { all: operands, next: 0, numbered: false };
    let mut at = 0;
    while let Some(percent) = text[at..].find('%').map(|found| at + found) {
        printed.push_slice(format, at..percent);
        at = percent + 1;
        let mut flags = Flags::default();
        while let Some(flag) = text[at..].chars().next().filter(|sign| "-+# 0".contains(*sign)) {
            flags.minus |= flag == '-';
            flags.plus |= flag == '+';
            flags.sharp |= flag == '#';
            flags.space |= flag == ' ';
            flags.zero |= flag == '0' && !flags.minus;
            at += 1;
        }
        let mut good = operands.number(text, &mut at);
        if text[at..].starts_with('*') {
            at += 1;
            match operands.int() {
                Some(width) => {
                    flags.minus |= width < 0;
                    flags.width = usize::try_from(width.unsigned_abs()).unwrap_or(WIDTH).min(WIDTH);
                }
                None => printed.push_str("%!(BADWIDTH)"),
            }
        } else {
            flags.width = digits(text, &mut at).unwrap_or(0);
        }
        if text[at..].starts_with('.') {
            at += 1;
            good &= operands.number(text, &mut at);
            if text[at..].starts_with('*') {
                at += 1;
                match operands.int() {
                    Some(precision) => {
                        flags.precision = usize::try_from(precision).ok().map(|one| one.min(WIDTH))
                    }
                    None => printed.push_str("%!(BADPREC)"),
                }
            } else {
                flags.precision = Some(digits(text, &mut at).unwrap_or(0));
            }
        }
        good &= operands.number(text, &mut at);
        let Some(verb) = text[at..].chars().next() else {
            printed.push_str("%!(NOVERB)");
            break;
        };
        at += verb.len_utf8();
        if verb == '%' {
            printed.push_str("%");
            continue;
        }
        if !good {
            printed.push_str(&format!("%!{verb}(BADINDEX)"));
            continue;
        }
        match operands.take() {
            Some(operand) => one(verb, &flags, operand, &mut printed, DEPTH),
            None => printed.push_str(&format!("%!{verb}(MISSING)")),
        }
    }
    printed.push_slice(format, at..text.len());
    let extra = operands.all.get(operands.next..).unwrap_or_default();
    if !extra.is_empty() && !operands.numbered {
        printed.push_str("%!(EXTRA ");
        for (index, operand) in extra.iter().enumerate() {
            printed.push_str(if index > 0 { ", " } else { "" });
            if !operand.is_nil() {
                printed.push_str(operand.type_name());
                printed.push_str("=");
            }
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

/// Appends a value under a verb.
fn one(verb: char, flags: &Flags, value: &Value, to: &mut Text, depth: u32) {
    let Some(depth) = depth.checked_sub(1) else { return };
    // With `v`, a plus only asks for the names of fields.
    let flags = &Flags { plus: flags.plus && verb != 'v', ..flags.clone() };
    match (verb, &value.data) {
        ('T', _) => padded(&Text::made(value.type_name()), flags, false, to),
        ('v', Data::Nil | Data::Missing) => padded(&Text::made("<nil>"), flags, false, to),
        ('v', _) if flags.sharp => sharp(value, to, depth),
        (_, Data::List(items)) => {
            to.push_str("[");
            for (index, item) in items.iter().enumerate() {
                to.push_str(if index > 0 { " " } else { "" });
                one(verb, flags, item, to, depth);
            }
            to.push_str("]");
        }
        (_, Data::Map(map)) => {
            to.push_str("map[");
            for (index, (key, slot)) in map.slots().iter().enumerate() {
                to.push_str(if index > 0 { " " } else { "" });
                one(verb, flags, &Value::word(key, slot.key), to, depth);
                to.push_str(":");
                one(verb, flags, &slot.value, to, depth);
            }
            to.push_str("]");
        }
        (_, Data::Object(object)) => match (&**object, verb) {
            (Object::Bytes(text), 's') => padded(text, flags, false, to),
            _ => padded(&value.printed("<nil>"), flags, false, to),
        },
        _ => basic(verb, flags, value, to),
    }
}

/// Appends a value that has no parts.
fn basic(verb: char, flags: &Flags, value: &Value, to: &mut Text) {
    let origin = value.text().and_then(Text::origin).or(value.origin);
    let made = |text: String| Text::with(text, origin);
    let sign = |number: String, negative: bool| match (negative, flags.plus, flags.space) {
        (false, true, _) => format!("+{number}"),
        (false, false, true) => format!(" {number}"),
        _ => number,
    };
    let is_number = matches!(value.data, Data::Int(_) | Data::Int64(_) | Data::Float(_));
    let text = match (verb, &value.data) {
        ('v' | 's', Data::Text(text)) => match flags.precision {
            Some(precision) => {
                let end = text.as_str().char_indices().nth(precision).map_or(text.len(), |(end, _)| end);
                text.slice(0..end)
            }
            None => text.clone(),
        },
        ('v', Data::Float(number)) => made(sign(go::print(*number), *number < 0.0)),
        ('v' | 'd', Data::Int(number) | Data::Int64(number)) => made(sign(number.to_string(), *number < 0)),
        ('v' | 't', Data::Bool(value)) => made(value.to_string()),
        ('q', Data::Text(text)) => {
            let quoted = quoted(text.as_str());
            return match is_quoted_plainly(text, &quoted) {
                true => {
                    let mut whole = Text::made("\"");
                    whole.push(text);
                    whole.push_str("\"");
                    padded(&whole, flags, false, to);
                }
                false => padded(&text.became(quoted), flags, false, to),
            };
        }
        ('x', Data::Int(number) | Data::Int64(number)) => {
            made(radix(*number, flags, "0x", |n| format!("{n:x}")))
        }
        ('X', Data::Int(number) | Data::Int64(number)) => {
            made(radix(*number, flags, "0X", |n| format!("{n:X}")))
        }
        ('o', Data::Int(number) | Data::Int64(number)) => {
            made(radix(*number, flags, "0", |n| format!("{n:o}")))
        }
        ('O', Data::Int(number) | Data::Int64(number)) => {
            made(radix(*number, &Flags { sharp: true, ..flags.clone() }, "0o", |n| format!("{n:o}")))
        }
        ('b', Data::Int(number) | Data::Int64(number)) => {
            made(radix(*number, flags, "0b", |n| format!("{n:b}")))
        }
        ('x', Data::Text(text)) => made(hex(text, |byte| format!("{byte:02x}"))),
        ('X', Data::Text(text)) => made(hex(text, |byte| format!("{byte:02X}"))),
        ('c', Data::Int(number) | Data::Int64(number)) => made(rune(*number).to_string()),
        ('q', Data::Int(number) | Data::Int64(number)) => made(format!("'{}'", rune(*number))),
        ('U', Data::Int(number) | Data::Int64(number)) => made(format!("U+{number:04X}")),
        ('f' | 'F', Data::Float(number)) => {
            made(sign(format!("{number:.*}", flags.precision.unwrap_or(6)), *number < 0.0))
        }
        ('e' | 'E', Data::Float(number)) => {
            let text = exponent(*number, flags.precision.unwrap_or(6));
            made(sign(if verb == 'E' { text.to_uppercase() } else { text }, *number < 0.0))
        }
        ('g' | 'G', Data::Float(number)) => {
            let text = match flags.precision {
                None => go::print(*number),
                Some(precision) => general(*number, precision),
            };
            made(sign(if verb == 'G' { text.to_uppercase() } else { text }, *number < 0.0))
        }
        (verb, Data::Nil | Data::Missing) => Text::made(format!("%!{verb}(<nil>)")),
        (verb, _) => {
            to.push_str(&format!("%!{verb}({}=", value.type_name()));
            basic('v', flags, value, to);
            return to.push_str(")");
        }
    };
    padded(&text, flags, is_number, to);
}

/// Whether a text stands in its quotes as it is.
pub(super) fn is_quoted_plainly(text: &Text, quoted: &str) -> bool {
    quoted.len() == text.len() + 2 && !bytes::is_binary(text.as_str())
}

fn rune(number: i64) -> char {
    u32::try_from(number).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn radix(number: i64, flags: &Flags, prefix: &str, digits: fn(u64) -> String) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}{}", if flags.sharp { prefix } else { "" }, digits(number.unsigned_abs()))
}

fn hex(text: &Text, one: fn(u8) -> String) -> String {
    bytes::of(text.as_str()).iter().map(|byte| one(*byte)).collect()
}

/// A number with one digit before the point, as `%e` has it.
fn exponent(number: f64, precision: usize) -> String {
    let text = format!("{number:.precision$e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    format!("{digits}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
}

/// A number with so many digits, as `%.3g` has it.
fn general(number: f64, precision: usize) -> String {
    let precision = precision.max(1);
    let text = exponent(number, precision - 1);
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let cut = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    match power < -4 || power >= precision as i32 {
        true => format!("{}e{}{:02}", cut(digits), if power < 0 { '-' } else { '+' }, power.abs()),
        false => cut(&format!("{number:.*}", usize::try_from(precision as i32 - 1 - power).unwrap_or(0))),
    }
}

/// Appends a value as Go's source would have it: `%#v`.
fn sharp(value: &Value, to: &mut Text, depth: u32) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match &value.data {
        Data::Text(text) => to.push(&text.became(quoted(text.as_str()))),
        Data::Nil | Data::Missing => to.push_str("interface {}(nil)"),
        Data::List(items) => {
            to.push_str("[]interface {}{");
            for (index, item) in items.iter().enumerate() {
                to.push_str(if index > 0 { ", " } else { "" });
                sharp(item, to, depth);
            }
            to.push_str("}");
        }
        Data::Map(map) => {
            to.push_str("map[string]interface {}{");
            for (index, (key, slot)) in map.slots().iter().enumerate() {
                to.push_str(if index > 0 { ", " } else { "" });
                to.push_str(&format!("{}:", quoted(key)));
                sharp(&slot.value, to, depth);
            }
            to.push_str("}");
        }
        _ => to.push(&value.printed("<nil>")),
    }
}

fn padded(text: &Text, flags: &Flags, is_number: bool, to: &mut Text) {
    let missing = flags.width.saturating_sub(text.as_str().chars().count());
    if missing == 0 {
        to.push(text);
    } else if flags.minus {
        to.push(text);
        to.push_str(&" ".repeat(missing));
    } else if flags.zero && is_number {
        // Zeros come behind the sign.
        let sign = usize::from(text.as_str().starts_with(['-', '+']));
        to.push(&text.slice(0..sign));
        to.push_str(&"0".repeat(missing));
        to.push(&text.slice(sign..text.len()));
    } else {
        to.push_str(&if flags.zero { "0" } else { " " }.repeat(missing));
        to.push(text);
    }
}

/// A string in double quotes as Go's `%q` writes it.
pub(crate) fn quoted(text: &str) -> String {
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
            '\u{80}'..='\u{a0}'
            | '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{feff}' => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(sign)));
            }
            _ => match bytes::byte(sign) {
                Some(byte) => quoted.push_str(&format!("\\x{byte:02x}")),
                None => quoted.push(sign),
            },
        }
    }
    quoted.push('"');
    quoted
}
