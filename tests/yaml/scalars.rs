//! Decoded text and segments: against granit-parser's values, against each other, and as written-out cases.

use granit_parser::{Event, Parser, options};
use plimsoll::yaml::{Kind, Node, Parsed, Style, decode, segments};

use crate::manifests::SEEDS;
use crate::mutate::mutate;
use crate::support::{Random, full, read};

/// The one value of `text`, which is a scalar or a mapping or sequence with one value that is one.
fn value(text: &str) -> String {
    let parsed = read(text);
    assert!(parsed.problems.is_empty(), "{text:?}: {:?}", parsed.problems);
    let node = parsed.arena.nodes.last().expect("a node");
    check_segments(text, node);
    decode(text, node).into_owned()
}

#[test]
fn plain_and_quoted_text_folds() {
    let cases = [
        ("a: b\n", "b"),
        ("a: b\n  c\n", "b c"),
        ("a: b\n\n  c\n", "b\nc"),
        ("a: b  \n \n\n  c d  # e\n", "b\n\nc d"),
        ("a: b\r\n  c\r\n", "b c"),
        ("a: 'b''c'\n", "b'c"),
        ("a: ''''\n", "'"),
        ("a: ' b \n  c '\n", " b c "),
        ("a: 'b\n\n  c'\n", "b\nc"),
        ("a: 'b\\n'\n", "b\\n"),
        ("a: ''\n", ""),
        ("a: \"\"\n", ""),
        ("a: \"b\\\n  c\"\n", "bc"),
        ("a: \"b \\\n  \\ c\"\n", "b  c"),
        ("a: \"b\\\n\n  c\"\n", "b\nc"),
        ("a: \"b\\t \n  c\"\n", "b\t c"),
        ("a: \"b\r\n  c\"\r\n", "b c"),
        (
            "a: \"\\0\\a\\b\\t\\n\\v\\f\\r\\e\\\"\\/\\\\\\N\\_\\L\\P\"\n",
            "\0\u{7}\u{8}\t\n\u{b}\u{c}\r\u{1b}\"/\\\u{85}\u{a0}\u{2028}\u{2029}",
        ),
        ("a: \"\\x41\\u00e9\\U0001F600\"\n", "A\u{e9}\u{1f600}"),
        // JSON writes characters beyond the first plane as a pair.
        ("{\"a\": \"\\ud83d\\ude00 \\/\"}\n", "\u{1f600} /"),
    ];
    for (text, expected) in cases {
        assert_eq!(value(text), expected, "{text:?}");
    }
}

#[test]
fn block_text_is_chomped_and_folded() {
    let cases = [
        ("a: |\n  b\n", "b\n"),
        ("a: |\n  b\n\n\n", "b\n"),
        ("a: |-\n  b\n\n", "b"),
        ("a: |+\n  b\n\n", "b\n\n"),
        ("a: |\n", ""),
        ("a: |+\n\n\n", "\n\n"),
        ("a: |+\n   \n \n", "\n\n"),
        ("a: |\n\n  b\n", "\nb\n"),
        ("a: |2\n    b\n  c\n", "  b\nc\n"),
        ("a: |-2\n    b\n", "  b"),
        ("a: |2-\n    b\n", "  b"),
        ("a: |\n  b\n   c\n", "b\n c\n"),
        ("a: |\n  b \n\n  c\t\n", "b \n\nc\t\n"),
        ("a: | # comment - with + signs\n  b\n", "b\n"),
        ("a: |\r\n  b\r\n  c\r\n", "b\nc\n"),
        ("a: |+\r\n  b\r\n\r\n", "b\n\n"),
        ("a: >\n  b\n  c\n", "b c\n"),
        ("a: >\n  b\n\n  c\n", "b\nc\n"),
        ("a: >\n  b\n\n\n  c\n", "b\n\nc\n"),
        ("a: >\n\n\n  b\n", "\n\nb\n"),
        ("a: >\n  b\n    deeper\n  c\n", "b\n  deeper\nc\n"),
        ("a: >\n  b\n\n    deeper\n\n  c\n", "b\n\n  deeper\n\nc\n"),
        ("a: >-\n  b\n  c\n\n", "b c"),
        ("a: >+\n  b\n\n", "b\n\n"),
        ("a: >\r\n  b\r\n  c\r\n", "b c\n"),
        ("--- |\nb\n", "b\n"),
        ("--- >\n b\n c\n", "b c\n"),
        // go-yaml adds no line break that the file does not have; granit-parser and the suite do.
        ("a: |\n  b", "b"),
        ("a: >\n  b", "b"),
        ("a: |+\n  b", "b"),
        ("a: |\n  b\n  ", "b\n"),
    ];
    for (text, expected) in cases {
        assert_eq!(value(text), expected, "{text:?}");
    }
}

#[test]
fn text_that_is_its_own_value_is_borrowed() {
    let text = "- plain\n- 'single \\n'\n- \"double\"\n- \"es\\tcaped\"\n- |\n  block\n";
    let parsed = read(text);
    let borrowed = |node: &&Node| matches!(decode(text, node), std::borrow::Cow::Borrowed(_));
    let scalars = parsed.arena.nodes.iter().filter(|node| node.kind == Kind::Scalar);
    assert_eq!(scalars.map(|node| borrowed(&node)).collect::<Vec<_>>(), [true, true, true, false, false]);
}

#[test]
fn segments_point_at_what_was_written() {
    let at = |text: &str, from: usize, to: usize| {
        let parsed = read(text);
        let map = segments(text, parsed.arena.nodes.last().expect("a node"));
        let (start, end) = map.source_range(from, to);
        text[start as usize..end as usize].to_owned()
    };
    assert_eq!(at("a: |\n  first\n  second\n", 6, 12), "second");
    assert_eq!(at("a: |\n  first\n  second\n", 2, 8), "rst\n  se");
    assert_eq!(at("a: >\n  first\n  second\n", 5, 6), "\n  ");
    assert_eq!(at("a: \"x\\u00e9y\"\n", 1, 3), "\\u00e9");
    assert_eq!(at("a: \"\\ud83d\\ude00y\"\n", 0, 4), "\\ud83d\\ude00");
    assert_eq!(at("a: 'it''s'\n", 2, 3), "''");
    assert_eq!(at("a: \u{e9}b\n", 2, 3), "b");
    assert_eq!(at("a: ''\n", 0, 0), "");
}

/// Every character of the value comes from bytes of the node: from itself, or from something that stands for it.
fn check_segments(text: &str, node: &Node) {
    let value = decode(text, node);
    let map = segments(text, node);
    let inside = |(start, end): (u32, u32)| {
        assert!(
            node.span.start <= start && start <= end && end <= node.span.end(),
            "{start}..{end} of {text:?}"
        );
        text.get(start as usize..end as usize).expect("segments end on character boundaries")
    };
    inside(map.source_range(0, value.len()));
    let mut last = node.span.start;
    // Long values are the hostile tests' business.
    for (offset, character) in value.char_indices().take(400) {
        let range = map.source_range(offset, offset + character.len_utf8());
        let written = inside(range);
        assert!(range.0 >= last, "segments go backwards in {text:?}");
        last = range.0;
        let copied = written.chars().eq([character]);
        let stands_for = written.starts_with('\\') || written == "''" || written.contains(['\n', '\r']);
        assert!(copied || stands_for, "{character:?} from {written:?} in {text:?}");
    }
}

/// The scalars as granit-parser reads them; `None` when it does not accept the text.
fn granit(text: &str) -> Option<Vec<String>> {
    let options = options! { emit_unresolved_aliases: true, max_buffered_comment_events: usize::MAX / 2 };
    let mut values = Vec::new();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.ok()?;
        if let Event::Scalar(value, style, ..) = event {
            let is_absent = style == granit_parser::ScalarStyle::Plain && span.start == span.end;
            values.push(if is_absent { String::new() } else { value.into_owned() });
        }
    }
    Some(values)
}

fn compare_with_granit(name: &str, text: &str, parsed: &Parsed) -> bool {
    let Some(expected) = granit(text).filter(|_| parsed.problems.is_empty()) else { return false };
    let scalars: Vec<&Node> = parsed.arena.nodes.iter().filter(|node| node.kind == Kind::Scalar).collect();
    assert_eq!(scalars.len(), expected.len(), "{name}: {text:?}");
    for (node, expected) in scalars.into_iter().zip(&expected) {
        check_segments(text, node);
        let value = decode(text, node);
        let is_block = matches!(node.style, Style::Literal | Style::Folded);
        let unterminated =
            is_block && node.span.end() as usize == text.len() && !text.ends_with(['\n', '\r']);
        let same = value == *expected || unterminated && expected.strip_suffix('\n') == Some(&value);
        assert!(same, "{name}: {value:?} is not {expected:?} in {text:?}");
    }
    true
}

#[test]
fn decoded_text_is_what_granit_reads() {
    for (name, text) in SEEDS {
        for text in [(*text).to_owned(), text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
            assert!(compare_with_granit(name, &text, &full(&text)), "{name} has problems");
        }
    }
    let mut random = Random(4);
    let compared = (0..6000).filter(|round| {
        let text = mutate(&mut random);
        compare_with_granit(&format!("mutant {round}"), &text, &read(&text))
    });
    assert!(compared.count() > 1500);
}

#[test]
fn random_scalars_decode_as_granit_reads_them() {
    const WORDS: &[&str] =
        &["a", "b c", " ", "  ", "\t", "\n", "\n\n", "\r\n", "\u{e9}", "\u{1f600}", "x:y", "-", "#", "1"];
    const IN_DOUBLE: &[&str] =
        &["\\n", "\\\"", "\\\\", "\\x41", "\\u00e9", "\\\n", " \\\n ", "\\t", "'", "\\ud83d\\ude00"];
    let mut random = Random(5);
    let mut compared = 0;
    for round in 0..12_000 {
        let kind = round % 6;
        let mut body = String::new();
        for _ in 0..random.below(9) {
            let word = match kind {
                0 if random.below(3) == 0 => random.pick(IN_DOUBLE),
                1 if random.below(5) == 0 => "''",
                _ => random.pick(WORDS),
            };
            body.push_str(word);
        }
        let indented = body.replace('\n', "\n   ");
        let header = random.pick(&["", "-", "+", "2", "3", "1-", "+2"]);
        let end = random.pick(&["", "\n", "\n\n", "\r\n", "\n  \n", "\nz: 1\n"]);
        let text = match kind {
            0 => format!("k: \"{indented}\"{end}"),
            1 => format!("k: '{indented}'{end}"),
            2 => format!("k: a{indented}{end}"),
            3 => format!("k: |{header}\n   {indented}{end}"),
            4 => format!("k: >{header}\n   {indented}{end}"),
            _ => format!("[ \"{indented}\", a{indented}, '{indented}' ]{end}"),
        };
        if compare_with_granit(&format!("round {round}"), &text, &read(&text)) {
            compared += 1;
        }
    }
    assert!(compared > 6000, "only {compared} texts were valid");
}
