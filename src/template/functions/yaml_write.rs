//! Values as YAML, byte for byte as go-yaml writes it, every scalar and key with its origin.
//!
//! Owns styles, quoting, folding and the order of keys. Source: `emitterc.go` and `encode.go` of go-yaml v2.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::yaml::{self, Schema, Typed};

use super::super::bytes;
use super::super::text::{Origin, Text};
use super::super::value::{DEPTH, Data, Slot, Value};
use super::numbers::yaml_number;

/// What the programs that write YAML do differently.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// The column behind which a line is broken at the next space.
    pub width: usize,
    /// Whether it is go-yaml v3: items of a list in a map are indented, and what follows digits sorts differently.
    pub is_v3: bool,
}

/// What Helm's `toYaml` writes.
pub(super) const HELM: Style = Style { width: 80, is_v3: false };

/// What `toYamlPretty` writes.
pub(super) const PRETTY: Style = Style { width: 80, is_v3: true };

/// What Argo CD writes.
pub(super) const UNFOLDED: Style = Style { width: usize::MAX, is_v3: false };

/// A value as YAML without folded lines, without the final line break.
pub fn to_yaml(value: &Value) -> Text {
    write(value, UNFOLDED).unwrap_or_default()
}

/// A value as YAML, without the final line break; `None` when there is a character that YAML cannot have.
pub(super) fn write(value: &Value, style: Style) -> Option<Text> {
    let mut writer = Writer { to: Text::default(), style, column: 0 };
    writer.value(value, 0, DEPTH, false)?;
    Some(writer.to)
}

struct Writer {
    to: Text,
    style: Style,
    /// Characters on the line so far.
    column: usize,
}

/// The text with characters in place of bytes that are none, as JSON has them.
fn valid(text: &Text) -> Text {
    if !bytes::is_binary(text.as_str()) {
        return text.clone();
    }
    let replaced = text.as_str().chars().map(|sign| bytes::byte(sign).map_or(sign, |_| '\u{fffd}'));
    text.became(replaced.collect())
}

/// Whether the reader of YAML takes a character that JSON does not escape.
fn is_readable(sign: char) -> bool {
    !matches!(sign, '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether the writer of YAML prints a character as it is.
fn is_printable(sign: char) -> bool {
    matches!(sign, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

fn is_break(sign: char) -> bool {
    matches!(sign, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// How text may be written.
struct Analysis {
    plain: bool,
    single: bool,
    block: bool,
}

fn analyze(text: &str) -> Analysis {
    if text.is_empty() {
        return Analysis { plain: true, single: true, block: false };
    }
    let mut indicators = text.starts_with("---") || text.starts_with("...");
    let (mut breaks, mut special) = (false, false);
    let (mut break_space, mut space_break) = (false, false);
    let (mut previous_space, mut previous_break, mut after_blank) = (false, false, true);
    let mut signs = text.chars().peekable();
    let mut is_first = true;
    while let Some(sign) = signs.next() {
        let blank_follows = signs.peek().is_none_or(|next| *next == ' ' || *next == '\t' || is_break(*next));
        indicators |= match sign {
            '#' if !is_first => after_blank,
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
            | '`' => is_first,
            ':' => blank_follows,
            '?' | '-' => is_first && blank_follows,
            _ => false,
        };
        special |= !is_printable(sign) && !is_break(sign) || matches!(sign, '\r' | '\u{85}');
        if sign == ' ' {
            break_space |= previous_break;
            (previous_space, previous_break) = (true, false);
        } else if is_break(sign) {
            breaks = true;
            space_break |= previous_space;
            (previous_space, previous_break) = (false, true);
        } else {
            (previous_space, previous_break) = (false, false);
        }
        after_blank = sign == ' ' || sign == '\t' || is_break(sign);
        is_first = false;
    }
    let edges = |sign: char| sign == ' ' || is_break(sign);
    let edged = text.starts_with(edges) || text.ends_with(edges);
    Analysis {
        plain: !(edged || break_space || space_break || special || breaks || indicators),
        single: !(break_space || space_break || special),
        block: !(text.ends_with(' ') || space_break || special),
    }
}

/// Whether text that stands without quotes is read as text again.
fn is_string(text: &str) -> bool {
    let old_bool = matches!(
        text,
        "y" | "Y"
            | "yes"
            | "Yes"
            | "YES"
            | "on"
            | "On"
            | "ON"
            | "n"
            | "N"
            | "no"
            | "No"
            | "NO"
            | "off"
            | "Off"
            | "OFF"
    );
    !old_bool
        && !is_base_60(text)
        && matches!(yaml::resolve(text, Schema::GoYamlV2), Typed::Str(_))
        && !is_date(text)
}

/// `12:30`, which YAML 1.1 has for a number.
fn is_base_60(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let Some((first, rest)) = digits.split_once(':') else { return false };
    let starts = first.starts_with(|sign: char| sign.is_ascii_digit());
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let (rest, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let sixty = |part: &str| matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
    starts && number(first) && rest.split(':').all(sixty) && number(fraction)
}

/// `2020-01-02`, with a time or without, which YAML 1.1 has for a moment.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    if !(digits(0..4) && bytes.get(4) == Some(&b'-')) {
        return false;
    }
    match bytes.len() {
        10 => digits(5..7) && bytes[7] == b'-' && digits(8..10) && is_day(text),
        11.. => yaml::Timestamp::parse(text).is_some(),
        _ => false,
    }
}

fn is_day(text: &str) -> bool {
    let number = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<u32>().ok());
    matches!((number(5..7), number(8..10)), (Some(1..=12), Some(1..=31)))
}

impl Writer {
    fn put(&mut self, text: &str, origin: Option<Origin>) {
        self.to.push_from(text, origin);
        self.column += text.chars().count();
    }

    fn line(&mut self, indent: usize) {
        self.to.push_str("\n");
        self.to.push_str(&" ".repeat(indent));
        self.column = indent;
    }

    /// Writes a value whose lines are indented by `indent`; scalars go on two columns further.
    fn value(&mut self, value: &Value, indent: usize, depth: u32, in_map: bool) -> Option<()> {
        let Some(depth) = depth.checked_sub(1) else { return Some(()) };
        match &value.data {
            Data::Text(text) => self.text(&valid(text), indent, false),
            Data::Float(number) => {
                self.put(&yaml_number(*number), value.origin);
                Some(())
            }
            Data::List(items) if items.is_empty() => {
                self.put("[]", value.origin);
                Some(())
            }
            Data::List(items) => {
                let indent = if in_map && self.style.is_v3 { indent + 2 } else { indent };
                for (index, item) in items.iter().enumerate() {
                    if index > 0 || in_map {
                        self.line(indent);
                    }
                    self.put("- ", None);
                    self.nested(item, indent + 2, indent, depth)?;
                }
                Some(())
            }
            Data::Map(map) if map.is_empty() => {
                self.put("{}", value.origin);
                Some(())
            }
            Data::Map(map) => {
                let mut slots = map.slots();
                slots.sort_by(|(a, _), (b, _)| natural(a, b, self.style.is_v3));
                self.map(&slots, indent, depth, in_map)
            }
            Data::Object(object) => self.value(&object.plain(), indent, depth, in_map),
            Data::Opaque(_) => Some(()),
            _ => {
                let printed = value.printed("null");
                self.column += printed.len();
                self.to.push(&Text::with(printed.as_str().to_owned(), value.origin));
                Some(())
            }
        }
    }

    /// Writes an item behind its dash: a collection at `indent`, a scalar as part of what is at `outer`.
    fn nested(&mut self, value: &Value, indent: usize, outer: usize, depth: u32) -> Option<()> {
        match &value.data {
            Data::Text(text) => self.text(&valid(text), outer, false),
            _ => self.value(value, indent, depth, false),
        }
    }

    fn map(&mut self, slots: &[(Rc<str>, Slot)], indent: usize, depth: u32, in_map: bool) -> Option<()> {
        for (index, (key, slot)) in slots.iter().enumerate() {
            if index > 0 || in_map {
                self.line(indent);
            }
            let key = valid(&Text::with(key.to_string(), slot.key));
            let is_long = key.len() > 128;
            if is_long {
                self.put("? ", None);
            }
            self.text(&key, indent, !is_long)?;
            if is_long {
                self.line(indent);
            }
            self.put(":", None);
            let plain;
            let value = match &slot.value.data {
                Data::Object(object) => {
                    plain = object.plain();
                    &plain
                }
                _ => &slot.value,
            };
            match &value.data {
                Data::Map(map) if !map.is_empty() => self.value(value, indent + 2, depth, true)?,
                // Items stand at the column of their key.
                Data::List(items) if !items.is_empty() => self.value(value, indent, depth, true)?,
                _ => {
                    self.put(" ", None);
                    self.value(value, indent, depth, true)?;
                }
            }
        }
        Some(())
    }

    /// Writes text that belongs to a line indented by `indent`; a key is one line.
    fn text(&mut self, text: &Text, indent: usize, is_key: bool) -> Option<()> {
        let string = text.as_str();
        if !string.chars().all(is_readable) {
            return None;
        }
        let indent = indent + 2;
        let analysis = analyze(string);
        let is_multiline = string.contains('\n');
        if is_multiline && analysis.block && !is_key {
            self.literal(text, indent);
        } else if is_multiline || !is_string(string) || string.is_empty() {
            self.double(text, indent, is_key);
        } else if analysis.plain {
            self.folded(text, indent, is_key, false);
        } else if analysis.single {
            self.put("'", None);
            self.folded(text, indent, is_key, true);
            self.put("'", None);
        } else {
            self.double(text, indent, is_key);
        }
        Some(())
    }

    fn literal(&mut self, text: &Text, indent: usize) {
        let string = text.as_str();
        let starts = string.starts_with(|sign| sign == ' ' || is_break(sign));
        let hint = if starts { "2" } else { "" };
        let body = string.trim_end_matches('\n');
        let chomp = match string.len() - body.len() {
            0 => "-",
            1 if !body.is_empty() => "",
            _ => "+",
        };
        self.put("|", text.origin().filter(|_| body.is_empty()));
        self.put(hint, None);
        self.put(chomp, None);
        let mut start = 0;
        // Of the final line breaks, the last one is that of the document.
        let ends = string.len() - usize::from(string.ends_with('\n'));
        for line in string[..ends].split('\n') {
            self.to.push_str("\n");
            if !line.is_empty() {
                self.to.push_str(&" ".repeat(indent));
                self.to.push_slice(text, start..start + line.len());
            }
            start += line.len() + 1;
        }
    }

    /// Writes text that is broken at spaces when lines get long, in single quotes or without.
    fn folded(&mut self, text: &Text, indent: usize, is_key: bool, is_single: bool) {
        let string = text.as_str();
        if string.chars().count() + self.column <= self.style.width && !string.contains('\'') {
            self.to.push(text);
            self.column += string.chars().count();
            return;
        }
        let (mut start, mut spaces) = (0, false);
        for (at, sign) in string.char_indices() {
            if sign == ' ' {
                let next_is_space = string[at + 1..].starts_with(' ');
                let inside = at > 0 && at + 1 < string.len() || !is_single;
                if !is_key && !spaces && self.column > self.style.width && inside && !next_is_space {
                    self.to.push_slice(text, start..at);
                    start = at + 1;
                    self.line(indent);
                } else {
                    self.column += 1;
                }
                spaces = true;
                continue;
            }
            if sign == '\'' && is_single {
                self.to.push_slice(text, start..at + 1);
                start = at;
                self.column += 1;
            }
            spaces = false;
            self.column += 1;
        }
        self.to.push_slice(text, start..string.len());
    }

    fn double(&mut self, text: &Text, indent: usize, is_key: bool) {
        let string = text.as_str();
        let origin = text.origin();
        self.put("\"", None);
        let simple = |sign: char| matches!(sign, ' '..='~') && !matches!(sign, '"' | '\\');
        if string.chars().all(simple) && self.column + string.len() <= self.style.width {
            if string.is_empty() {
                self.to.push(text);
            }
            self.to.push(text);
            self.column += string.len();
        } else {
            let mut spaces = false;
            let mut escaped = String::new();
            for (at, sign) in string.char_indices() {
                if sign == ' ' {
                    let inside = at > 0 && at + 1 < string.len();
                    if !is_key
                        && !spaces
                        && self.column + escaped.chars().count() > self.style.width
                        && inside
                    {
                        self.to.push_from(&escaped, origin);
                        escaped.clear();
                        self.line(indent);
                        if string[at + 1..].starts_with(' ') {
                            self.put("\\", None);
                        }
                    } else {
                        escaped.push(' ');
                    }
                    spaces = true;
                    continue;
                }
                spaces = false;
                escape(sign, &mut escaped);
            }
            self.put(&escaped, origin);
        }
        self.put("\"", None);
    }
}

fn escape(sign: char, to: &mut String) {
    let short = match sign {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' if !is_printable(sign) => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        sign if is_printable(sign) => return to.push(sign),
        sign => {
            let code = u32::from(sign);
            return to.push_str(&match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            });
        }
    };
    to.extend(['\\', short]);
}

/// The order of keys: numbers in them count as numbers, letters come last.
fn natural(a: &str, b: &str, is_v3: bool) -> Ordering {
    let (one, two): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut digits = false;
    for at in 0..one.len().min(two.len()) {
        let (x, y) = (one[at], two[at]);
        if x == y {
            digits = is_v3 && x.is_ascii_digit();
            continue;
        }
        match (x.is_alphabetic(), y.is_alphabetic()) {
            (true, true) => return x.cmp(&y),
            (true, false) => return if digits { Ordering::Less } else { Ordering::Greater },
            (false, true) => return if digits { Ordering::Greater } else { Ordering::Less },
            (false, false) => {}
        }
        let is_behind_digit = || {
            let before = one[..at].iter().rev().take_while(|sign| sign.is_ascii_digit());
            before.into_iter().any(|sign| *sign != '0')
        };
        let first = i64::from((x == '0' || y == '0') && is_behind_digit());
        let number = |signs: &[char]| {
            let digits = signs[at..].iter().take_while(|sign| sign.is_ascii_digit());
            digits.fold((first, at), |(number, end), digit| {
                let digit = i64::from(digit.to_digit(10).unwrap_or(0));
                (number.wrapping_mul(10).wrapping_add(digit), end + 1)
            })
        };
        let (left, right) = (number(&one), number(&two));
        return left.0.cmp(&right.0).then(left.1.cmp(&right.1)).then(x.cmp(&y));
    }
    one.len().cmp(&two.len())
}
