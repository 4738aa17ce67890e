//! Text that was made to hurt: nothing panics, overflows the stack, or takes more than its size in time.

use std::fmt::Write;

use plimsoll::yaml::{Kind, ProblemKind, Style, decode, segments};

use crate::support::{assert_sound, fast, full, read};

#[test]
fn aliases_stay_small() {
    let mut text = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..40_u8 {
        let (name, below) =
            (format!("n{level}"), if level == 1 { "a".to_owned() } else { format!("n{}", level - 1) });
        writeln!(text, "{name}: &{name} [{}]", vec![format!("*{below}"); 9].join(", ")).unwrap();
    }
    let parsed = read(&text);
    assert!(parsed.arena.nodes.len() < 500);
    // Who follows them would not come to an end, so nobody gets to see the document.
    assert!(parsed.documents.is_empty());
    assert_eq!(parsed.problems.len(), 1);
    assert_eq!(parsed.problems[0].kind, ProblemKind::Aliases);
}

#[test]
fn an_alias_stands_for_the_last_anchor_before_it() {
    for parse in [full, |text: &str| fast(text).expect("simple enough")] {
        let text = "a: &x 1\nb: *x\nc: &x 2\nd: *x\ne: &self [*self]\n";
        let parsed = parse(text);
        let aliases: Vec<&str> = parsed
            .arena
            .nodes
            .iter()
            .filter(|node| node.kind == Kind::Alias)
            .map(|node| parsed.arena.nodes[node.aux as usize].span)
            .map(|span| &text[span.start as usize..span.end() as usize])
            .collect();
        assert_eq!(aliases, ["1", "2", "[*self]"]);
    }
}

#[test]
fn depth_is_limited_not_the_stack() {
    let maps: String = (0..3000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    let texts = [
        "[".repeat(10_000),
        "{a: ".repeat(10_000),
        "- ".repeat(10_000),
        "[".repeat(100_000) + &"]".repeat(100_000),
        maps,
        "[{a: ".repeat(5_000),
        "- ".repeat(200) + &"[".repeat(200) + &"]".repeat(200),
    ];
    for text in &texts {
        let parsed = read(text);
        let start: String = text.chars().take(12).collect();
        assert_eq!(parsed.problems.len(), 1, "{start}");
        assert!(parsed.problems[0].message.contains("limit of 256"), "{start}: {:?}", parsed.problems);
        assert!(parsed.documents.is_empty());
    }
    // The keys come first here.
    assert_eq!(read(&"? ".repeat(5_000)).problems.len(), 1);
    let deepest = "[".repeat(256) + &"]".repeat(256);
    assert!(read(&deepest).problems.is_empty());
    assert_eq!(fast(&deepest).expect("allowed").arena, full(&deepest).arena);
}

#[test]
fn a_scalar_of_a_hundred_megabytes_is_read() {
    let mut text = String::with_capacity(101 << 20);
    text.push_str("a: |\n");
    while text.len() < 100 << 20 {
        text.push_str(
            "  0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789\n",
        );
    }
    let parsed = read(&text);
    assert!(parsed.problems.is_empty());
    assert_eq!(parsed.arena.nodes.len(), 3);
    let value = &parsed.arena.nodes[2];
    assert_eq!(value.style, Style::Literal);
    assert_eq!(value.span.end() as usize, text.len());
    // One line is as good as all: decoding is tested elsewhere, here only that it is linear.
    assert_eq!(decode(&text, value).len(), (text.len() - 5) / 90 * 88);
}

#[test]
fn many_keys_are_compared_in_linear_time() {
    let mut text = String::new();
    for number in 0..100_000 {
        writeln!(text, "k{number}: {number}").unwrap();
    }
    text.push_str("k99999: again\n");
    let parsed = read(&text);
    assert_eq!(parsed.problems.len(), 1);
    // The same key, as often: each is a duplicate of the first.
    let parsed = read(&"a: 1\n".repeat(100_000));
    assert_eq!(parsed.problems.len(), 99_999);
    assert!(parsed.problems.iter().all(|problem| problem.kind == ProblemKind::DuplicateKey));
}

#[test]
fn comments_do_not_run_into_a_limit() {
    for count in [95, 96, 97, 500, 20_000] {
        let text = format!("a:\n{}  b: 1\n", "  # comment\n".repeat(count));
        for parsed in [full(&text), read(&text)] {
            assert!(parsed.problems.is_empty(), "{count}: {:?}", parsed.problems);
            assert_eq!(parsed.comments.len(), count);
            assert_eq!(parsed.documents.len(), 1);
        }
    }
}

#[test]
fn texts_with_nothing_in_them() {
    for (text, documents) in [
        ("", 0),
        ("\n\n", 0),
        ("  \n", 0),
        ("# only\n# comments\n", 0),
        ("\u{feff}", 0),
        ("...\n", 0),
        ("---", 1),
        ("---\n", 1),
        ("---\n---\n", 2),
        ("--- # comment\n...\n", 1),
        ("---\n# comment\n", 1),
        ("\u{feff}---\n", 1),
    ] {
        for parsed in [full(text), read(text)] {
            assert!(parsed.problems.is_empty(), "{text:?}: {:?}", parsed.problems);
            assert_eq!(parsed.documents.len(), documents, "{text:?}");
            assert!(parsed.arena.nodes.iter().all(|node| node.style == Style::Empty), "{text:?}");
            assert_sound("empty", text, &parsed);
        }
        assert_eq!(read(text).source().is_none(), documents == 0);
    }
}

#[test]
fn separators_of_yaml_1_1_are_left_to_the_full_reader() {
    for separator in ["\u{85}", "\u{2028}", "\u{2029}"] {
        let text = format!("a: x{separator}y\nb: 1\n");
        assert!(fast(&text).is_err());
        let parsed = read(&text);
        assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
        assert_eq!(decode(&text, &parsed.arena.nodes[2]), format!("x{separator}y"));
    }
    // A lone CR ends a line for YAML.
    let text = "a: 1\rb: 2\r";
    assert!(fast(text).is_err());
    assert_eq!(read(text).arena.nodes[0].aux, 4);
}

#[test]
fn large_json_is_read() {
    let mut text = "{\"items\": [\n".to_owned();
    for number in 0..20_000 {
        writeln!(text, "  {{\"id\":{number},\"name\":\"x\\u00e9\\/\\ud83d\\ude00\",\"on\":true,\"tags\":[],\"more\":{{}}}},").unwrap();
    }
    text.push_str("  null\n]}\n");
    let parsed = read(&text);
    assert!(parsed.problems.is_empty(), "{:?}", parsed.problems.first());
    let name = parsed.arena.nodes.iter().find(|node| decode(&text, node) == "x\u{e9}/\u{1f600}");
    let name = name.expect("escapes of JSON are decoded");
    let (start, end) = segments(&text, name).source_range(4, 8);
    assert_eq!(&text[start as usize..end as usize], "\\ud83d\\ude00");
}
