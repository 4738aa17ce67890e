//! The grammar of `# plimsoll: ignore[rule, …] reason`. Knows text only: not where a comment stands, nor which rules
//! there are.
//!
//! A directive starts at the marks of its comment (`//`, `/*`, `<!--`, `;`), or at any `#`, so it may follow another
//! comment on the same line (`# {"$imagepolicy": …} # plimsoll: ignore[…]`). Case and spaces around its parts do not matter. Names are
//! separated by commas. The reason reaches to the end of the line or to the next ` # `.

use std::ops::Range;

use crate::config::suggestion;

/// What a directive is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// `ignore`: the place where it stands.
    Here,
    /// `ignore-file`: the file.
    File,
}

/// A directive. Ranges are offsets in the comment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Directive {
    pub reach: Reach,
    /// From the mark to the end of the reason.
    pub range: Range<usize>,
    pub names: Vec<(String, Range<usize>)>,
    pub reason: Option<String>,
}

/// Something that was meant as a directive and is none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Malformed {
    pub range: Range<usize>,
    pub message: String,
    pub help: String,
}

const MARK: &str = "plimsoll";
const FORM: &str = "write `plimsoll: ignore[rule] reason` in the comment";
/// What marks of comments are made of, in every language.
const MARKS: [char; 9] = ['#', '/', '*', ';', '<', '!', '-', '{', ' '];

/// Reads the directives of a comment, which starts with its marks.
pub(super) fn parse(comment: &str) -> Vec<Result<Directive, Malformed>> {
    let first = comment.len() - comment.trim_start_matches(MARKS).len();
    let hashes = comment.match_indices('#').map(|(at, _)| at);
    let later = hashes.filter(|&at| at >= first && comment[..at].ends_with([' ', '\t', '#']));
    let starts = later.map(|at| (at, at + 1));
    std::iter::once((0, first))
        .chain(starts)
        .filter_map(|(start, inner)| one(comment, start, inner))
        .collect()
}

/// The directive whose mark is at `start` and whose text is at `inner`; `None` for any other comment.
fn one(comment: &str, start: usize, inner: usize) -> Option<Result<Directive, Malformed>> {
    let after_mark = comment[inner..].trim_start();
    let (mark, rest) = after_mark.split_at_checked(MARK.len())?;
    if !mark.eq_ignore_ascii_case(MARK) {
        return None;
    }
    let rest = rest.trim_start();
    let (has_colon, rest) = rest.strip_prefix(':').map_or((false, rest), |rest| (true, rest));
    let rest = rest.trim_start();
    let end = comment[inner..].find(" # ").map_or(comment.len(), |at| inner + at);
    let offset = |part: &str| part.as_ptr() as usize - comment.as_ptr() as usize;
    let malformed = |message: String, help: String| Some(Err(Malformed { range: start..end, message, help }));

    let word = &rest
        [..rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).unwrap_or(rest.len())];
    let after_word = rest[word.len()..].trim_start();
    if !has_colon {
        // Prose about plimsoll is no directive; something with brackets was meant as one.
        let meant = matches!(word.to_ascii_lowercase().as_str(), "ignore" | "ignore-file")
            && after_word.starts_with('[');
        return meant.then(|| malformed("a colon is missing after `plimsoll`".into(), FORM.into())).flatten();
    }
    let reach = match word.to_ascii_lowercase().as_str() {
        "ignore" => Reach::Here,
        "ignore-file" => Reach::File,
        "" => return malformed("`plimsoll:` is followed by no directive".into(), FORM.into()),
        _ => {
            let help = suggestion(word, ["ignore", "ignore-file"]).unwrap_or_else(|| FORM.to_owned());
            return malformed(format!("unknown directive `plimsoll: {word}`"), help);
        }
    };
    let help = format!("name the rules: `plimsoll: {}[rule] reason`", word.to_ascii_lowercase());
    let Some(list) = after_word.strip_prefix('[') else {
        return malformed(format!("`plimsoll: {word}` names no rule"), help);
    };
    let Some((list, reason)) = list.split_once(']') else {
        return malformed(format!("`plimsoll: {word}[` has no closing bracket"), help);
    };
    let mut names = Vec::new();
    for name in list.split(',') {
        let name = name.trim();
        if name.is_empty() {
            return malformed(format!("`plimsoll: {word}[{list}]` has an empty name"), help);
        }
        names.push((name.to_owned(), offset(name)..offset(name) + name.len()));
    }
    let end = end.max(offset(reason));
    let reason = comment[offset(reason)..end].trim_start_matches([' ', '\t', ':', '-', '–', '—']).trim_end();
    let end = if reason.is_empty() { offset(list) + list.len() + 1 } else { offset(reason) + reason.len() };
    Some(Ok(Directive {
        reach,
        range: start..end,
        names,
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directive as `reach names | reason`, what is malformed as `! message`.
    fn read(comment: &str) -> Vec<String> {
        let show = |result: Result<Directive, Malformed>| match result {
            Ok(directive) => {
                for (name, range) in &directive.names {
                    assert_eq!(&comment[range.clone()], name);
                }
                assert!(comment[directive.range.clone()].starts_with(MARKS) || comment.starts_with(MARK));
                let names: Vec<_> = directive.names.iter().map(|(name, _)| name.as_str()).collect();
                format!(
                    "{:?} {} | {}",
                    directive.reach,
                    names.join(" "),
                    directive.reason.unwrap_or_default()
                )
            }
            Err(malformed) => format!("! {}", malformed.message),
        };
        parse(comment).into_iter().map(show).collect()
    }

    #[test]
    fn directives_are_read() {
        let cases: &[(&str, &[&str])] = &[
            ("# plimsoll: ignore[a]", &["Here a | "]),
            ("# plimsoll: ignore[a,b , tag:c] because", &["Here a b tag:c | because"]),
            ("#plimsoll:ignore[a]because of #12", &["Here a | because of #12"]),
            ("# PLIMSOLL : Ignore [ a ] : why", &["Here a | why"]),
            ("# plimsoll: ignore[a] -- why — not", &["Here a | why — not"]),
            ("# plimsoll: ignore-file[a] generated", &["File a | generated"]),
            ("## plimsoll: ignore[a]", &["Here a | "]),
            ("// plimsoll: ignore[a] b // c", &["Here a | b // c"]),
            ("/* plimsoll: ignore[a] b", &["Here a | b"]),
            ("* plimsoll: ignore[a]", &["Here a | "]),
            ("plimsoll: ignore[a]", &["Here a | "]),
            ("<!-- plimsoll: ignore-file[a] b", &["File a | b"]),
            ("; plimsoll: ignore[a] # plimsoll: ignore[b]", &["Here a | ", "Here b | "]),
            ("{{- /* plimsoll: ignore[a]", &["Here a | "]),
            ("// see # plimsoll: ignore[b]", &["Here b | "]),
            ("# {\"$imagepolicy\": \"x\"} # plimsoll: ignore[a] flux", &["Here a | flux"]),
            ("# plimsoll: ignore[a] one # plimsoll: ignore[b] two", &["Here a | one", "Here b | two"]),
            ("# plimsoll: ignore[a] one # checkov:skip=X:y", &["Here a | one"]),
            ("# see the plimsoll: docs", &[]),
            ("# plimsoll reports this", &[]),
            ("# plimsolls: ignore[a]", &[]),
            ("# x#plimsoll: ignore[a]", &[]),
            ("#", &[]),
            ("# é", &[]),
        ];
        for (comment, expected) in cases {
            assert_eq!(read(comment), *expected, "{comment}");
        }
    }

    #[test]
    fn what_is_no_directive_but_was_meant_as_one_is_named() {
        let cases = [
            ("# plimsoll: ignore", "! `plimsoll: ignore` names no rule"),
            ("# plimsoll: ignore image-latest-tag", "! `plimsoll: ignore` names no rule"),
            ("# plimsoll: ignore[]", "! `plimsoll: ignore[]` has an empty name"),
            ("# plimsoll: ignore[a,]", "! `plimsoll: ignore[a,]` has an empty name"),
            ("# plimsoll: ignore[a", "! `plimsoll: ignore[` has no closing bracket"),
            ("# plimsoll: ingore[a]", "! unknown directive `plimsoll: ingore`"),
            ("# plimsoll: disable[a]", "! unknown directive `plimsoll: disable`"),
            ("# plimsoll:", "! `plimsoll:` is followed by no directive"),
            ("# plimsoll ignore[a]", "! a colon is missing after `plimsoll`"),
        ];
        for (comment, expected) in cases {
            assert_eq!(read(comment), [expected], "{comment}");
        }
    }
}
