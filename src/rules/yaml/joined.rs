//! Objects that follow one another without `---`, which makes them one mapping with every key twice.
//!
//! Owns which keys belong to such an object. Must not report them.

use rustc_hash::FxHashMap;

use crate::source::{SourceMap, Span};
use crate::yaml::Problem;

/// The keys with which objects begin that nothing parts from the one before, each with the other keys of its object that
/// stand twice. `problems` are keys that stand twice, in the order of the file.
pub(super) fn objects(problems: &[&Problem], map: &SourceMap) -> FxHashMap<Span, Vec<Span>> {
    let mut objects: Vec<Vec<Span>> = Vec::new();
    let name = |key: &Span| map.slice(*key);
    for problem in problems.iter().filter(|problem| begins_line(problem.span, map)) {
        let key = problem.span;
        match objects.last_mut().filter(|keys| !keys.iter().any(|known| name(known) == name(&key))) {
            Some(keys) => keys.push(key),
            None => objects.push(vec![key]),
        }
    }
    let is_object = |keys: &Vec<Span>| {
        ["apiVersion", "kind"].iter().all(|wanted| keys.iter().any(|key| name(key) == *wanted))
    };
    objects.into_iter().filter(is_object).map(|mut keys| (keys.remove(0), keys)).collect()
}

fn begins_line(key: Span, map: &SourceMap) -> bool {
    let before = map.source(key.source).text().get(..key.start as usize);
    before.is_some_and(|before| before.is_empty() || before.ends_with('\n'))
}
