//! `key=value` and `key: value` in text that is no YAML of ours: properties, ini files, scripts, command lines.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::packed::Searcher;

use super::key_name::CLEAR_ENDS;

/// A key and the value given to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assignment<'a> {
    /// The key, without the dashes of a flag.
    pub key: &'a str,
    /// The value, without its quotes.
    pub value: &'a str,
    /// Where the value stands in the text.
    pub range: Range<usize>,
    /// Whether the value was quoted: code without quotes is an expression.
    pub quoted: bool,
    /// Whether the line is a comment.
    pub comment: bool,
}

/// The assignments of a text, at most one a line: the first separator behind a key counts.
pub fn in_lines(text: &str) -> impl Iterator<Item = Assignment<'_>> {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        in_line(line.trim_end(), start)
    })
}

/// Those of [`in_lines`] whose keys may be [clearly](super::KeyClass::Clear) of credentials: lines without the words that
/// such keys end with are not taken apart.
pub fn in_clear_lines(text: &str) -> impl Iterator<Item = Assignment<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
            let hit = clear_end(rest)?;
            let start = rest[..hit].rfind('\n').map_or(at, |line| at + line + 1);
            let end =
                memchr::memchr(b'\n', &rest.as_bytes()[hit..]).map_or(text.len(), |end| at + hit + end + 1);
            at = end;
            if let Some(found) = in_line(text[start..end].trim_end(), start) {
                return Some(found);
            }
        }
    })
}

/// Where the first word is, in letters of any case, that keys of credentials end with.
fn clear_end(text: &str) -> Option<usize> {
    /// So many letters of each word are looked for in every case: the search by vectors takes 64 texts.
    const LETTERS: usize = 3;
    static STARTS: LazyLock<Option<Searcher>> = LazyLock::new(|| {
        let cases = |word: &'static str| {
            (0..1_u8 << LETTERS).map(move |upper| {
                let letters = word.bytes().take(LETTERS).enumerate();
                letters
                    .map(
                        |(at, letter)| {
                            if upper >> at & 1 == 1 { letter.to_ascii_uppercase() } else { letter }
                        },
                    )
                    .collect::<Vec<u8>>()
            })
        };
        Searcher::new(CLEAR_ENDS.into_iter().flat_map(cases))
    });
    // Without vectors no line is left out.
    let Some(starts) = &*STARTS else { return Some(0) };
    let bytes = text.as_bytes();
    let mut from = 0;
    loop {
        let start = starts.find_in(bytes, (from..bytes.len()).into())?.start();
        let rest = bytes.get(start..)?;
        let is_word =
            |word: &str| rest.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word.as_bytes()));
        if CLEAR_ENDS.into_iter().any(is_word) {
            return Some(start);
        }
        from = start + 1;
    }
}

fn in_line(line: &str, offset: usize) -> Option<Assignment<'_>> {
    let comment = line.trim_start().starts_with(['#', ';']) || line.trim_start().starts_with("//");
    let separator = line.char_indices().find(|&(at, c)| match c {
        '=' => true,
        // A colon without a space behind it is one of a URL, a time or an image; with a quote behind it and a space
        // before it, it begins a variable of psql.
        ':' if line[..at].ends_with(' ') => {
            line[at + 1..].is_empty() || line[at + 1..].starts_with([' ', '\t'])
        }
        ':' => line[at + 1..].is_empty() || line[at + 1..].starts_with([' ', '\t', '"', '\'']),
        _ => false,
    });
    let (at, _) = separator?;
    let key_end = line[..at].trim_end_matches([' ', '\t', '"', '\'', '?', '+', ':']).len();
    let key = last_name(&line[..key_end]);
    // A pass of the setup of Windows: <https://learn.microsoft.com/windows-hardware/customize/desktop/unattend/>.
    if key == "pass" && line.trim_start().starts_with("<settings ") {
        return None;
    }
    let rest = line[at + 1..].trim_start_matches(['=', '>']);
    value(line, line.len() - rest.len(), offset, key, comment)
}

/// Whatever could be an assignment, wherever it stands in a line: in a comment behind a value, in a list. Values
/// reach to the end of the line.
pub fn anywhere(text: &str) -> impl Iterator<Item = Assignment<'_>> {
    let mut at = 0;
    text.split_inclusive('\n').flat_map(move |line| {
        let start = at;
        at += line.len();
        let line = line.trim_end();
        line.match_indices(['=', ':']).filter_map(move |(separator, _)| {
            let key = last_name(line[..separator].trim_end_matches([' ', '"', '\'']));
            value(line, separator + 1, start, key, false)
        })
    })
}

/// Every assignment in a command line or script, wherever it stands: `--password=x`, `--password x`,
/// `PGPASSWORD=x psql`.
pub fn in_command(text: &str) -> Vec<Assignment<'_>> {
    let mut found = Vec::new();
    let mut flag: Option<&str> = None;
    let mut at = 0;
    for word in text.split_inclusive(|c: char| c.is_whitespace()) {
        let start = at;
        at += word.len();
        let word = word.trim_end();
        if word.is_empty() {
            continue;
        }
        if let Some((key, rest)) = word.split_once('=') {
            found.extend(value(
                &text[..start + word.len()],
                start + word.len() - rest.len(),
                0,
                last_name(key),
                false,
            ));
            flag = None;
        } else if let Some(key) = flag.take().filter(|_| !word.starts_with('-')) {
            found.extend(value(&text[..start + word.len()], start, 0, key, false));
        } else if word.starts_with("--") {
            flag = Some(last_name(word));
        }
    }
    found
}

/// The name at the end of what stands before a separator: `export DB_PASSWORD`, `- "password`, `--password`.
fn last_name(text: &str) -> &str {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let start = text.char_indices().rev().find(|&(_, c)| !is_name(c)).map_or(0, |(at, c)| at + c.len_utf8());
    text[start..].trim_start_matches('-')
}

/// No credential on one line is longer, in bytes.
const LONGEST: usize = 8 << 10;

/// The assignment of the value that starts at `from` of `line`, quotes and trailing punctuation left out.
fn value<'a>(
    line: &'a str,
    from: usize,
    offset: usize,
    key: &'a str,
    comment: bool,
) -> Option<Assignment<'a>> {
    if key.is_empty() {
        return None;
    }
    let rest = line.get(from..)?;
    let from = from + (rest.len() - rest.trim_start().len());
    // On a line of a megabyte, to look to its end for every colon would take a day.
    let rest = line.get(from..)?;
    let rest = rest.get(..LONGEST).unwrap_or(rest);
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (from, value) = match quote {
        Some(quote) => {
            let inner = &rest[1..];
            (from + 1, &inner[..inner.find(quote).unwrap_or(inner.len())])
        }
        None => {
            let end = rest.find(" #").or_else(|| rest.find("\t#")).unwrap_or(rest.len());
            (from, rest[..end].trim_end().trim_end_matches([',', ';', '"', '\'']))
        }
    };
    let range = offset + from..offset + from + value.len();
    Some(Assignment { key, value, range, quoted: quote.is_some(), comment })
}

#[cfg(test)]
mod tests {
    use super::super::{KeyClass, credential_key};
    use super::*;

    #[test]
    fn lines() {
        let text = "db.password=one\nexport PASS=\"two\" # why\n  \"token\": \"three\",\n# pwd: four\nurl: http://x:5\nhttp://a\n";
        let found: Vec<(&str, &str, bool)> = in_lines(text).map(|a| (a.key, a.value, a.comment)).collect();
        let expected = [
            ("db.password", "one", false),
            ("PASS", "two", false),
            ("token", "three", false),
            ("pwd", "four", true),
            ("url", "http://x:5", false),
        ];
        assert_eq!(found, expected);
        for found in in_lines(text) {
            assert_eq!(&text[found.range.clone()], found.value);
        }
    }

    #[test]
    fn clear_lines_are_those_of_clear_keys() {
        let texts = [
            "a: 1\nDB_PASSWORD=x\n\nb: 2\nnot a line with a token\napi_key: 'y'\r\nlast: Pass",
            "password=1",
            "",
            "\n\npwd: 2\nsecretKeyRef: 3\npsk = ü\n",
        ];
        for text in texts {
            let is_clear = |it: &Assignment<'_>| credential_key(it.key) == Some(KeyClass::Clear);
            let all: Vec<_> = in_lines(text).filter(is_clear).collect();
            assert_eq!(in_clear_lines(text).filter(is_clear).collect::<Vec<_>>(), all, "{text}");
        }
    }

    #[test]
    fn commands() {
        let text = "PGPASSWORD=one psql --password two --token='three' --verbose --user=me -p four";
        let found: Vec<(&str, &str)> = in_command(text).into_iter().map(|a| (a.key, a.value)).collect();
        assert_eq!(found, [("PGPASSWORD", "one"), ("password", "two"), ("token", "three"), ("user", "me")]);
        for found in in_command(text) {
            assert_eq!(&text[found.range.clone()], found.value);
        }
    }

    #[test]
    fn words_are_found_in_any_case() {
        assert_eq!(clear_end(&format!("{}\nDB_PaSs=x", "seconds, past, tokyo, keen\n".repeat(9))), Some(247));
        assert_eq!(clear_end("a long line about nothing at all, and another one"), None);
        assert_eq!(clear_end("pW"), None);
        assert_eq!(clear_end("KEY"), Some(0));
    }
}
