//! From what a policy says to a place in the tree it was asked about.
//!
//! In the order of certainty: a path or a line that the policy names, a piece of the input that it hands back, a container or
//! a field that its message names, the object's name. Must not know rules, nor ask a policy again: deleting parts of the
//! input until the answer changes finds what was read, and that is as often the `kind` a policy looks at as what is wrong;
//! telling the two apart is a guess, and each finding would cost some thirty questions.

use rustc_hash::FxHashMap;

use crate::rego::Value;
use crate::yaml::Cursor;

use super::answer::dotted;
use super::{Key, Place, Verdict};

/// A place that was found.
#[derive(Clone)]
pub enum Found<'w> {
    /// A value, and below it the keys that are missing.
    Value(Cursor<'w>, Vec<Key>),
    /// A line of a file; of the input's own where there is no path. Line and column are 0 where they are not known.
    File(String, u32, u32),
}

/// Where a verdict is, about the object at `root` that was asked as `input`.
pub fn primary<'w>(verdict: &Verdict, input: &Value, root: Cursor<'w>) -> Found<'w> {
    let mut pieces = None;
    let named = verdict.places.iter().find_map(|place| found(place, input, root, &mut pieces));
    named
        .or_else(|| in_message(&verdict.message, root))
        .unwrap_or_else(|| Found::Value(name(root), Vec::new()))
}

/// The other places of a verdict that lead somewhere.
pub fn related<'w>(verdict: &Verdict, input: &Value, root: Cursor<'w>) -> Vec<Found<'w>> {
    let mut pieces = None;
    verdict.related.iter().filter_map(|place| found(place, input, root, &mut pieces)).collect()
}

/// Whether a piece that a policy handed back is a part of an input.
pub fn holds(input: &Value, piece: &Value) -> bool {
    Pieces::of(input).path(piece).is_some()
}

fn found<'w>(
    place: &Place,
    input: &Value,
    root: Cursor<'w>,
    pieces: &mut Option<Pieces>,
) -> Option<Found<'w>> {
    match place {
        Place::Path(keys) => at_path(root, keys),
        Place::File(path, line, column) => Some(Found::File(path.clone(), *line, *column)),
        Place::Piece(piece) => {
            let keys = pieces.get_or_insert_with(|| Pieces::of(input)).path(piece)?;
            match at_path(root, &keys)? {
                // What was handed back is there as a whole.
                Found::Value(at, missing) if missing.is_empty() => Some(Found::Value(at, missing)),
                _ => None,
            }
        }
    }
}

/// The value at a path, or the deepest there is. A path of which nothing is there leads nowhere, unless it is one key: then
/// that key is missing.
fn at_path<'w>(root: Cursor<'w>, keys: &[Key]) -> Option<Found<'w>> {
    let mut at = root;
    for (depth, key) in keys.iter().enumerate() {
        let next = match key {
            Key::Name(name) => at.get(name),
            Key::Index(index) if at.is_map() => at.get(&index.to_string()),
            Key::Index(index) => at.items().nth(*index),
        };
        match next {
            Some(next) => at = next,
            None if depth == 0 && keys.len() > 1 => return None,
            None => return Some(Found::Value(at, keys.get(depth..).unwrap_or_default().to_vec())),
        }
    }
    Some(Found::Value(at, Vec::new()))
}

/// The deepest value of a path that is there.
pub fn deepest<'w>(root: Cursor<'w>, keys: &[Key]) -> Option<Cursor<'w>> {
    match at_path(root, keys)? {
        Found::Value(value, _) => Some(value),
        Found::File(..) => None,
    }
}

/// The name of an object; its kind where it has none.
pub fn name(root: Cursor<'_>) -> Cursor<'_> {
    let fields: [&[&str]; 3] = [&["metadata", "name"], &["metadata", "generateName"], &["kind"]];
    fields.into_iter().find_map(|path| root.path(path)).unwrap_or(root)
}

/// Where each part of an input is, by its address: policies hand back the very parts that they were given.
pub struct Pieces {
    /// The step that leads to a part, and its parent.
    steps: Vec<(Option<usize>, Key)>,
    by_address: FxHashMap<usize, usize>,
}

/// Parts are looked for this deep, both in the input and in what was handed back.
const DEPTH: u32 = 64;

impl Pieces {
    /// Those of an input.
    pub fn of(input: &Value) -> Self {
        let mut pieces = Self { steps: Vec::new(), by_address: FxHashMap::default() };
        pieces.add(input, None, DEPTH);
        pieces
    }

    fn add(&mut self, value: &Value, parent: Option<usize>, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        for (key, child) in children(value) {
            let step = self.steps.len();
            self.steps.push((parent, key));
            if let Some(address) = address(child) {
                self.by_address.insert(address, step);
            }
            self.add(child, Some(step), depth);
        }
    }

    /// The path of a piece: its own, or where most of its parts come from. Policies copy a container and add to it.
    pub fn path(&self, piece: &Value) -> Option<Vec<Key>> {
        let mut step = self.step(piece, DEPTH)?;
        let mut keys = Vec::new();
        loop {
            let (parent, key) = self.steps.get(step)?;
            keys.push(key.clone());
            match parent {
                Some(parent) => step = *parent,
                None => break,
            }
        }
        keys.reverse();
        Some(keys)
    }

    fn step(&self, piece: &Value, depth: u32) -> Option<usize> {
        let own = address(piece).and_then(|address| self.by_address.get(&address));
        if let Some(own) = own {
            return Some(*own);
        }
        let depth = depth.checked_sub(1)?;
        let mut votes: FxHashMap<usize, usize> = FxHashMap::default();
        let mut count = 0;
        for (_, child) in children(piece) {
            let Some((parent, _)) = self.step(child, depth).and_then(|step| self.steps.get(step)) else {
                continue;
            };
            count += 1;
            if let Some(parent) = parent {
                *votes.entry(*parent).or_default() += 1;
            }
        }
        votes.into_iter().find(|(_, votes)| votes * 2 > count).map(|(step, _)| step)
    }
}

fn children(value: &Value) -> Vec<(Key, &Value)> {
    match value {
        Value::Object(fields) => {
            let named = |(key, child): (&_, _)| {
                let key: &Value = key;
                Some((Key::Name(key.as_string().ok()?.to_string()), child))
            };
            fields.iter().filter_map(named).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, child)| (Key::Index(index), child)).collect()
        }
        _ => Vec::new(),
    }
}

/// Where a value lies in memory; numbers and booleans are everywhere the same.
fn address(value: &Value) -> Option<usize> {
    use std::sync::Arc;
    match value {
        Value::Object(fields) => Some(Arc::as_ptr(fields).addr()),
        Value::Array(items) => Some(Arc::as_ptr(items).addr()),
        Value::String(text) => Some(Arc::as_ptr(text).cast::<u8>().addr()),
        _ => None,
    }
}

/// Fields of containers that hold fields, which messages name by their paths.
const FIELDS: [&str; 6] =
    ["lifecycle", "livenessProbe", "readinessProbe", "resources", "securityContext", "startupProbe"];

/// What a message names for certain: the only container called so, and a field below it or below the object.
fn in_message<'w>(message: &str, root: Cursor<'w>) -> Option<Found<'w>> {
    let words: Vec<&str> = message
        .split(|c: char| {
            c.is_whitespace() || matches!(c, '\'' | '"' | '`' | '<' | '>' | '(' | ')' | ',' | ';')
        })
        .map(|word| word.trim_end_matches(['.', ':', '!', '?']))
        .filter(|word| !word.is_empty())
        .collect();
    let container = container(message, &words, root);
    let mut paths = words.iter().filter(|word| word.contains('.')).filter_map(|word| dotted(word));
    match container {
        Some(container) => {
            let path = paths.find(
                |path| matches!(path.first(), Some(Key::Name(name)) if FIELDS.contains(&name.as_str())),
            );
            let path = path.unwrap_or_default();
            let is_there = matches!(path.first(), Some(Key::Name(name)) if container.get(name).is_some());
            if is_there { at_path(container, &path) } else { Some(Found::Value(container, path)) }
        }
        None => paths.find_map(|path| match at_path(root, &path)? {
            Found::Value(at, missing) if missing.len() <= 1 => Some(Found::Value(at, missing)),
            _ => None,
        }),
    }
}

/// The container that a message names, and the only one called so: the word right behind `container`, one in quotation marks
/// further behind, or any behind `containers`. A word that the object is called as well means the object, unless it stands
/// right there.
fn container<'w>(message: &str, words: &[&str], root: Cursor<'w>) -> Option<Cursor<'w>> {
    let is_plural = |word: &str| word.eq_ignore_ascii_case("containers");
    let is_container = |word: &str| word.eq_ignore_ascii_case("container") || is_plural(word);
    let object = root.path(&["metadata", "name"]).and_then(|name| name.text()).unwrap_or_default();
    let is_quoted = |word: &str| {
        let marks = [("'", "'"), ("\"", "\""), ("`", "`"), ("<", ">")];
        marks.iter().any(|(open, close)| message.contains(&format!("{open}{word}{close}")))
    };
    let first = words.iter().position(|word| is_container(word))?;
    let are_several = words.get(first).is_some_and(|word| is_plural(word));
    let pairs = words.iter().zip(words.iter().skip(1)).skip(first);
    let after = pairs.filter(|(before, word)| {
        is_container(before) || **word != object && (are_several || is_quoted(word))
    });
    let after = after.map(|(_, word)| word);
    let templates: [&[&str]; 3] =
        [&["spec"], &["spec", "template", "spec"], &["spec", "jobTemplate", "spec", "template", "spec"]];
    let all: Vec<Cursor<'w>> = templates
        .iter()
        .filter_map(|path| root.path(path))
        .flat_map(|spec| ["containers", "initContainers", "ephemeralContainers"].map(|field| spec.get(field)))
        .flatten()
        .flat_map(|containers| containers.items())
        .collect();
    let called = |word: &str| {
        let mut same = all
            .iter()
            .filter(|one| one.get("name").and_then(|name| name.text()).is_some_and(|name| name == word));
        same.next().filter(|_| same.next().is_none()).copied()
    };
    let mut found = after.filter_map(|word| called(word));
    let first = found.next()?;
    found.all(|other| other.index() == first.index()).then_some(first)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::rego::Builder;
    use crate::source::{Source, SourceId, SourceKind, SourceMap};
    use crate::yaml;

    const POD: &str = "kind: Pod\nmetadata: {name: a, labels: {}}\nspec:\n  containers:\n  - {name: x, image: i}\n  \
        - {name: web, image: j, env: [{name: A}]}\n";

    /// Where a verdict made by `make` is found: the text that stands there, and what is missing.
    fn find(make: impl Fn(&Value) -> Verdict) -> String {
        let map = SourceMap::new(vec![Source::new("a.yaml", SourceKind::File, POD.to_owned())]);
        let parsed = yaml::parse(map.source(SourceId(0)), SourceId(0), yaml::Limits::default());
        let tree = parsed.trees().next().unwrap();
        let root = Cursor::new(&map, &tree);
        let input = Builder::default().value(root);
        match primary(&make(&input), &input, root) {
            Found::Value(at, missing) => {
                let missing: Vec<String> = missing
                    .iter()
                    .map(|key| match key {
                        Key::Name(name) => name.clone(),
                        Key::Index(index) => index.to_string(),
                    })
                    .collect();
                format!("{} -{}", at.json_path(tree.root()), missing.join("."))
            }
            Found::File(path, line, column) => format!("{path}:{line}:{column}"),
        }
    }

    fn at(place: Place) -> impl Fn(&Value) -> Verdict {
        move |_| Verdict { places: vec![place.clone()], ..Verdict::default() }
    }

    fn said(message: &str) -> impl Fn(&Value) -> Verdict {
        move |_| Verdict { message: message.to_owned(), ..Verdict::default() }
    }

    #[test]
    fn paths_and_lines() {
        let path = |text: &str| at(Place::Path(dotted(text).unwrap()));
        assert_eq!(find(path("spec.containers[1].image")), "spec.containers[1].image -");
        assert_eq!(find(path("spec.containers[0].resources.limits")), "spec.containers[0] -resources.limits");
        assert_eq!(find(path("status")), " -status");
        assert_eq!(find(path("template.spec")), "metadata.name -");
        assert_eq!(find(at(Place::File("b.txt".into(), 3, 1))), "b.txt:3:1");
    }

    #[test]
    fn pieces_are_where_they_come_from() {
        let piece = |pick: fn(&Value) -> Value| {
            move |input: &Value| Verdict { places: vec![Place::Piece(pick(input))], ..Verdict::default() }
        };
        assert_eq!(find(piece(|input| input["spec"]["containers"][1].clone())), "spec.containers[1] -");
        assert_eq!(
            find(piece(|input| input["spec"]["containers"][0]["image"].clone())),
            "spec.containers[0].image -"
        );
        let copied = |input: &Value| {
            let mut copy = input["spec"]["containers"][1].clone();
            copy.as_object_mut().unwrap().insert("added".into(), Value::new_object());
            copy
        };
        assert_eq!(find(piece(copied)), "spec.containers[1] -");
        assert_eq!(find(piece(|_| Value::from("made"))), "metadata.name -");
        // As much of one as of the other: nobody knows.
        let torn = |input: &Value| {
            vec![input["spec"]["containers"][0]["image"].clone(), input["kind"].clone()].into()
        };
        assert_eq!(find(piece(torn)), "metadata.name -");
    }

    #[test]
    fn messages_name_containers_and_fields() {
        assert_eq!(
            find(said("Container 'web' of Pod 'a' should set 'resources.limits.cpu'")),
            "spec.containers[1] -resources.limits.cpu"
        );
        assert_eq!(find(said("container <x> uses image.")), "spec.containers[0] -");
        assert_eq!(find(said("containers x and web are wrong")), "metadata.name -");
        assert_eq!(find(said("a container without limits in Pod web")), "metadata.name -");
        assert_eq!(find(said("a container without limits: 'web'")), "spec.containers[1] -");
        assert_eq!(find(said("set spec.hostNetwork to false")), "spec -hostNetwork");
        assert_eq!(find(said("see example.com/x.html")), "metadata.name -");
        assert_eq!(find(said("web is wrong")), "metadata.name -");
    }
}
