//! Files of `NAME=value` lines for the environment of a program, as docker, direnv, Kustomize and the libraries for
//! `.env` files read them.
//!
//! Owns the syntax. Must not judge the values.

use std::ops::Range;

/// A variable and what it is set to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its value as it is written, without quotes.
    pub value: &'a str,
    /// Where the value stands in the text.
    pub range: Range<usize>,
}

/// Whether files of this name are such files; `.env.example` is one to copy and fill in.
pub fn is_dotenv(name: &str) -> bool {
    let is_sample = || {
        let mut parts = name.split(['.', '-', '_']);
        parts.any(|part| ["example", "sample", "template", "dist", "tmpl", "tpl"].contains(&part))
    };
    (name == ".env" || name.starts_with(".env.") || name.ends_with(".env")) && !is_sample()
}

/// The variables of a text. A quoted value may go over several lines; text behind `#` is a comment.
pub fn variables(text: &str) -> Vec<Variable<'_>> {
    let mut variables = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let line = rest.split('\n').next().unwrap_or_default();
        let next = at + line.len() + 1;
        let Some((name, value)) = assignment(line) else {
            at = next;
            continue;
        };
        let from = at + line.len() - value.len();
        let range = quoted(text, from).unwrap_or_else(|| from..from + plain(value).len());
        let end = range.end;
        variables.extend(text.get(range.clone()).map(|value| Variable { name, value, range }));
        at = text.get(end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |line| end + line + 1);
    }
    variables
}

/// The name, and the rest of the line behind `=`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    (!name.is_empty() && name.bytes().all(is_name)).then(|| (name, value.trim_start()))
}

/// The inside of a value in quotes that are closed.
fn quoted(text: &str, from: usize) -> Option<Range<usize>> {
    let quote = text.get(from..)?.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut is_escaped = false;
    let inner = text.get(from + 1..)?;
    let length = inner.char_indices().find_map(|(at, c)| {
        let closes = c == quote && !is_escaped;
        is_escaped = c == '\\' && quote == '"' && !is_escaped;
        // A quote that nothing closes is one of the value.
        (closes || at > LONGEST).then_some((at, closes))
    });
    length.filter(|(_, closes)| *closes).map(|(at, _)| from + 1..from + 1 + at)
}

/// No value in quotes is longer, in bytes: a certificate with its chain fits.
const LONGEST: usize = 64 << 10;

/// A value without quotes, up to a comment.
fn plain(value: &str) -> &str {
    let end = value.find(" #").or_else(|| value.find("\t#")).unwrap_or(value.len());
    value[..end].trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in [".env", ".env.production", "prod.env", ".env.local"] {
            assert!(is_dotenv(name), "{name}");
        }
        for name in [".env.example", "sample.env", ".env.dist", "environment", "env.yaml", ".envrc"] {
            assert!(!is_dotenv(name), "{name}");
        }
    }

    #[test]
    fn syntax() {
        let text = "# A=0\nA=one # why\nexport B='two # not'\nC = \"three\\\"\nfour\" # more\r\n\nD=\nE='open\nF=é x\nG=a=b\nno line\n=x\n";
        let found: Vec<(&str, &str)> = variables(text).iter().map(|v| (v.name, v.value)).collect();
        let expected = [
            ("A", "one"),
            ("B", "two # not"),
            ("C", "three\\\"\nfour"),
            ("D", ""),
            ("E", "'open"),
            ("F", "é x"),
            ("G", "a=b"),
        ];
        assert_eq!(found, expected);
        for variable in variables(text) {
            assert_eq!(&text[variable.range.clone()], variable.value);
        }
    }
}
