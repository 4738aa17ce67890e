//! Duplicate keys: which lines repeat which.

use plimsoll::yaml::ProblemKind;

use crate::support::{full, read};

/// `line:first line` of each duplicate, with its message.
fn duplicates(text: &str) -> Vec<(String, String)> {
    let line = |offset: u32| text[..offset as usize].matches('\n').count() + 1;
    let parsed = read(text);
    assert_eq!(parsed.problems, full(text).problems, "{text:?}");
    assert!(!parsed.documents.is_empty(), "a duplicate key costs no document");
    let describe = |problem: plimsoll::yaml::Problem| {
        assert_eq!(problem.kind, ProblemKind::DuplicateKey);
        let (first, words) = problem.related.expect("the first key");
        assert_eq!(words, "first defined here");
        (format!("{}:{}", line(problem.span.start), line(first.start)), problem.message)
    };
    parsed.problems.into_iter().map(describe).collect()
}

fn places(text: &str) -> Vec<String> {
    duplicates(text).into_iter().map(|(place, _)| place).collect()
}

#[test]
fn a_repeated_key_points_at_the_first() {
    assert_eq!(places("a: 1\nb: 2\na: 3\n"), ["3:1"]);
    assert_eq!(places("a: 1\na: 2\na: 3\n"), ["2:1", "3:1"]);
    assert_eq!(places("x:\n  a: 1\n  b:\n    a: 1\ny:\n  a: 1\n"), [""; 0]);
    assert_eq!(places("{a: 1, \"b\": 2,\n a: 3}\n"), ["2:1"]);
    assert_eq!(places("- a: 1\n  a: 2\n- a: 3\n"), ["2:1"]);
    assert_eq!(places("a: 1\n---\na: 2\n"), [""; 0]);
}

#[test]
fn keys_are_compared_as_text() {
    assert_eq!(places("a: 1\n\"a\": 2\n'a': 3\n\"\\x61\": 4\n"), ["2:1", "3:1", "4:1"]);
    assert_eq!(places("'it''s': 1\n\"it's\": 2\n"), ["2:1"]);
    assert_eq!(places("a b: 1\n\"a b\": 2\n"), ["2:1"]);
    assert_eq!(places("A: 1\na: 2\n"), [""; 0]);
}

#[test]
fn keys_are_compared_as_kubernetes_reads_them() {
    assert_eq!(places("y: 1\non: 2\nyes: 3\ntrue: 4\n\"true\": 5\n"), ["2:1", "3:1", "4:1", "5:1"]);
    assert_eq!(places("1: a\n01: b\n0x1: c\n\"1\": d\n1.0: e\n"), ["2:1", "3:1", "4:1", "5:1"]);
    assert_eq!(places("~: a\nnull: b\n\"null\": c\n"), ["2:1", "3:1"]);
    assert_eq!(places("'y': 1\n'yes': 2\non: 3\n"), [""; 0]);
    assert_eq!(places("!!str y: 1\nyes: 2\n"), [""; 0]);
    let found = duplicates("on: 1\nyes: 2\n");
    assert_eq!(found[0].1, "the key `yes` repeats `on`: Kubernetes reads both as `true`");
    let found = duplicates("web: 1\nweb: 2\n");
    assert!(found[0].1.contains("`web` is defined twice"), "{found:?}");
}

#[test]
fn aliases_as_keys_stand_for_their_text() {
    assert_eq!(places("a: &k b\nb: 1\n*k : 2\n"), ["3:2"]);
}

#[test]
fn merge_keys_repeat_but_do_not_collide_with_what_they_merge() {
    assert_eq!(places("a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n"), [""; 0]);
    assert_eq!(places("a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a\n"), ["4:3"]);
}

#[test]
fn large_mappings_are_compared_in_full() {
    let mut text: String = (0..1000).map(|number| format!("key{number}: {number}\n")).collect();
    assert_eq!(places(&text), [""; 0]);
    text.push_str("key17: again\nkey999: again\nkey17: and again\n");
    assert_eq!(places(&text), ["1001:18", "1002:1000", "1003:18"]);
}
