//! yaml-test-suite (see SUITE-LICENSE): the full reader gives its events or refuses what is invalid; the fast
//! reader gives up or agrees.

use crate::support::{assert_agree, assert_sound, events, fast, full, read};

struct Case {
    id: String,
    text: String,
    /// `None`: the text is invalid.
    events: Option<Vec<String>>,
}

fn cases() -> Vec<Case> {
    let line = |line: &str| {
        let case: serde_json::Value = serde_json::from_str(line).expect("a case is JSON");
        let text = |value: &serde_json::Value| value.as_str().expect("a string").to_owned();
        Case {
            id: text(&case["id"]),
            text: text(&case["yaml"]),
            events: case["events"].as_array().map(|events| events.iter().map(text).collect()),
        }
    };
    include_str!("suite.jsonl").lines().map(line).collect()
}

/// Valid YAML that is refused on purpose: a mapping or sequence is used as a key. Kubernetes refuses it too, and
/// most files with it are templates.
const REFUSED: &[&str] = &[
    "4FJ6", "6BFJ", "6PBE", "9MMW", "KK5P", "LX3P", "M2N8/00", "M2N8/01", "M5DY", "Q9WF", "RZP5", "SBG9",
    "V9D5", "X38W", "XW4D",
];

/// Cases whose block text is not ended by a line break. The suite adds one, go-yaml does not.
const WITHOUT_FINAL_BREAK: &[&str] = &["JEF9/02", "L24T/01"];

/// Invalid YAML that is read on purpose.
const ACCEPTED: &[(&str, &str)] =
    &[("9C9N", "flow collections may be indented less than their parent, as go-yaml and PyYAML have it")];

#[test]
fn the_suite_is_complete() {
    let cases = cases();
    assert_eq!(cases.len(), 402);
    assert_eq!(cases.iter().filter(|case| case.events.is_none()).count(), 94);
}

#[test]
fn the_full_reader_gives_the_expected_events() {
    let mut wrong = Vec::new();
    for case in cases() {
        let parsed = full(&case.text);
        assert_sound(&case.id, &case.text, &parsed);
        let refused = parsed.problems.iter().any(|p| p.kind == plimsoll::yaml::ProblemKind::Syntax);
        match &case.events {
            None if !refused && !ACCEPTED.iter().any(|(id, _)| *id == case.id) => {
                wrong.push(format!("{}: invalid, but accepted", case.id));
            }
            Some(expected) if !refused => {
                let (expected, got) = (expected.iter().map(|e| normal(e)), events(&case.text, &parsed));
                let expected: Vec<String> = expected.collect();
                let mut got: Vec<String> = got.iter().map(|event| normal(event)).collect();
                if WITHOUT_FINAL_BREAK.contains(&case.id.as_str()) {
                    let block =
                        got.iter_mut().find(|event| event.starts_with("=VAL |")).expect("a block scalar");
                    block.push_str("\\n");
                }
                if expected != got {
                    wrong.push(format!(
                        "{}: {:?}\n expected {expected:?}\n got      {got:?}",
                        case.id, case.text
                    ));
                }
            }
            Some(_) if !REFUSED.contains(&case.id.as_str()) => {
                wrong.push(format!("{}: valid, but {:?}", case.id, parsed.problems));
            }
            _ => {}
        }
    }
    for id in REFUSED {
        let case = cases().into_iter().find(|case| case.id == *id).expect("the list names cases");
        assert!(full(&case.text).problems[0].message.contains("key"), "{id} is refused for another reason");
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

/// Events without what the tape does not keep: how collections and document markers are written, and what a
/// tag's handle stands for.
fn normal(event: &str) -> String {
    let mut words: Vec<String> = event.split(' ').map(str::to_owned).collect();
    if words[0] == "+DOC" || words[0] == "-DOC" {
        return words.swap_remove(0);
    }
    let properties = if event.starts_with('=') { 1..words.len().min(3) } else { 1..words.len() };
    let mut in_properties = true;
    let mut kept = vec![words[0].clone()];
    for (index, word) in words.iter().enumerate().skip(1) {
        in_properties &= properties.contains(&index)
            && matches!(word.as_bytes().first(), Some(b'&' | b'<' | b'!' | b'[' | b'{'));
        match word.as_bytes().first() {
            Some(b'[' | b'{') if in_properties && event.starts_with('+') => {}
            Some(b'<' | b'!') if in_properties => kept.push("TAG".to_owned()),
            _ => kept.push(word.clone()),
        }
    }
    kept.join(" ")
}

#[test]
fn the_fast_reader_gives_up_or_agrees() {
    let mut accepted = 0;
    for case in cases() {
        if assert_agree(&case.id, &case.text) {
            accepted += 1;
        }
        if case.events.is_none() && !ACCEPTED.iter().any(|(id, _)| *id == case.id) {
            assert!(fast(&case.text).is_err(), "{}: accepted an invalid text", case.id);
        }
        let parsed = read(&case.text);
        assert_sound(&case.id, &case.text, &parsed);
    }
    // Not less than it was: a reader that always gives up agrees with everyone.
    assert!(accepted >= 190, "the fast reader took {accepted} of 402 cases");
}
