//! Spans, with the expectation in the text: `«` and `»` stand around every node, and nothing else is a node.

use plimsoll::yaml::Parsed;

use crate::support::{assert_sound, dump, fast, full};

/// The text without its marks, and the spans they stand around, in the order in which nodes begin.
fn unmark(marked: &str) -> (String, Vec<(u32, u32)>) {
    let (mut text, mut spans, mut open) = (String::new(), Vec::new(), Vec::new());
    for character in marked.chars() {
        match character {
            '«' => {
                open.push(spans.len());
                spans.push((text.len() as u32, 0));
            }
            '»' => {
                let index = open.pop().expect("a mark that is open");
                let span: &mut (u32, u32) = &mut spans[index];
                span.1 = text.len() as u32;
            }
            other => text.push(other),
        }
    }
    assert!(open.is_empty(), "{marked:?} has a mark that is not closed");
    (text, spans)
}

const MARKED: &[&str] = &[
    "««key»: «value»»\n",
    "««a»: «1»\n«b»: «two words»»  # comment\n",
    "# before\n\n««a»: «'single'»\n«\"b\"»: «\"dou\\\"ble\"»»\n",
    "««a»:«»\n«b»: «~»\n«c»:«»»  # nothing\n",
    "««a»:\n  ««b»:\n    ««c»: «d»»»\n«e»: «f»»\n",
    "««a»:\n«- «1»\n- «2»»\n«b»: «3»»\n",
    "««a»:\n  «- «1»\n  -«»\n  - ««b»: «c»\n    «d»: «e»»»»\n",
    "«- «- «1»\n  - «2»»\n- «3»»\n",
    "««a»: «[]»\n«b»: «{}»\n«c»: «[«x», «'y'»,«z»]»\n«d»: «{«e»: «f», «g»«», «h»:«»}»»\n",
    "««a»: «[\n  «x», # comment\n  «{«y»: «z»}»\n]»»\n",
    "««a»: «|\n  text\n  more\n»«b»: «>-\n  folded\n\n  text\n\n»«c»: «|2+\n   x\n\n»»",
    "««a»: «|\n  last»»",
    "««a»: «|\n»«b»: «x»»\n",
    "««a»:\n  «- «|\n    x\n»  - «>\n    y\n»»»",
    "««a»: &anchor «x»\n«b»: !!str «y»\n«c»: &d !e «z»\n«f»: &empty«»\n«g»: «*anchor»»\n",
    "««a»: &m\n  ««b»: «c»»\n«d»: &s\n  «- «e»»\n«f»: &t\n«- «g»»»\n",
    "«&k «a»: «b»»\n",
    "««a»: «several\n  lines of\n\n  text»\n«b»: «'quoted\n  lines'»»\n",
    "---\n««a»: «1»»\n---\n«- «b»»\n...\n---«»\n--- «c»\n",
    "««ключ»: «значение»  # комментарий\n«😀»: «[«é», «\"ü\"»]»\n«z»: «|\n  ñ\n»»",
    "««http://x:80/a»: «b:c#d»\n«-x»: «?y»»",
    "«{«\"a\"»:«1»,«\"b\"»:«[«true»,«null»]»}»\n",
];

fn check(marked: &str) {
    let (text, expected) = unmark(marked);
    let spans = |parsed: &Parsed| {
        parsed.arena.nodes.iter().map(|node| (node.span.start, node.span.end())).collect::<Vec<_>>()
    };
    let full = full(&text);
    assert!(full.problems.is_empty(), "{text:?}: {:?}", full.problems);
    assert_sound("span", &text, &full);
    assert_eq!(spans(&full), expected, "full reader, {marked:?}\n{}", dump(&text, &full));
    let fast = fast(&text).unwrap_or_else(|bail| panic!("{text:?}: {bail:?}"));
    assert_eq!(spans(&fast), expected, "fast reader, {marked:?}");
    assert_eq!(fast.comments, full.comments, "{text:?}");
}

#[test]
fn every_node_has_the_span_it_was_written_as() {
    for marked in MARKED {
        check(marked);
    }
}

#[test]
fn a_byte_order_mark_only_shifts_spans() {
    for marked in MARKED {
        check(&format!("\u{feff}{marked}"));
    }
}

#[test]
fn carriage_returns_belong_to_the_line_break() {
    for marked in MARKED {
        check(&marked.replace('\n', "\r\n"));
    }
}

#[test]
fn what_only_the_full_reader_reads_has_spans_too() {
    let cases = [
        "««»: «a»»\n",
        "«? «a»\n: «b»\n? «c»«»»\n",
        "«? «a»\n: «- «b»\n  - «c»»»\n",
        "«[««a»: «b»», «? «c» : «d»», «e»]»\n",
        "«? «|\n  block\n»: «- «x»»»\n",
        "%YAML 1.2\n---\n««a»: !<tag:example.com,2000:x> «b»»\n",
        "««a»: ! «b»\n«c»: !f«»»\n",
    ];
    for marked in cases {
        let (text, expected) = unmark(marked);
        let parsed = full(&text);
        assert_sound("span", &text, &parsed);
        let spans: Vec<_> =
            parsed.arena.nodes.iter().map(|node| (node.span.start, node.span.end())).collect();
        assert!(parsed.problems.is_empty(), "{text:?}: {:?}", parsed.problems);
        assert_eq!(spans, expected, "{marked:?}\n{}", dump(&text, &parsed));
    }
}

#[test]
fn comments_know_whether_they_have_a_line_of_their_own() {
    let text = "\u{feff}# a\nb: 1 # c\n  \t# d\n- # e\n";
    let text = text.replace("- # e", "f: | # e\n  # no comment\n# g");
    for parsed in [fast(&text).expect("simple enough"), full(&text)] {
        let shown: Vec<(&str, bool)> = parsed
            .comments
            .iter()
            .map(|c| (&text[c.span.start as usize..c.span.end() as usize], c.own_line))
            .collect();
        assert_eq!(shown, [("# a", true), ("# c", false), ("# d", true), ("# e", false), ("# g", true)]);
    }
}

#[test]
fn properties_are_found_by_node() {
    let text = "a: &x !!str 1\nb: !y {c: &z d}\ne: &w\n  f: g\n";
    for parsed in [fast(text).expect("simple enough"), full(text)] {
        let slice = |span: plimsoll::source::Span| &text[span.start as usize..span.end() as usize];
        let shown: Vec<(u32, &str, &str)> = (0..parsed.arena.nodes.len() as u32)
            .filter_map(|node| {
                parsed.arena.properties_of(node).map(|p| (node, slice(p.anchor), slice(p.tag)))
            })
            .collect();
        assert_eq!(shown, [(2, "x", "!!str"), (4, "", "!y"), (6, "z", ""), (8, "w", "")]);
    }
}
