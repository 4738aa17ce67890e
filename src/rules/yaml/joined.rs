//! Objects that follow one another without `---`, which makes them one mapping with every key twice.
//!
//! Owns which keys belong to such an object. Must not report them.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::source::{SourceMap, Span};
use crate::yaml::Problem;

/// An object that nothing parts from the one before, while its keys are collected.
#[derive(Default)]
struct Joined<'t> {
    keys: Vec<Span>,
    names: FxHashSet<&'t str>,
    /// Whether all its keys stood in the object before.
    is_behind: bool,
}

/// The keys with which objects begin that nothing parts from the one before, each with the other keys of its object that
/// stand twice. `problems` are keys that stand twice, in the order of the file.
pub(super) fn objects(problems: &[&Problem], map: &SourceMap) -> FxHashMap<Span, Vec<Span>> {
    let mut objects: Vec<Joined<'_>> = Vec::new();
    for problem in problems.iter().filter(|problem| begins_line(problem.span, map)) {
        let (key, name) = (problem.span, map.slice(problem.span));
        let known = objects.last_mut().filter(|object| {
            !object.names.contains(name) && object.keys.last().is_some_and(|last| !parted(*last, key, map))
        });
        let object = match known {
            Some(object) => object,
            None => {
                objects.push(Joined { is_behind: true, ..Joined::default() });
                let Some(object) = objects.last_mut() else { continue };
                object
            }
        };
        object.keys.push(key);
        object.names.insert(name);
        let first = object.keys.first().map_or(key.start, |first| first.start);
        object.is_behind &= problem.related.as_ref().is_some_and(|(before, _)| before.start < first);
    }
    let is_object = |object: &Joined<'_>| {
        object.is_behind && ["apiVersion", "kind"].iter().all(|key| object.names.contains(key))
    };
    objects.into_iter().filter(is_object).map(|mut object| (object.keys.remove(0), object.keys)).collect()
}

/// Whether a line between two keys begins another document.
fn parted(before: Span, key: Span, map: &SourceMap) -> bool {
    let between = map.source(key.source).text().get(before.end() as usize..key.start as usize);
    between.is_none_or(|between| between.contains("\n---"))
}

fn begins_line(key: Span, map: &SourceMap) -> bool {
    let before = map.source(key.source).text().get(..key.start as usize);
    before.is_some_and(|before| before.is_empty() || before.ends_with('\n'))
}
