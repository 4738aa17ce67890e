//! Patterns as Go reads them, for the `regex` crate.
//!
//! In Go `\d` and its like are ASCII alone, also where the crate comes without the tables of Unicode.

use regex::Regex;

/// An expression of Go, when the crate can do all of it.
pub fn pattern(text: &str) -> Option<Regex> {
    let mut ascii = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        if letter != '\\' {
            ascii.push(letter);
            continue;
        }
        match rest.next()? {
            'd' => ascii.push_str("[0-9]"),
            'D' => ascii.push_str("[^0-9]"),
            'w' => ascii.push_str("[0-9A-Za-z_]"),
            'W' => ascii.push_str("[^0-9A-Za-z_]"),
            's' => ascii.push_str(r"[\t\n\f\r ]"),
            'S' => ascii.push_str(r"[^\t\n\f\r ]"),
            'b' => ascii.push_str(r"(?-u:\b)"),
            escaped => {
                ascii.push('\\');
                ascii.push(escaped);
            }
        }
    }
    Regex::new(&ascii).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_go() {
        let fits =
            |expression: &str, text: &str| pattern(expression).is_some_and(|found| found.is_match(text));
        assert!(fits(r"^\d+(\.\d+)?[\w-]\s$", "12.5_ "));
        assert!(!fits(r"^\d$", "\u{664}"));
        assert!(fits(r"\bweb\b", "a web b") && !fits(r"\bweb\b", "webs"));
        assert!(fits(r"^\\d$", r"\d"));
        assert!(pattern(r"a\").is_none() && pattern("(?=a)").is_none());
    }
}
