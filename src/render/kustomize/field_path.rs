//! Paths whose names are parted by dots, as `replacements` and `vars` write them.
//!
//! Owns their syntax and the walk to the one value that such a path names. Must not know what is done with the
//! value. Paths that lead to many fields, and make those that are missing, are walked in `path_match`.

use crate::source::Input;
use crate::yaml::Cursor;

use super::stage::control;

/// One name of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Part {
    /// The name without escapes. Brackets around a name are gone; those around a condition stay.
    pub name: String,
    /// Offset of the name in the path, if it stands there as it is.
    pub start: Option<usize>,
}

/// The names of a path: `\.` is a dot within a name, and so is a dot in brackets, as in `[app.io/name]` and
/// `[image=a.b]`. A dot in front is allowed.
pub(super) fn parse(path: &str) -> Vec<Part> {
    let path_start = usize::from(path.starts_with('.'));
    let mut names: Vec<Part> = Vec::new();
    let mut start = path_start;
    for name in path[path_start..].split('.') {
        match names.last_mut().and_then(|last| Some((last.name.strip_suffix('\\')?.to_owned(), last))) {
            Some((before, last)) => *last = Part { name: format!("{before}.{name}"), start: None },
            None => names.push(Part { name: name.to_owned(), start: Some(start) }),
        }
        start += name.len() + 1;
    }
    let mut parts = Vec::with_capacity(names.len());
    let mut names = names.into_iter();
    while let Some(mut part) = names.next() {
        if !part.name.starts_with('[') || part.name.ends_with(']') {
            parts.push(part);
            continue;
        }
        for next in names.by_ref() {
            part.start = part.start.filter(|_| next.start.is_some());
            part.name = format!("{}.{}", part.name, next.name);
            if part.name.ends_with(']') {
                break;
            }
        }
        if !part.name.contains('=') {
            let opening = part.name.len() - part.name.trim_start_matches(['[', ']']).len();
            part.name = part.name.trim_matches(['[', ']']).to_owned();
            part.start = part.start.map(|start| start + opening);
        }
        parts.push(part);
    }
    parts
}

/// `[key=value]` taken apart; `None` for what is not in brackets, an error for brackets without a condition.
pub(super) fn condition(name: &str) -> Option<Result<(&str, &str), String>> {
    let inner = name.strip_prefix('[')?.strip_suffix(']')?;
    let missing = || format!("`{name}` must say which item it means, as `[name=value]`");
    Some(inner.split_once('=').ok_or_else(missing))
}

/// The value at the end of a path, `None` when there is none. List items that were chosen by a value of theirs leave
/// that value in `decided`.
pub(super) fn lookup<'w>(
    root: Cursor<'w>,
    path: &[Part],
    decided: &mut Vec<Input>,
) -> Result<Option<Cursor<'w>>, String> {
    let mut at = root;
    for part in path {
        let name = part.name.trim();
        if name.is_empty() {
            continue;
        }
        let next = step_into(at, name, decided)?;
        let Some(next) = next else { return Ok(None) };
        at = next;
    }
    Ok(Some(at))
}

fn step_into<'w>(at: Cursor<'w>, name: &str, decided: &mut Vec<Input>) -> Result<Option<Cursor<'w>>, String> {
    let condition = condition(name).transpose()?;
    let index = name.parse::<i64>().ok();
    if name == "*" {
        return Err("`*` cannot be used here: exactly one value is needed".to_owned());
    }
    if index.is_some_and(|index| index < 0) {
        return Err(format!("the list index {name} is negative"));
    }
    if at.is_null() {
        return Ok(None);
    }
    if condition.is_none() && index.is_none() && name != "-" {
        return match at.is_map() {
            true => Ok(at.get(name)),
            false => Err(format!("`{name}` is a field, but what should have it is no mapping")),
        };
    }
    if !at.is_seq() {
        return Err(format!("`{name}` is an item of a list, but what should have it is no list"));
    }
    let Some((key, value)) = condition else {
        return match index {
            Some(index) => Ok(at.items().nth(usize::try_from(index).unwrap_or(usize::MAX))),
            None => at.items().last().map(Some).ok_or_else(|| "the list is empty".to_owned()),
        };
    };
    let text_of = |value: Cursor<'w>| value.text().unwrap_or_default();
    if key.is_empty() {
        let found = at.items().find(|&item| text_of(item) == value);
        decided.extend(found.map(control));
        return Ok(found);
    }
    for item in at.items() {
        if let Some(field) = item.get(key).filter(|&field| text_of(field) == value) {
            decided.push(control(field));
            return Ok(Some(item));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, SourceId, SourceKind, SourceMap};
    use crate::yaml::{Limits, parse as parse_yaml};

    #[test]
    fn paths_are_split_as_kustomize_splits_them() {
        for (path, expected) in [
            ("metadata.name", &["metadata", "name"][..]),
            (".metadata.name", &["metadata", "name"]),
            (r"metadata.annotations.a\.b\.io/c", &["metadata", "annotations", "a.b.io/c"]),
            ("metadata.annotations.[a.b.io/c]", &["metadata", "annotations", "a.b.io/c"]),
            ("metadata.annotations.[a.b].x", &["metadata", "annotations", "a.b", "x"]),
            ("spec.[image=a.b:1.2].x", &["spec", "[image=a.b:1.2]", "x"]),
            ("spec.[name=a].x", &["spec", "[name=a]", "x"]),
            ("spec.[plain].x", &["spec", "[plain]", "x"]),
            ("a.[b.c", &["a", "b.c"]),
            (r"a\\.b", &[r"a\.b"]),
            (r"a\", &[r"a\"]),
            ("a..b", &["a", "", "b"]),
            ("", &[""]),
            (".", &[""]),
        ] {
            let parts = parse(path);
            assert_eq!(parts.iter().map(|part| part.name.as_str()).collect::<Vec<_>>(), expected, "{path}");
            for Part { name, start } in parts {
                let there = start.map(|start| &path[start..start + name.len()]);
                assert!(there.is_none_or(|there| there == name), "{path}: {name} at {start:?}");
                assert_eq!(there.is_none(), path.contains('\\') && name.contains('.'), "{path}: {name}");
            }
        }
    }

    #[test]
    fn a_path_leads_to_one_value() {
        let text =
            "a: {b: [{name: x, v: 1}, {name: y, v: 2}, {v: 3}]}\nc: [p, q]\nn: null\ns: text\n0: zero\n";
        let map = SourceMap::new(vec![Source::new("a.yaml", SourceKind::File, text.to_owned())]);
        let parsed = parse_yaml(map.source(SourceId(0)), SourceId(0), Limits::default());
        let Some(tree) = parsed.trees().next() else { panic!("no document") };
        for (path, expected) in [
            ("a.b.[name=y].v", Ok(Some("2"))),
            ("a.b.0.v", Ok(Some("1"))),
            ("a.b.-.v", Ok(Some("3"))),
            ("a..b. 1 .v", Ok(Some("2"))),
            ("a.b.[name=z].v", Ok(None)),
            ("a.b.7.v", Ok(None)),
            ("c.[=q]", Ok(Some("q"))),
            ("n.x", Ok(None)),
            ("n.3", Ok(None)),
            ("s.x", Err("no mapping")),
            ("s.[name=x]", Err("no list")),
            ("a.0", Err("no list")),
            ("0", Err("no list")),
            ("a.b.-1", Err("negative")),
            ("a.b.*.v", Err("`*`")),
            ("a.b.[x].v", Err("`[name=value]`")),
        ] {
            let mut decided = Vec::new();
            let found = lookup(Cursor::new(&map, &tree), &parse(path), &mut decided);
            match (found, expected) {
                (Ok(found), Ok(expected)) => {
                    assert_eq!(found.and_then(|found| found.text()).as_deref(), expected, "{path}");
                    let decides = path.contains('=') && expected.is_some();
                    assert_eq!(decided.len(), usize::from(decides), "{path}");
                }
                (Err(message), Err(part)) => assert!(message.contains(part), "{path}: {message}"),
                (found, _) => panic!("{path}: {:?}", found.map(|found| found.map(|found| found.span()))),
            }
        }
    }
}
