//! `sprintf`, as Go prints.
//!
//! Owns verbs, flags and what Go says about arguments that do not fit. OPA knows four types: whole numbers, big ones, other
//! numbers and text, which everything else is printed to first.

use super::{Failure, TEXT_LIMIT, terms};
use crate::rego::Value;

/// Widths that Go takes.
const WIDTH: usize = 1_000_000;

/// Widths and precisions that somebody reads.
const PRINTED: usize = 4_000;

enum Argument {
    Int(i64),
    Big(String),
    Float(f64),
    Text(String),
}

#[derive(Default)]
struct Flags {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// `sprintf(format, values)`.
pub fn sprintf(arguments: &[Value]) -> Result<Value, Failure> {
    let [Value::String(format), Value::Array(values)] = arguments else { return Err(Failure::Undefined) };
    let values: Vec<Argument> = values.iter().map(argument).collect();
    let mut out = String::with_capacity(format.len() + 16 * values.len());
    let mut chars = format.chars().peekable();
    let (mut next, mut was_reordered) = (0, false);
    while let Some(char) = chars.next() {
        if char != '%' {
            out.push(char);
            continue;
        }
        let mut flags = Flags::default();
        while let Some(flag) = chars.peek() {
            match flag {
                '+' => flags.plus = true,
                '-' => flags.minus = true,
                '#' => flags.sharp = true,
                ' ' => flags.space = true,
                '0' => flags.zero = true,
                _ => break,
            }
            chars.next();
        }
        let mut is_index_good = index(&mut chars, &mut next, values.len(), &mut was_reordered);
        if chars.next_if_eq(&'*').is_some() {
            match taken(&values, &mut next) {
                Some(width) => {
                    flags.minus |= width < 0;
                    flags.width = Some(width.unsigned_abs() as usize);
                }
                None => out.push_str("%!(BADWIDTH)"),
            }
            is_index_good &= index(&mut chars, &mut next, values.len(), &mut was_reordered);
        } else {
            flags.width = number(&mut chars);
        }
        if chars.next_if_eq(&'.').is_some() {
            is_index_good &= index(&mut chars, &mut next, values.len(), &mut was_reordered);
            if chars.next_if_eq(&'*').is_some() {
                match taken(&values, &mut next) {
                    Some(precision) => flags.precision = usize::try_from(precision).ok(),
                    None => out.push_str("%!(BADPREC)"),
                }
            } else {
                flags.precision = Some(number(&mut chars).unwrap_or_default());
            }
            is_index_good &= index(&mut chars, &mut next, values.len(), &mut was_reordered);
        }
        let widest = flags.width.max(flags.precision).unwrap_or_default();
        if widest > PRINTED {
            return Err(Failure::TooMuch(widest));
        }
        let Some(verb) = chars.next() else {
            out.push_str("%!(NOVERB)");
            break;
        };
        match values.get(next) {
            _ if verb == '%' => out.push('%'),
            _ if !is_index_good => out.push_str(&format!("%!{verb}(BADINDEX)")),
            None => out.push_str(&format!("%!{verb}(MISSING)")),
            Some(value) => {
                next += 1;
                print(&mut out, value, verb, &flags);
            }
        }
        if out.len() > TEXT_LIMIT {
            return Err(Failure::TooMuch(out.len()));
        }
    }
    if !was_reordered && next < values.len() {
        let extra = values.get(next..).unwrap_or_default().iter().map(described).collect::<Vec<_>>();
        out.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    Ok(out.into())
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// `[3]`: which argument is next. Whether it exists.
fn index(chars: &mut Chars<'_>, next: &mut usize, count: usize, was_reordered: &mut bool) -> bool {
    if chars.next_if_eq(&'[').is_none() {
        return true;
    }
    *was_reordered = true;
    let wanted = number(chars);
    let is_closed = chars.next_if_eq(&']').is_some();
    match wanted.and_then(|wanted| wanted.checked_sub(1)) {
        Some(index) if is_closed && index < count => {
            *next = index;
            true
        }
        _ => false,
    }
}

fn number(chars: &mut Chars<'_>) -> Option<usize> {
    let mut number = None;
    while let Some(digit) = chars.peek().and_then(|char| char.to_digit(10)) {
        chars.next();
        number = Some((number.unwrap_or(0_usize) * 10 + digit as usize).min(WIDTH));
    }
    number
}

fn taken(values: &[Argument], next: &mut usize) -> Option<i64> {
    let value = values.get(*next);
    *next += 1;
    match value {
        Some(Argument::Int(int)) if int.unsigned_abs() <= WIDTH as u64 => Some(*int),
        _ => None,
    }
}

fn argument(value: &Value) -> Argument {
    match value {
        Value::String(text) => Argument::Text(text.to_string()),
        Value::Number(number) => match number.as_i64() {
            Some(int) => Argument::Int(int),
            None if number.is_integer() => Argument::Big(terms::text(value)),
            None => Argument::Float(number.as_f64().unwrap_or_default()),
        },
        other => Argument::Text(terms::text(other)),
    }
}

/// As Go names what does not fit.
fn described(value: &Argument) -> String {
    let mut out = String::new();
    out.push_str(type_of(value));
    out.push('=');
    print(&mut out, value, 'v', &Flags::default());
    out
}

fn type_of(value: &Argument) -> &'static str {
    match value {
        Argument::Int(_) => "int64",
        Argument::Big(_) => "*big.Int",
        Argument::Float(_) => "float64",
        Argument::Text(_) => "string",
    }
}

fn print(out: &mut String, value: &Argument, verb: char, flags: &Flags) {
    let printed = match value {
        _ if verb == 'T' => Some(type_of(value).to_owned()),
        Argument::Int(int) => whole(*int < 0, &int.unsigned_abs().to_string(), Some(*int), verb, flags),
        Argument::Big(big) => match verb {
            'd' | 'v' | 's' => whole(big.starts_with('-'), big.trim_start_matches('-'), None, 'd', flags),
            _ => None,
        },
        Argument::Float(value) => float(*value, verb, flags),
        Argument::Text(text) => string(text, verb, flags),
    };
    let is_number = !matches!(value, Argument::Text(_)) && verb != 'T' && verb != 'c' && verb != 'q';
    match printed {
        Some(printed) => pad(out, &printed, flags, is_number),
        None if let Argument::Big(big) = value => out.push_str(&format!("%!{verb}(big.Int={big})")),
        None => {
            // What does not fit is printed with the flags it came with.
            out.push_str(&format!("%!{verb}({}=", type_of(value)));
            print(out, value, 'v', flags);
            out.push(')');
        }
    }
}

fn whole(is_negative: bool, digits: &str, int: Option<i64>, verb: char, flags: &Flags) -> Option<String> {
    let magnitude = int.map_or(0, i64::unsigned_abs);
    let character =
        int.and_then(|int| u32::try_from(int).ok()).and_then(char::from_u32).unwrap_or('\u{fffd}');
    let (mut digits, prefix) = match verb {
        'd' | 'v' => (digits.to_owned(), ""),
        'b' => (format!("{magnitude:b}"), "0b"),
        'o' => (format!("{magnitude:o}"), "0"),
        'O' => (format!("{magnitude:o}"), "0o"),
        'x' => (format!("{magnitude:x}"), "0x"),
        'X' => (format!("{magnitude:X}"), "0X"),
        'c' => return Some(character.to_string()),
        'q' => {
            let quoted = match character {
                '\'' => "\\'".to_owned(),
                '"' => "\"".to_owned(),
                other => terms::quoted(&other.to_string(), flags.plus).trim_matches('"').to_owned(),
            };
            return Some(format!("'{quoted}'"));
        }
        'U' => {
            let code = format!("U+{:04X}", int.map_or(magnitude, i64::cast_unsigned));
            return Some(if flags.sharp { format!("{code} '{character}'") } else { code });
        }
        _ => return None,
    };
    let sign = match (is_negative, flags.plus, flags.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    };
    let prefix = if flags.sharp || verb == 'O' { prefix } else { "" };
    if flags.precision == Some(0) && digits == "0" {
        digits.clear();
    }
    if let Some(precision) = flags.precision {
        digits = format!("{}{digits}", "0".repeat(precision.saturating_sub(digits.len())));
    }
    Some(format!("{sign}{prefix}{digits}"))
}

fn float(value: f64, verb: char, flags: &Flags) -> Option<String> {
    let magnitude = value.abs();
    let digits = match verb {
        'v' | 'g' => general(magnitude, flags.precision, flags.sharp),
        'G' => general(magnitude, flags.precision, flags.sharp).to_uppercase(),
        'f' | 'F' => format!("{magnitude:.*}", flags.precision.unwrap_or(6)),
        'e' => scientific(magnitude, flags.precision.or(Some(6))),
        'E' => scientific(magnitude, flags.precision.or(Some(6))).to_uppercase(),
        _ => return None,
    };
    let sign = if value.is_sign_negative() {
        "-"
    } else if flags.plus {
        "+"
    } else if flags.space {
        " "
    } else {
        ""
    };
    Some(format!("{sign}{digits}"))
}

/// `1.5e+07`.
fn scientific(value: f64, precision: Option<usize>) -> String {
    let written = match precision {
        Some(precision) => format!("{value:.precision$e}"),
        None => format!("{value:e}"),
    };
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    format!("{mantissa}e{sign}{exponent:0>2}")
}

/// The shorter of the two ways, as `%g` has it.
fn general(value: f64, precision: Option<usize>, keeps_zeros: bool) -> String {
    let magnitude = value.abs();
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let scientific = scientific(magnitude, precision.map(|precision| precision.max(1) - 1));
    let exponent: i64 =
        scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or_default();
    let digits = precision.map_or(6, |precision| precision.max(1) as i64);
    let trimmed = |text: String| match (keeps_zeros, text.contains('.')) {
        (false, true) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        _ => text,
    };
    if magnitude != 0.0 && (exponent < -4 || exponent >= digits) {
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "+00"));
        return format!("{sign}{}e{exponent}", trimmed(mantissa.to_owned()));
    }
    let fixed = match precision {
        Some(_) => {
            format!("{magnitude:.*}", usize::try_from((digits - 1 - exponent).max(0)).unwrap_or_default())
        }
        None => format!("{magnitude}"),
    };
    format!("{sign}{}", trimmed(fixed))
}

fn string(text: &str, verb: char, flags: &Flags) -> Option<String> {
    let cut: String = match flags.precision {
        Some(precision) if verb != 'x' && verb != 'X' => text.chars().take(precision).collect(),
        _ => text.to_owned(),
    };
    let hex = |upper: bool| {
        let bytes = text.as_bytes().iter().take(flags.precision.unwrap_or(usize::MAX));
        let prefix = if flags.sharp { if upper { "0X" } else { "0x" } } else { "" };
        let bytes = bytes.map(|byte| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") });
        let bytes: Vec<String> = bytes.collect();
        match (flags.space, bytes.is_empty()) {
            (_, true) => String::new(),
            (true, _) => bytes.iter().map(|byte| format!("{prefix}{byte}")).collect::<Vec<_>>().join(" "),
            (false, _) => prefix.to_owned() + &bytes.concat(),
        }
    };
    match verb {
        'v' if flags.sharp => Some(terms::quoted(&cut, false)),
        'v' | 's' => Some(cut),
        'q' if flags.sharp && !cut.contains('`') && !cut.chars().any(|c| c.is_control() && c != '\t') => {
            Some(format!("`{cut}`"))
        }
        'q' => Some(terms::quoted(&cut, flags.plus)),
        'x' => Some(hex(false)),
        'X' => Some(hex(true)),
        _ => None,
    }
}

fn pad(out: &mut String, text: &str, flags: &Flags, is_number: bool) {
    let missing = flags.width.unwrap_or_default().saturating_sub(text.chars().count());
    let pads_zeros =
        flags.zero && !flags.minus && !(is_number && flags.precision.is_some() && !text.contains('.'));
    if flags.minus {
        out.push_str(text);
        out.push_str(&" ".repeat(missing));
    } else if pads_zeros {
        let signed = is_number && text.starts_with(['+', '-', ' ']);
        let (sign, digits) = text.split_at(usize::from(signed));
        out.push_str(sign);
        out.push_str(&"0".repeat(missing));
        out.push_str(digits);
    } else {
        out.push_str(&" ".repeat(missing));
        out.push_str(text);
    }
}
