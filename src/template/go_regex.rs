//! Regular expressions as Go writes them, in ours.
//!
//! Owns the differences that people meet: what means itself, and text that is quoted as a whole. Must not know what is
//! matched.

use regex::bytes::{Regex, RegexBuilder};

/// The largest program that an expression may become, in bytes: one that counts to a thousand in itself is made up.
const LARGEST: usize = 1 << 20;

/// The expression, or what is wrong with it in one line. It is about bytes, and `\w` and `\d` are ASCII.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(&translate(pattern)).unicode(false).size_limit(LARGEST).build().map_err(|error| {
        let error = error.to_string();
        // The last line says what is wrong, those before draw it.
        error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
    })
}

/// The expression for text, of which a character is matched as a whole. `\w`, `\d`, `\s` and `\b` are ASCII.
pub(crate) fn compile_text(pattern: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(&ascii_classes(&translate(pattern))).size_limit(LARGEST).build();
    // What ours has no tables for is matched byte by byte.
    built.or_else(|_| compile(pattern))
}

/// Names of classes that are ASCII in Go, written out.
fn ascii_classes(pattern: &str) -> String {
    let mut written = String::with_capacity(pattern.len());
    let mut signs = pattern.chars();
    let mut in_class = false;
    while let Some(sign) = signs.next() {
        if sign != '\\' {
            in_class = match sign {
                '[' => true,
                ']' => false,
                _ => in_class,
            };
            written.push(sign);
            continue;
        }
        let Some(escaped) = signs.next() else {
            written.push(sign);
            break;
        };
        let ascii = match (escaped, in_class) {
            ('w', true) => "0-9A-Za-z_",
            ('d', true) => "0-9",
            ('s', true) => r"\t\n\f\r ",
            ('w', false) => "[0-9A-Za-z_]",
            ('d', false) => "[0-9]",
            ('s', false) => r"[\t\n\f\r ]",
            ('W', _) => "[^0-9A-Za-z_]",
            ('D', _) => "[^0-9]",
            ('S', _) => r"[^\t\n\f\r ]",
            ('b', false) => r"(?-u:\b)",
            _ => {
                written.extend([sign, escaped]);
                continue;
            }
        };
        written.push_str(ascii);
    }
    written
}

/// A brace that begins no count means itself in Go, as do a bracket among the characters of a class, `\<` and `\>`, and
/// all between `\Q` and `\E`.
pub(crate) fn translate(pattern: &str) -> String {
    let mut translated = String::with_capacity(pattern.len());
    let mut rest = pattern;
    // Length of the rest behind the bracket that opened the class, and behind its `^`.
    let mut class: Option<usize> = None;
    // Whether the token before stands for several characters, so that no range begins with it.
    let mut is_behind_set = false;
    while let Some(sign) = rest.chars().next() {
        if let Some(quoted) = rest.strip_prefix("\\Q").filter(|_| class.is_none()) {
            let (quoted, after) = quoted.split_once("\\E").unwrap_or((quoted, ""));
            translated.push_str(&regex::escape(quoted));
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix('\\').filter(|after| after.starts_with(['<', '>'])) {
            rest = after;
            continue;
        }
        let length = match sign {
            '\\' => escape_len(rest),
            _ => sign.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        let is_itself = match (sign, class) {
            ('{', None) => !is_count(after),
            ('[', Some(_)) => !after.starts_with(':'),
            ('-', Some(_)) if is_behind_set => true,
            // What would join two classes in ours.
            ('&' | '-' | '~', Some(_)) => after.starts_with(sign),
            _ => false,
        };
        match (sign, class) {
            ('[', None) => class = Some(after.strip_prefix('^').unwrap_or(after).len()),
            // The first character of a class never ends it.
            (']', Some(start)) if rest.len() < start && !is_named_class(translated.as_str()) => class = None,
            _ => {}
        }
        if is_itself {
            translated.push('\\');
        }
        translated.push_str(token);
        is_behind_set = translated.ends_with(":]")
            || sign == '\\' && token.chars().nth(1).is_some_and(|sign| "dDsSwWpP".contains(sign));
        rest = after;
    }
    translated
}

/// Bytes of an escape: `\d`, or with what is in braces `\p{L}`.
fn escape_len(rest: &str) -> usize {
    let length = 1 + rest.chars().nth(1).map_or(0, char::len_utf8);
    let braced = rest.starts_with("\\p{") || rest.starts_with("\\P{") || rest.starts_with("\\x{");
    rest.find('}').filter(|_| braced).map_or(length, |end| end + 1)
}

/// Whether text behind a brace makes it a count: `{2}`, `{2,}` or `{2,3}`.
fn is_count(after: &str) -> bool {
    let Some((count, _)) = after.split_once('}') else { return false };
    let (least, most) = count.split_once(',').unwrap_or((count, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && is_number(least) && is_number(most)
}

/// Whether a bracket that comes now closes a name such as `[:alpha:]`.
fn is_named_class(before: &str) -> bool {
    before.ends_with(':') && before.rfind("[:").is_some_and(|at| at + 2 < before.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_of_go() {
        for (pattern, text, expected) in [
            ("^a{2}$", "aa", true),
            ("^a{2,}$", "aaa", true),
            ("^a{1,2}$", "aaa", false),
            ("^a{,2}$", "a{,2}", true),
            ("^{a}$", "{a}", true),
            ("^{{ .name }}$", "{{ xname }}", true),
            (r"^\{a}$", "{a}", true),
            ("^[{]$", "{", true),
            ("^[[a]$", "[", true),
            ("^[]a]+$", "a]", true),
            ("^[^]a]+$", "b", true),
            ("^[[:alpha:]_]+$", "a_b", true),
            ("^[a&&b]+$", "a&b", true),
            (r"^\w+$", "é", false),
            ("^.$", "\n", false),
            (r"^\Qa.b\E$", "a.b", true),
            (r"^\Qa.b\E$", "axb", false),
            (r"^a\Q.[", "a.[", true),
            (r"^a\<b\>$", "a<b>", true),
        ] {
            let regex = compile(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(regex.is_match(text.as_bytes()), expected, "{pattern} {text}");
        }
        for (pattern, text, expected) in [
            ("^[^a]$", "é", true),
            (r"^\w$", "é", false),
            (r"^[\w.]+$", "a.b", true),
            (r"^[\w-\.]+$", "a-b.c", true),
            (r"^[[:alnum:]-.]+$", "a-b.c", true),
            (r"^\p{L}$", "é", true),
        ] {
            let regex = compile_text(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(regex.is_match(text.as_bytes()), expected, "{pattern} {text}");
        }
        assert_eq!(compile("a(b").map(|_| ()), Err("unclosed group".to_owned()));
        assert_eq!(compile("*").map(|_| ()), Err("repetition operator missing expression".to_owned()));
    }
}
