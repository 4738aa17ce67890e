//! Patterns as Go reads them, for the `regex` crate.
//!
//! In Go `\d` and its like are ASCII alone, also where the crate comes without the tables of Unicode.

use std::iter::Peekable;
use std::str::Chars;

use regex::{Regex, RegexBuilder};

/// Larger programs are not compiled: counts within counts make much out of a short text.
const SIZE: usize = 1 << 20;

/// An expression of Go, when the crate can do all of it.
pub fn pattern(text: &str) -> Option<Regex> {
    let mut own = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => escaped(&mut letters, &mut own)?,
            '[' => class(&mut letters, &mut own)?,
            letter => own.push(letter),
        }
    }
    RegexBuilder::new(&own).size_limit(SIZE).build().ok()
}

/// The rest of a class. The crate has sets there, `[a-z&&b]`, and classes in classes, which are letters in Go.
fn class(letters: &mut Peekable<Chars<'_>>, own: &mut String) -> Option<()> {
    own.push('[');
    if letters.next_if_eq(&'^').is_some() {
        own.push('^');
    }
    let mut is_first = true;
    loop {
        let letter = letters.next()?;
        match letter {
            // A bracket that comes first is a letter.
            ']' if !is_first => {
                own.push(']');
                return Some(());
            }
            // `[:alpha:]` is the same to both.
            '[' if letters.peek() == Some(&':') => {
                own.push('[');
                copy(letters, ']', own);
            }
            letter => {
                let is_letter = in_class(letter, letters, own)?;
                let mut ahead = letters.clone();
                let is_range = is_letter && ahead.next() == Some('-') && ahead.next() != Some(']');
                if is_range {
                    own.extend(letters.next());
                    in_class(letters.next()?, letters, own)?;
                }
            }
        }
        is_first = false;
    }
}

/// A letter of a class, or what a backslash makes of it. Whether it is one letter, with which a range may begin.
fn in_class(letter: char, letters: &mut Peekable<Chars<'_>>, own: &mut String) -> Option<bool> {
    if letter == '\\' {
        let is_letter = !letters.peek().is_some_and(|letter| "dDwWsSpP".contains(*letter));
        escaped(letters, own)?;
        return Some(is_letter);
    }
    if matches!(letter, '&' | '~' | '-' | '[' | ']' | '^') {
        own.push('\\');
    }
    own.push(letter);
    Some(true)
}

/// What stands behind a backslash.
fn escaped(letters: &mut Peekable<Chars<'_>>, own: &mut String) -> Option<()> {
    match letters.next()? {
        'd' => own.push_str("[0-9]"),
        'D' => own.push_str("[^0-9]"),
        'w' => own.push_str("[0-9A-Za-z_]"),
        'W' => own.push_str("[^0-9A-Za-z_]"),
        's' => own.push_str(r"[\t\n\f\r ]"),
        'S' => own.push_str(r"[^\t\n\f\r ]"),
        'b' => own.push_str(r"(?-u:\b)"),
        // The crate has these for the edges of words.
        letter @ ('<' | '>') => own.push(letter),
        letter => {
            own.extend(['\\', letter]);
            if matches!(letter, 'p' | 'P' | 'x') && letters.peek() == Some(&'{') {
                copy(letters, '}', own);
            }
        }
    }
    Some(())
}

/// All up to a letter, with it.
fn copy(letters: &mut Peekable<Chars<'_>>, last: char, own: &mut String) {
    for letter in letters.by_ref() {
        own.push(letter);
        if letter == last {
            return;
        }
    }
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
