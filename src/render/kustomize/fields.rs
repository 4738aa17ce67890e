//! The walk along a field spec's path, the one way by which transformers reach the fields they set.
//!
//! Owns what Kustomize's `fieldspec` filter does on the way: lists are entered wherever they stand, absent fields are
//! made where the spec may, nulls end the walk. Must not know what is set.

use crate::source::{SourceMap, Span, StepId};
use crate::yaml::{Cursor, Draft, Flags, Kind, Node, Style};

use super::error::{BuildError, Result};
use super::facts::Path;

/// What is made where a path does not exist.
#[derive(Clone, Copy, Debug)]
pub(in crate::render) struct Create {
    /// A map, or an empty scalar that the change fills in. What lies on the way becomes a map.
    pub kind: Kind,
    /// What asks for it.
    pub span: Span,
    pub step: StepId,
}

/// Whether [`visit`] has anything to do: a field is there, or what is absent may be made, or the way is barred, which
/// is an error.
pub(in crate::render) fn reaches(value: Cursor<'_>, path: Path<'_>, create: bool) -> bool {
    leads(value, path, create, &mut |_| true)
}

/// As [`reaches`], but fields that are there count only if `test` holds for them.
pub(in crate::render) fn leads(
    value: Cursor<'_>,
    path: Path<'_>,
    create: bool,
    test: &mut dyn FnMut(Cursor<'_>) -> bool,
) -> bool {
    let Some((segment, rest)) = path.split_first() else { return test(value) };
    if value.is_seq() {
        return value.items().any(|item| leads(item, path, create, test));
    }
    if !value.is_map() {
        return !value.is_null();
    }
    if !is_name(&segment.name) {
        return true;
    }
    match value.get(&segment.name) {
        None => create && !segment.list,
        Some(next) if next.is_null() && !rest.is_end() => create || segment.list,
        Some(next) if next.is_null() && segment.list => true,
        Some(next) => leads(next, rest, create, test),
    }
}

/// Calls `change` on every field at a path below `draft`.
pub(in crate::render) fn visit(
    map: &SourceMap,
    draft: &mut Draft,
    path: Path<'_>,
    create: Option<&Create>,
    change: &mut dyn FnMut(&mut Draft) -> Result<()>,
) -> Result<()> {
    let Some((segment, rest)) = path.split_first() else { return change(draft) };
    if draft.is_null(map) {
        return Ok(());
    }
    if let Some(items) = draft.items_mut() {
        return items.iter_mut().try_for_each(|item| visit(map, item, path, create, change));
    }
    if draft.kind() != Kind::Map {
        let message = format!("a list or a mapping is expected here, since `{}` is set in it", segment.name);
        return Err(BuildError::new(place(map, draft), message));
    }
    if !is_name(&segment.name) {
        let message =
            format!("a mapping has no field that the path of a field spec calls `{}`", segment.name);
        return Err(BuildError::new(place(map, draft), message));
    }
    let made = create.filter(|_| !segment.list).map(|create| match (rest.is_end(), create.kind) {
        (true, Kind::Scalar) => nothing(create),
        _ => Draft::map(create.span, create.step),
    });
    match (draft.get_mut(map, &segment.name), made) {
        (Some(next), made) => {
            if next.is_null(map) {
                match made {
                    Some(collection @ Draft::Map(..)) => *next = collection,
                    // Kustomize takes the brackets at their word and leaves an empty list behind.
                    _ if segment.list => *next = empty_list(next),
                    _ => {}
                }
            }
            visit(map, next, rest, create, change)
        }
        (None, Some(mut next)) => {
            let step = next.node().step;
            visit(map, &mut next, rest, create, change)?;
            draft.set(map, Draft::word(map, &segment.name, step), next);
            Ok(())
        }
        (None, None) => Ok(()),
    }
}

/// Whether a part of a path is a plain name. In a mapping, kyaml takes anything else for a place in a list.
fn is_name(name: &str) -> bool {
    let is_place = name.starts_with('[') && name.ends_with(']') || matches!(name, "" | "-" | "*");
    !is_place && name.parse::<i64>().is_err()
}

/// A scalar without a value yet.
fn nothing(create: &Create) -> Draft {
    let text = Draft::text(create.span.part(0, 0), create.step).node();
    Draft::Scalar(Node { style: Style::Empty, flags: Flags::default(), ..text })
}

fn empty_list(null: &Draft) -> Draft {
    let node = Node { kind: Kind::Seq, style: Style::Flow, flags: Flags::default(), ..null.node() };
    Draft::Seq(node, Vec::new())
}

/// Where a value can be edited: the place of an error about it.
pub(in crate::render) fn place(map: &SourceMap, value: &Draft) -> Span {
    let Node { span, step, .. } = value.node();
    map.editable(span, step).unwrap_or(span)
}

/// An error unless a value is of a kind, or null. `what` is how a message names it.
pub(in crate::render) fn expect(map: &SourceMap, value: &Draft, kind: Kind, what: &str) -> Result<()> {
    if value.kind() == kind || value.is_null(map) {
        return Ok(());
    }
    let wanted = match kind {
        Kind::Map => "a mapping",
        Kind::Seq => "a list",
        Kind::Scalar | Kind::Alias => "a scalar",
    };
    Err(BuildError::new(place(map, value), format!("{what} must be {wanted}")))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{files, place, resources, set_values};
    use super::*;
    use crate::source::StepKind;

    /// Sets a field, by path, with `+` in front if it may be made, to the text `new` or to a map that holds it. Returns
    /// what is set or wrong, and checks that [`reaches`] says as much.
    fn set(object: &str, path: &'static str, kind: Kind) -> Vec<String> {
        let map = files(&[("o", object)]);
        let mut objects = resources(&map, 0);
        let [object] = objects.as_mut_slice() else { panic!("{object:?}") };
        let step =
            super::super::testing::stage(&map).step(StepKind::Labels, object.origin, &[], StepId::PARSED);
        let create = Create { kind, span: object.origin, step };
        let creates = path.starts_with('+');
        let path = Path::new(path.trim_start_matches('+'));
        let is_reached = reaches(object.root(&map), path, creates);
        let before = object.tree.clone();
        let mut calls = 0;
        let result = object.change(&map, |draft| {
            visit(&map, draft, path, creates.then_some(&create), &mut |field| {
                calls += 1;
                expect(&map, field, kind, "the field")?;
                let new = Draft::text(map.word("new"), step);
                match kind {
                    Kind::Map => drop(field.set(&map, Draft::word(&map, "key", step), new)),
                    _ => *field = new,
                }
                Ok(())
            })
        });
        let is_same = before.nodes() == object.tree.nodes();
        assert_eq!(is_reached, calls > 0 || !is_same || result.is_err(), "{path:?}");
        let mut lines = set_values(&map, &objects);
        let values =
            lines.iter_mut().filter_map(|line| line.split_once(" (").map(|(value, _)| value.trim().into()));
        let mut lines: Vec<String> = values.collect();
        lines.extend(result.err().map(|error| format!("{}: {}", place(&map, error.span), error.message)));
        lines
    }

    #[test]
    fn values_are_found_and_made() {
        let found = &["a.b = \"new\""][..];
        for (object, path, expected) in [
            ("a: {b: x, c: y}", "a/b", found),
            ("a: {c: y}", "a/b", &[]),
            ("a: {c: y}", "+a/b", found),
            ("{}", "+a/b", found),
            // Nulls on the way are as good as nothing, but not the field itself.
            ("a:", "a/b", &[]),
            ("a: ~", "+a/b", found),
            ("a: {b: }", "a/b", found),
            ("a/b: x", r"a\/b", &["[\"a/b\"] = \"new\""]),
            // Lists are gone through, whether or not the path says so; what it says is never made.
            ("a: [{b: x}, {c: y}, ~, {b: x}]", "a/b", &["a[0].b = \"new\"", "a[3].b = \"new\""]),
            ("a: [[{b: x}], {}]", "+a[]/b", &["a[0][0].b = \"new\"", "a[1].b = \"new\""]),
            ("{}", "+a[]/b", &[]),
            ("a: []", "+a/b", &[]),
            (
                "a:\n  b: x",
                "a/b/c",
                &["o:2:6 x: a list or a mapping is expected here, since `c` is set in it"],
            ),
            (
                "a: {b: [x]}",
                "a/b/c",
                &["o:1:9 x: a list or a mapping is expected here, since `c` is set in it"],
            ),
            ("a: {b: {c: d}}", "a/b", &["o:1:8 {c: d}: the field must be a scalar"]),
            ("a: {}", "a//b", &["o:1:4 {}: a mapping has no field that the path of a field spec calls ``"]),
            (
                "a: [{}]",
                "a/0/b",
                &["o:1:5 {}: a mapping has no field that the path of a field spec calls `0`"],
            ),
        ] {
            assert_eq!(set(object, path, Kind::Scalar), expected, "{object} {path}");
        }
    }

    #[test]
    fn mappings_are_made() {
        let found = &["a.b.key = \"new\""][..];
        for (object, path, expected) in [
            ("a: {b: {}}", "a/b", found),
            ("a: {b: ~}", "+a/b", found),
            ("a:", "+a/b", found),
            ("a:", "a/b", &[]),
            ("a: {b: [{}]}", "+a/b/c", &["a.b[0].c.key = \"new\""]),
            ("a: {b: x}", "a/b", &["o:1:8 x: the field must be a mapping"]),
        ] {
            assert_eq!(set(object, path, Kind::Map), expected, "{object} {path}");
        }
    }

    #[test]
    fn brackets_leave_a_list() {
        let map = files(&[("o", "a:")]);
        let mut objects = resources(&map, 0);
        let path = Path::new("a[]/b");
        assert!(reaches(objects[0].root(&map), path, false));
        let result = objects[0].change(&map, |draft| visit(&map, draft, path, None, &mut |_| Ok(())));
        assert_eq!(result, Ok(()));
        let root = objects[0].root(&map);
        assert!(root.get("a").is_some_and(|list| list.is_seq() && list.items().next().is_none()));
    }
}
