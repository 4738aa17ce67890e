//! Numbers and strings as Go prints them.
//!
//! Owns the digits. Must not know what is printed.

/// A number as `encoding/json` prints it.
pub(crate) fn json(number: f64) -> String {
    let magnitude = number.abs();
    if magnitude == 0.0 || (1e-6..1e21).contains(&magnitude) {
        return format!("{number}");
    }
    let (digits, exponent) = scientific(number);
    format!("{digits}e{exponent:+}")
}

/// A number as go-yaml prints it.
pub(crate) fn yaml(number: f64) -> String {
    if !number.is_finite() {
        let sign = if number < 0.0 { "-" } else { "" };
        return if number.is_nan() { ".nan".to_owned() } else { format!("{sign}.inf") };
    }
    let (digits, exponent) = scientific(number);
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// A number as `%v` prints it.
pub(crate) fn print(number: f64) -> String {
    match number.is_finite() {
        true => yaml(number),
        false if number.is_nan() => "NaN".to_owned(),
        false => if number < 0.0 { "-Inf" } else { "+Inf" }.to_owned(),
    }
}

/// The shortest digits that give the number, with a point behind the first, and the power of ten.
fn scientific(number: f64) -> (String, i32) {
    let text = format!("{number:e}");
    match text.split_once('e') {
        Some((digits, exponent)) => (digits.to_owned(), exponent.parse().unwrap_or(0)),
        None => (text, 0),
    }
}

/// A string as `encoding/json` prints it: fit for HTML.
pub(crate) fn json_string(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                json.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            _ => json.push(c),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_as_go_prints_them() {
        // (number, encoding/json, go-yaml)
        let cases = [
            (0.0, "0", "0"),
            (1.0, "1", "1"),
            (-1.5, "-1.5", "-1.5"),
            (100_000.0, "100000", "100000"),
            (1_234_567.0, "1234567", "1.234567e+06"),
            (1e6, "1000000", "1e+06"),
            (0.0001, "0.0001", "0.0001"),
            (0.00001, "0.00001", "1e-05"),
            (1e-7, "1e-7", "1e-07"),
            (1e20, "100000000000000000000", "1e+20"),
            (1.5e300, "1.5e+300", "1.5e+300"),
            (9_007_199_254_740_993_i64 as f64, "9007199254740992", "9.007199254740992e+15"),
        ];
        for (number, in_json, in_yaml) in cases {
            assert_eq!((json(number).as_str(), yaml(number).as_str()), (in_json, in_yaml));
        }
    }

    #[test]
    fn strings_are_printed_for_html() {
        assert_eq!(json_string("a<b>&\"\\\n\u{1}\u{2028}é"), r#""a\u003cb\u003e\u0026\"\\\n\u0001\u2028é""#);
    }
}
