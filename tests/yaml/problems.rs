//! What cannot be read: where the problem points, what it says, and which documents survive. In the texts, `«`
//! and `»` stand around the problem's span and `‹›` around the second place that explains it.

use plimsoll::yaml::{Limits, ProblemKind, parse};

use crate::support::{ID, assert_sound, full, read, source};

/// The text without its marks, and the spans that were marked.
fn unmark(marked: &str, open: char, close: char) -> (String, Option<(u32, u32)>) {
    let Some((before, rest)) = marked.split_once(open) else { return (marked.to_owned(), None) };
    let (inside, after) = rest.split_once(close).expect("both marks");
    let start = before.len() as u32;
    (format!("{before}{inside}{after}"), Some((start, start + inside.len() as u32)))
}

fn check(marked: &str, words: &[&str], survivors: &[&str]) {
    // The related place comes first in the text, so its marks shift the other's.
    let (text, place) = unmark(marked, '«', '»');
    let (text, related) = unmark(&text, '‹', '›');
    let shift = if related.is_some() { ('‹'.len_utf8() + '›'.len_utf8()) as u32 } else { 0 };
    let (start, end) = place.expect("a marked problem");
    let parsed = read(&text);
    assert_sound("problem", &text, &parsed);
    let problem = parsed.problems.first().unwrap_or_else(|| panic!("{text:?} has no problem"));
    assert_eq!(parsed.problems.len(), 1, "{text:?}: {:?}", parsed.problems);
    assert_eq!(problem.kind, ProblemKind::Syntax);
    assert_eq!(
        (problem.span.start, problem.span.end()),
        (start - shift, end - shift),
        "{text:?}: {problem:?}"
    );
    for word in words {
        assert!(problem.message.contains(word), "{text:?}: {:?} lacks {word:?}", problem.message);
    }
    let found = problem.related.as_ref().map(|(span, _)| (span.start, span.end()));
    assert_eq!(found, related, "{text:?}: {problem:?}");
    let roots = parsed.documents.iter().map(|&root| {
        let span = parsed.arena.nodes[root as usize].span;
        &text[span.start as usize..span.end() as usize]
    });
    assert_eq!(roots.collect::<Vec<_>>(), survivors, "{text:?}");
}

#[test]
fn quotes_that_stay_open_point_back_at_the_quote() {
    check("a: ‹\"›x\n«b»: 1\n", &["found `b:`", "closing quote"], &[]);
    check("‹\"›a\n«»", &["end of the file", "closing quote"], &[]);
    check("a: ‹'›x«»", &["end of the file", "closing quote"], &[]);
    check("a: 1\n---\nb: ‹\"›x # '\n«-»--\nc: 3\n", &["found `---`"], &["a: 1", "c: 3"]);
    check("a: it's # a '\nb: ‹'›x\n«c»: 1\n", &["found `c:`"], &[]);
    check("a: \"b\" «c»\n", &["found `c`", "behind the closing quote"], &[]);
}

#[test]
fn escapes_are_named() {
    check("a: \"C:«\\»dir\"\n", &["unknown escape `\\d`", "`\\\\`"], &[]);
    check("a: \"\\\\ \\n «\\»xzz\"\n", &["no character"], &[]);
    check("a: \"«\\»ud83d\"\n", &["no character"], &[]);
    check("a: \"\\ud83d\\ude00 «\\»ude00\"\n", &["no character"], &[]);
}

#[test]
fn indentation_and_colons() {
    check("a: b«:» c\n", &["found `:`", "needs quotes"], &[]);
    check("a: 1\n b«:» 2\n", &["indented wrongly"], &[]);
    check("a:\n«\t»b: 1\n", &["a tab", "spaces"], &[]);
    check("a: 1\n«f»oo\n", &["found `foo`", "expected `:`"], &[]);
    check("- a\n«b»: c\n", &["found `b:`", "expected `-`"], &[]);
    check("a: |\n  x\n «y»\n", &["found `y`", "less indentation"], &[]);
    check("- - a\n «b»: c\n", &["found `b:`", "expected `-`"], &[]);
}

#[test]
fn brackets() {
    check("a: 1\n---\nb: «[»1, 2\n---\nc: 3\n", &["`[` without its `]`"], &["a: 1", "c: 3"]);
    check("a: «{»b: c", &["`{` without its `}`"], &[]);
    check("a: «[»1, 2}\n", &["closed by `}`", "expected `]`"], &[]);
}

#[test]
fn characters() {
    check("a: x«\0»y\n---\nb: 1\n", &["U+0000"], &["b: 1"]);
    check("a: x«\u{1b}»[31m\n---\nb: 1\n", &["U+001B"], &["b: 1"]);
    check("a: \"«\u{7f}»\"\n", &["U+007F"], &[]);
    check("a: «`»x`\n", &["'`x`'", "quotes"], &[]);
    check("a: «@»x\n", &["`@x`", "quotes"], &[]);
    check("\u{feff}a: 1\n«\u{feff}»b: 2\n", &["byte order mark"], &[]);
    check("a: \"b\"«#» c\n", &["whitespace"], &[]);
}

#[test]
fn mappings_as_keys_look_like_templates() {
    check("a: 1\n---\nb: {«{» .Values.x }}\n---\nc: 3\n", &["used as a key", "template"], &["a: 1", "c: 3"]);
    check("«{»{ .x }}: 1\n", &["template"], &[]);
    check("? «[»a]\n: b\n", &["used as a key"], &[]);
    check("a: &a {b: c}\n«*a» : d\n", &["used as a key"], &[]);
}

#[test]
fn aliases_and_directives() {
    check("a: «*x»\n---\nb: &x 1\n", &["`*x`", "`&x`"], &["b: &x 1"]);
    check("a: &x 1\n---\nb: «*x»\n", &["`*x`"], &["a: &x 1"]);
    check("a: «*x»\nb: &x 1\n", &["before it"], &[]);
    check("«%»YAML 9.9\n---\na: 1\n---\nb: 2\n", &["%YAML"], &["b: 2"]);
    check("a: 1\n...\n«%»YAML 9.9\n---\nb: 1\n", &["%YAML"], &["a: 1"]);
    check("a: «!»x!y z\n", &["%TAG"], &[]);
}

#[test]
fn every_document_is_judged_alone() {
    let text = "a: [\n---\nb: 1\n---\nc: \"\n---\nd: 1\n---\n- e\nf\n---\ng: 1\n";
    let parsed = read(text);
    assert_eq!(parsed.problems.len(), 3, "{:?}", parsed.problems);
    assert_eq!(parsed.documents.len(), 3);
    assert!(parsed.problems.is_sorted_by_key(|problem| problem.span.start));
}

#[test]
fn comments_of_a_broken_document_are_kept() {
    let text = "# one\na: [ # two\n---\n# three\nb: 1\n";
    let parsed = read(text);
    let shown: Vec<&str> =
        parsed.comments.iter().map(|c| &text[c.span.start as usize..c.span.end() as usize]).collect();
    assert_eq!(shown, ["# one", "# two", "# three"]);
}

#[test]
fn quoted_text_may_be_indented_as_in_kubernetes() {
    // Dumps of cluster objects have such text; YAML 1.2 wants it indented, go-yaml does not care.
    let text = "a: 'x\nb'\nc:\n  d: \"y\n z\"\n---\ne: ['p\nq']\n";
    assert!(!full(text).problems.is_empty(), "the strict grammar refuses it");
    let parsed = read(text);
    assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
    assert_eq!(parsed.documents.len(), 2);
    // Lenience ends at a marker, and does not hide other problems.
    assert_eq!(read("a: 'x\n---\nb'\n").problems.len(), 1);
    assert_eq!(read("a: 'x\nb'\nc: d: e\n").problems.len(), 1);
}

#[test]
fn limits_are_named() {
    let limits = Limits { depth: 3 };
    for text in
        ["[[[[]]]]", "- - - - a", "a:\n  b:\n    c:\n      d: 1\n", "- [{a: [b]}]", "a:\n- b:\n  - {}\n"]
    {
        let deep = parse(&source(text), ID, limits);
        let message = deep.problems.first().map(|problem| problem.message.clone()).unwrap_or_default();

        assert!(message.contains("limit of 3"), "{text:?}: {message:?}");
        assert!(parse(&source(text), ID, Limits { depth: 5 }).problems.is_empty(), "{text:?}");
    }
    for text in ["[[[]]]", "- - - a", "a:\n  b:\n    c: 1\n", "- [{a: b}]"] {
        assert!(parse(&source(text), ID, limits).problems.is_empty(), "{text:?}");
    }
    // Beyond the depth to which the fast reader recurses, the full reader goes on.
    let deep = "[".repeat(2_000) + &"]".repeat(2_000);
    let parsed = parse(&source(&deep), ID, Limits { depth: 5_000 });
    assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
    let indented = format!("a: |\n{}x\n", " ".repeat(300));
    assert!(read(&indented).problems[0].message.contains("255 columns"));
}
