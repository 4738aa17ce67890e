//! `${VAR}` and its relatives, as <https://github.com/fluxcd/pkg/tree/main/envsubst> reads them.
//!
//! Owns the grammar and the functions. `$VAR` without braces is text, `$$` is one dollar. Must not know where values
//! come from.

use std::ops::Range;

use rustc_hash::FxHashMap;

/// One piece of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part<'t> {
    /// Its bytes, as written.
    pub range: Range<usize>,
    /// What it is.
    pub what: What<'t>,
}

/// What a piece of a text is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What<'t> {
    /// Text, and what looks like an expression but is none.
    Text,
    /// `$$`
    Dollar,
    /// An expression.
    Variable(Variable<'t>),
}

/// An expression in braces.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable<'t> {
    /// The name of the variable.
    pub name: &'t str,
    /// What is done with its value.
    pub function: Function<'t>,
}

/// What an expression does with the value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Function<'t> {
    /// `${name}`
    Plain,
    /// `${name:=default}`, `:-`, `=`, `:+`, `:?`: the text in place of nothing. With the offset of the text.
    Default(usize, &'t str),
    /// Anything else: the operator and its argument.
    Other(&'t str, &'t str),
    /// `${#name}`
    Length,
}

/// The pieces of a text, in order, without gaps.
pub fn parse(text: &str) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let closing = closing(text);
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let (len, what) = if rest.starts_with("$$") {
            (2, What::Dollar)
        } else if let Some((len, variable)) = variable(text, at, &closing) {
            (len, What::Variable(variable))
        } else {
            // The `$` itself, and all up to the next one.
            let skip = usize::from(rest.starts_with('$'));
            (rest[skip..].find('$').map_or(rest.len(), |next| next + skip), What::Text)
        };
        let range = at..at + len;
        match parts.last_mut() {
            Some(last) if what == What::Text && last.what == What::Text => last.range.end = range.end,
            _ => parts.push(Part { range, what }),
        }
        at += len;
    }
    parts
}

/// Where the expressions of a text begin that cannot be read. Flux refuses the whole text then: a name must stand behind
/// `${`, and behind it a brace or one of its functions; `${list[@]}` and `${NAME-default}` of a shell are neither.
pub fn refused<'p>(text: &'p str, parts: &'p [Part<'_>]) -> impl Iterator<Item = Range<usize>> + 'p {
    let texts = parts.iter().filter(|part| part.what == What::Text);
    texts.flat_map(|part| {
        let found = text[part.range.clone()].match_indices("${");
        found.map(|(at, _)| {
            let start = part.range.start + at;
            let end = text[start..part.range.end].find(['}', '\n']).map_or(part.range.end, |len| start + len);
            start..(end + usize::from(text[end..].starts_with('}'))).min(part.range.end)
        })
    })
}

/// The expression that starts at an offset, with its length.
fn variable<'t>(
    text: &'t str,
    at: usize,
    closing: &FxHashMap<usize, usize>,
) -> Option<(usize, Variable<'t>)> {
    let inside = text[at..].strip_prefix("${")?;
    let is_length = inside.starts_with('#');
    let named = &inside[usize::from(is_length)..];
    let name_len = named.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(named.len());
    let (name, rest) = named.split_at(name_len);
    if name.is_empty() {
        return None;
    }
    let start = text.len() - rest.len();
    if rest.starts_with('\n') {
        return None;
    }
    let end = closing.get(&(at + 1))?.checked_sub(start)?;
    let body = &rest[..end];
    let function = match body {
        "" if is_length => Function::Length,
        "" => Function::Plain,
        _ if is_length => return None,
        _ => {
            let operators = [":=", ":-", ":?", ":+", "="];
            match operators.iter().find_map(|operator| body.strip_prefix(operator)) {
                Some(default) => Function::Default(start + body.len() - default.len(), default),
                None => {
                    let operators = ["^^", ",,", "//", "/#", "/%", "##", "%%", "^", ",", "/", "#", "%", ":"];
                    let operator = operators.iter().find(|operator| body.starts_with(**operator))?;
                    Function::Other(&body[..operator.len()], &body[operator.len()..])
                }
            }
        }
    };
    Some((start + end + 1 - at, Variable { name, function }))
}

/// Where the braces of a text close that stand behind a dollar, by where they open. One pass: a text of nothing but open
/// ones costs no more than any other.
fn closing(text: &str) -> FxHashMap<usize, usize> {
    let mut open = Vec::new();
    let mut found = FxHashMap::default();
    let mut previous = b' ';
    for (at, &c) in text.as_bytes().iter().enumerate() {
        match c {
            b'{' if previous == b'$' => open.push(at),
            b'}' => found.extend(open.pop().map(|start| (start, at))),
            _ => {}
        }
        previous = c;
    }
    found
}

/// What a function makes of a value: nothing for one that is not known here, or that needs patterns. `None` when it
/// is more than `limit` bytes.
pub fn call(operator: &str, argument: &str, value: &str, limit: usize) -> Option<Option<String>> {
    if operator == "//" {
        let (old, new) = argument.split_once('/').unwrap_or((argument, ""));
        let made = value.matches(old).count().checked_mul(new.len())?;
        limit.checked_sub(made)?;
    }
    Some(called(operator, argument, value))
}

fn called(operator: &str, argument: &str, value: &str) -> Option<String> {
    let is_literal = |text: &str| !text.contains(['*', '?', '[', '\\', '$']);
    let first = |change: fn(char) -> String| {
        let mut chars = value.chars();
        chars.next().map(change).unwrap_or_default() + chars.as_str()
    };
    match operator {
        "^^" => Some(value.to_uppercase()),
        ",," => Some(value.to_lowercase()),
        "^" => Some(first(|c| c.to_uppercase().to_string())),
        "," => Some(first(|c| c.to_lowercase().to_string())),
        ":" => Some(part(argument, value)),
        _ if !is_literal(argument) => None,
        "/" | "//" | "/#" | "/%" => {
            let (old, new) = argument.split_once('/').unwrap_or((argument, ""));
            Some(match operator {
                "/" => value.replacen(old, new, 1),
                "//" => value.replace(old, new),
                "/#" => value.strip_prefix(old).map_or(value.to_owned(), |rest| format!("{new}{rest}")),
                _ => value.strip_suffix(old).map_or(value.to_owned(), |rest| format!("{rest}{new}")),
            })
        }
        "#" | "##" => Some(value.strip_prefix(argument).unwrap_or(value).to_owned()),
        "%" | "%%" => Some(value.strip_suffix(argument).unwrap_or(value).to_owned()),
        _ => None,
    }
}

/// `position` or `position:length` of a value, in bytes, a negative position from the end.
fn part(argument: &str, value: &str) -> String {
    let (position, length) = argument.split_once(':').map_or((argument, None), |(a, b)| (a, Some(b)));
    let Ok(position) = position.trim().parse::<i64>() else { return value.to_owned() };
    let len = value.len() as i64;
    let start = if position < 0 { (len + position).max(0) } else { position.min(len) };
    let end = match length.map(|length| length.trim().parse::<i64>()) {
        None => len,
        Some(Ok(length)) => start.saturating_add(length).clamp(start, len),
        Some(Err(_)) => return value.to_owned(),
    };
    value.get(start as usize..end as usize).unwrap_or_default().to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let parts = parse(text).into_iter();
        let shown = parts.map(|part| match part.what {
            What::Text => text[part.range].to_owned(),
            What::Dollar => "$$".to_owned(),
            What::Variable(Variable { name, function }) => match function {
                Function::Plain => format!("<{name}>"),
                Function::Length => format!("<len {name}>"),
                Function::Default(at, default) => {
                    assert!(text[at..].starts_with(default));
                    format!("<{name} or {default}>")
                }
                Function::Other(operator, argument) => format!("<{name} {operator} {argument}>"),
            },
        });
        shown.collect()
    }

    #[test]
    fn expressions_are_found_and_everything_else_is_text() {
        assert_eq!(shown("a ${B}.c"), ["a ", "<B>", ".c"]);
        assert_eq!(shown("$B $(C) $"), ["$B $(C) $"]);
        assert_eq!(shown("$${B} $$$${C}"), ["$$", "{B} ", "$$", "$$", "{C}"]);
        assert_eq!(shown("$$${B}"), ["$$", "<B>"]);
        assert_eq!(shown("${B:=x}${C:-}${D=y z}"), ["<B or x>", "<C or >", "<D or y z>"]);
        assert_eq!(shown("${B:=${C:=d}}!"), ["<B or ${C:=d}>", "!"]);
        assert_eq!(shown("${#B} ${B^^} ${B//a/b}"), ["<len B>", " ", "<B ^^ >", " ", "<B // a/b>"]);
        assert_eq!(shown("${B:0:2}"), ["<B : 0:2>"]);
        assert_eq!(shown("${B[@]} ${} ${-} ${B"), ["${B[@]} ${} ${-} ${B"]);
        assert_eq!(shown("über ${B} é"), ["über ", "<B>", " é"]);
    }

    #[test]
    fn open_braces_cost_one_pass() {
        let text = "${A:=".repeat(200_000);
        assert_eq!(parse(&text).len(), 1);
    }

    #[test]
    fn what_flux_cannot_read_is_told() {
        let refused = |text: &str| -> Vec<String> {
            refused(text, &parse(text)).map(|range| text[range].to_owned()).collect()
        };
        assert_eq!(refused("${A} $B $${arr[@]} $(x) ${A:=${B}}"), [""; 0]);
        assert_eq!(refused("echo ${arr[@]} ${A-f}!"), ["${arr[@]}", "${A-f}"]);
        assert_eq!(refused("${} ${#arr[@]} ${!x} ${A"), ["${}", "${#arr[@]}", "${!x}", "${A"]);
    }

    #[test]
    fn functions_do_what_drone_does() {
        let cases = [
            ("^^", "", "aB", "AB"),
            (",,", "", "aB", "ab"),
            ("^", "", "ab", "Ab"),
            (",", "", "AB", "aB"),
            ("/", "a/b", "aa", "ba"),
            ("//", "a/b", "aa", "bb"),
            ("/#", "v/x", "v1v", "x1v"),
            ("/%", "v/x", "v1v", "v1x"),
            ("#", "v", "v1", "1"),
            ("%", "-eu", "prod-eu", "prod"),
            (":", "0:2", "abc", "ab"),
            (":", "1", "abc", "bc"),
            (":", "-1", "abc", "c"),
            (":", "5", "abc", ""),
            (":", "x", "abc", "abc"),
        ];
        for (operator, argument, value, expected) in cases {
            assert_eq!(called(operator, argument, value).unwrap(), expected, "{operator}{argument}");
        }
        assert_eq!(called("#", "v*", "v1"), None);
        assert_eq!(call("//", "a/bbbb", "aaaa", 16), Some(Some("b".repeat(16))));
        assert_eq!(call("//", "a/bbbb", "aaaa", 15), None);
    }
}
