//! Rules that nothing uses: neither asked by a dialect nor named by another rule.

use std::collections::BTreeMap;

use crate::rego::Module;

use super::conftest;
use super::prepare::{Given, is_test};

/// A rule that nothing uses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unused {
    /// The path of its policy.
    pub path: String,
    /// The line of its first head, from 1.
    pub line: u32,
    /// Its name.
    pub name: String,
}

/// The rules of policies that are named nowhere but in their own heads. Names are compared as words, whatever package
/// they are in: what is told is surely unused.
pub fn unused(given: &Given) -> Vec<Unused> {
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    for policy in &given.policies {
        for word in words_of(&policy.text) {
            *words.entry(word).or_default() += 1;
        }
    }
    let mut heads: BTreeMap<(&str, String), (u32, usize)> = BTreeMap::new();
    for policy in given.policies.iter().filter(|policy| !is_test(&policy.path)) {
        let Ok(module) = Module::read(&policy.path, &policy.text) else { continue };
        for head in module.heads.iter().filter(|head| !is_asked(&head.name)) {
            let entry = heads.entry((&policy.path, head.name.clone())).or_insert((head.line, 0));
            entry.1 += 1;
        }
    }
    let unused = heads
        .into_iter()
        .filter(|((_, name), (_, count))| words.get(name.as_str()).is_none_or(|used| used <= count));
    unused.map(|((path, name), (line, _))| Unused { path: path.to_owned(), line, name }).collect()
}

/// Whether a dialect, or a test runner, asks for rules of this name.
fn is_asked(name: &str) -> bool {
    conftest::level(name).is_some()
        || name.starts_with("test_")
        || name.starts_with("todo_test_")
        || name.starts_with("__rego_")
        || name == "exception"
}

/// The words of a text without its comments.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    let code = text.lines().map(|line| line.split_once('#').map_or(line, |(code, _)| code));
    code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .filter(|word| !word.is_empty())
}
