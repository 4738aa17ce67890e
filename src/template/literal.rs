//! Numbers and strings as Go writes them in source.
//!
//! Owns their values. Must not know tokens.

use super::ast::Term;

/// The value of a number or of a character in single quotes.
pub(super) fn number(text: &str) -> Option<Term> {
    if let Some(character) = text.strip_prefix('\'') {
        let inner = unquote(&format!("\"{}\"", character.strip_suffix('\'')?.replace('"', "\\\"")))?;
        return inner.chars().next().map(|sign| Term::Int(i64::from(u32::from(sign))));
    }
    if let Some(imaginary) = text.strip_suffix('i') {
        // Complex numbers are only ever printed.
        let number: f64 = imaginary.parse().ok()?;
        return Some(Term::Text(format!("(0{}i)", format_args!("{number:+}")).into(), None));
    }
    let plain = text.replace('_', "");
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let lower = digits.to_ascii_lowercase();
    let radix = [("0x", 16), ("0o", 8), ("0b", 2)];
    let based = radix.iter().find_map(|(prefix, radix)| Some((lower.strip_prefix(prefix)?, *radix)));
    let octal = lower.len() > 1 && lower.starts_with('0') && lower.bytes().all(|byte| byte.is_ascii_digit());
    let integer = match based {
        Some((digits, radix)) => i64::from_str_radix(digits, radix).ok(),
        None if octal => i64::from_str_radix(&lower, 8).ok(),
        None => lower.parse().ok(),
    };
    match integer {
        Some(integer) => Some(Term::Int(sign * integer)),
        None if lower.starts_with(|sign: char| sign.is_ascii_digit() || sign == '.') => {
            // What looks like a float and is whole is an integer constant too: `1e3`.
            lower.parse().ok().map(|float: f64| Term::Float(sign as f64 * float))
        }
        None => None,
    }
}

/// The value of a string of Go in its quotes.
pub(super) fn unquote(text: &str) -> Option<String> {
    if let Some(raw) = text.strip_prefix('`') {
        return raw.strip_suffix('`').map(|raw| raw.replace('\r', ""));
    }
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut value = Vec::with_capacity(inner.len());
    let mut push = |sign: char| value.extend(sign.encode_utf8(&mut [0; 4]).bytes());
    let mut bytes = false;
    let mut signs = inner.chars();
    let mut raw = Vec::new();
    while let Some(sign) = signs.next() {
        if sign != '\\' {
            push(sign);
            continue;
        }
        let escape = signs.next()?;
        let mut code = |digits: usize, radix: u32, first: &str| {
            let text: String = first.chars().chain(signs.by_ref().take(digits)).collect();
            u32::from_str_radix(&text, radix).ok()
        };
        match escape {
            'a' => push('\u{7}'),
            'b' => push('\u{8}'),
            'f' => push('\u{c}'),
            'n' => push('\n'),
            'r' => push('\r'),
            't' => push('\t'),
            'v' => push('\u{b}'),
            sign @ ('\\' | '"' | '\'') => push(sign),
            'u' => push(code(4, 16, "").and_then(char::from_u32)?),
            'U' => push(code(8, 16, "").and_then(char::from_u32)?),
            'x' | '0'..='7' => {
                let byte = match escape {
                    'x' => code(2, 16, "")?,
                    _ => code(2, 8, &escape.to_string())?,
                };
                // A byte, which may be a part of a character.
                bytes |= byte > 0x7f;
                push(char::from_u32(if byte > 0x7f { super::bytes::FIRST + byte } else { byte })?);
            }
            _ => return None,
        }
    }
    let text = String::from_utf8(value).ok()?;
    if bytes {
        raw.extend_from_slice(&super::bytes::of(&text));
        return Some(super::bytes::text(&raw));
    }
    Some(text)
}
