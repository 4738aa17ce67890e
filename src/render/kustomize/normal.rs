//! What Kustomize changes in every object on its way out, whoever wrote it.
//!
//! Owns facts of Kustomize 5.5.0: annotations become strings, those that Kustomize and kpt leave for themselves go, and
//! so does an empty map of them; folded scalars are
//! written once more by go-yaml before they become JSON, and its writer adds and drops line breaks. Both were found
//! with `kubectl kustomize` and are what the cluster gets.

use std::borrow::Cow;

use crate::source::SourceMap;
use crate::yaml::{Cursor, Draft, Kind, Schema, Style, Typed};

use super::go;
use super::resource::Resource;
use super::stage::Stage;

/// Annotations that Kustomize takes for its own, whoever wrote them (`api/resource/resource.go`, `kyaml/kio/kioutil`).
const OWN: [&str; 20] = [
    "alpha.config.kubernetes.io/transformations",
    "config.k8s.io/id",
    "config.kubernetes.io/index",
    "config.kubernetes.io/origin",
    "config.kubernetes.io/path",
    "internal.config.kubernetes.io/allowKindChange",
    "internal.config.kubernetes.io/allowNameChange",
    "internal.config.kubernetes.io/annotations-migration-resource-id",
    "internal.config.kubernetes.io/generatorBehavior",
    "internal.config.kubernetes.io/id",
    "internal.config.kubernetes.io/index",
    "internal.config.kubernetes.io/needsHashSuffix",
    "internal.config.kubernetes.io/path",
    "internal.config.kubernetes.io/prefixes",
    "internal.config.kubernetes.io/previousKinds",
    "internal.config.kubernetes.io/previousNames",
    "internal.config.kubernetes.io/previousNamespaces",
    "internal.config.kubernetes.io/refBy",
    "internal.config.kubernetes.io/seqindent",
    "internal.config.kubernetes.io/suffixes",
];

fn is_own(key: &str) -> bool {
    key.contains("config.k") && OWN.binary_search(&key).is_ok()
}

/// Brings an object into the form in which Kustomize prints it.
pub(super) fn normalise(stage: &Stage<'_>, resource: &mut Resource) {
    let map = stage.map;
    if has_odd_annotations(resource.root(map)) {
        resource.change(map, |draft| annotations(stage, draft));
    }
    let is_folded = resource.tree.nodes().iter().any(|node| {
        let text = map.slice(node.span);
        node.style == Style::Folded && text.contains('\n')
    });
    if is_folded {
        let changes = resource.root(map).scalars().any(|value| refolded_scalar(value).is_some());
        if changes {
            resource.change(map, |draft| fold(stage, draft));
        }
    }
}

fn has_odd_annotations(root: Cursor<'_>) -> bool {
    let Some(annotations) = root.get("metadata").and_then(|metadata| metadata.get("annotations")) else {
        return false;
    };
    let entries = annotations.entries();
    entries.is_empty()
        || entries.iter().any(|entry| {
            entry.value.text().is_some() && is_rewritten(entry.value)
                || entry.key.text().is_some_and(|key| is_own(&key))
        })
}

/// Whether an annotation changes when it is set anew as a string: numbers become text, folded text loses its style.
fn is_rewritten(value: Cursor<'_>) -> bool {
    let is_string = value.typed_as(Schema::GoYamlV3, |typed| matches!(typed, Typed::Str(_)));
    is_string == Some(false) || value.node().style == Style::Folded || go::time(value).is_some()
}

fn annotations(stage: &Stage<'_>, draft: &mut Draft) -> Option<()> {
    let map = stage.map;
    let metadata = draft.get_mut(map, "metadata")?;
    let annotations = metadata.get_mut(map, "annotations")?;
    if let Some(entries) = annotations.entries_mut() {
        entries.retain(|(key, _)| key.scalar(map).is_none_or(|key| !is_own(&key)));
    }
    if annotations.is_null(map) || annotations.entries_mut().is_some_and(|entries| entries.is_empty()) {
        metadata.remove(map, "annotations");
        return Some(());
    }
    for (_, value) in annotations.entries_mut()? {
        let tree = value.freeze();
        let cursor = Cursor::new(map, &tree);
        if value.kind() == Kind::Scalar && is_rewritten(cursor) {
            let text = cursor.text().unwrap_or_default();
            *value = Draft::text(copy(map, cursor, &text), cursor.step());
        }
    }
    Some(())
}

/// The bytes of a scalar as text, where they are that text; else text that knows where it comes from.
fn copy(map: &SourceMap, value: Cursor<'_>, text: &str) -> crate::source::Span {
    match map.slice(value.span()) == text {
        true => value.span(),
        false => map.compose(&[(text, Some((value.span(), value.step())))]),
    }
}

fn fold(stage: &Stage<'_>, draft: &mut Draft) {
    let map = stage.map;
    if let Draft::Shared(tree, _) = &*draft {
        let root = Cursor::new(map, tree);
        if let Some(text) = refolded_scalar(root) {
            let span = map.compose(&[(&text, Some((root.span(), root.step())))]);
            *draft = Draft::text(span, root.step());
            return;
        }
        if !root.scalars().any(|value| refolded_scalar(value).is_some()) {
            return;
        }
    }
    match draft.kind() {
        Kind::Map => draft.entries_mut().into_iter().flatten().for_each(|(_, value)| fold(stage, value)),
        Kind::Seq => draft.items_mut().into_iter().flatten().for_each(|item| fold(stage, item)),
        Kind::Scalar | Kind::Alias => {}
    }
}

fn refolded_scalar(value: Cursor<'_>) -> Option<String> {
    if value.node().style != Style::Folded {
        return None;
    }
    let text = value.text()?;
    let again = refolded(&text);
    (again != text).then(|| again.into_owned())
}

/// A folded text after go-yaml has written and read it. Its writer puts a break too many in front of lines that are
/// indented deeper, and one too few everywhere when the text begins with a blank: it looks at the start of the text
/// where it should look at the next line.
fn refolded(text: &str) -> Cow<'_, str> {
    let is_blank = |line: &str| line.starts_with([' ', '\t']);
    let special = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    // Such text is written with double quotes.
    if text.contains(" \n") || text.ends_with(' ') || text.contains(special) || !text.contains('\n') {
        return Cow::Borrowed(text);
    }
    let start = text.trim_start_matches('\n');
    let adds = usize::from(!start.is_empty() && !is_blank(start));
    let mut result = "\n".repeat(text.len() - start.len());
    let mut rest = start;
    while !rest.is_empty() {
        let end = rest.find('\n').unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        let next = after.trim_start_matches('\n');
        let breaks = after.len() - next.len();
        result.push_str(line);
        rest = next;
        if breaks == 0 {
            break;
        }
        let written = breaks + if is_blank(line) { 0 } else { adds };
        if next.is_empty() {
            // One break at the end is clipped to one, more are kept.
            result.push_str(&"\n".repeat(if breaks == 1 { 1 } else { written }));
        } else if is_blank(line) || is_blank(next) {
            result.push_str(&"\n".repeat(written));
        } else if written == 1 {
            result.push(' ');
        } else {
            result.push_str(&"\n".repeat(written - 1));
        }
    }
    Cow::Owned(result)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{files, resources, shown, stage};
    use super::*;

    #[test]
    fn annotations_are_the_text_that_was_written() {
        let text =
            "metadata: {annotations: {a: 2001-1-2, b: 0777, c: true, d: '1', e: x}}\ndata: {a: 2001-1-2}\n";
        let map = files(&[("a.yaml", text)]);
        let mut object = resources(&map, 0).remove(0);
        normalise(&stage(&map), &mut object);
        let annotations = object.root(&map).path(&["metadata", "annotations"]).map(shown);
        // Confirmed with `kubectl kustomize` 1.32.
        let expected = r#"{a: "2001-1-2", b: "0777", c: "true", d: "1", e: "x"}"#;
        assert_eq!(annotations.as_deref(), Some(expected));
        let is_text = |value: Cursor<'_>| go::time(value).is_none();
        let values = object.root(&map).path(&["metadata", "annotations"]).map(|all| all.entries());
        assert!(values.iter().flatten().all(|entry| is_text(entry.value)));
        assert!(!object.root(&map).path(&["data", "a"]).is_some_and(is_text));
    }

    #[test]
    fn annotations_of_kustomize_itself_go() {
        let text = "metadata: {annotations: {config.kubernetes.io/index: '3', config.kubernetes.io/merge-source: a, \
                    internal.config.kubernetes.io/path: b, internal.config.kubernetes.io/foo: c}}\n";
        let map =
            files(&[("a.yaml", text), ("b.yaml", "metadata: {annotations: {config.k8s.io/id: '3'}}\n")]);
        let shown_of = |file| {
            let mut object = resources(&map, file).remove(0);
            normalise(&stage(&map), &mut object);
            object.root(&map).path(&["metadata", "annotations"]).map(shown)
        };
        // Confirmed with `kubectl kustomize` 1.32.
        let expected = r#"{config.kubernetes.io/merge-source: "a", internal.config.kubernetes.io/foo: "c"}"#;
        assert_eq!(shown_of(0).as_deref(), Some(expected));
        assert_eq!(shown_of(1), None);
        assert!(OWN.is_sorted());
    }

    #[test]
    fn folded_text_is_written_as_go_yaml_writes_it() {
        // Each confirmed with `kubectl kustomize` 1.32.
        for (before, after) in [
            ("one two\nthree\n  more\nfour", "one two\nthree\n\n  more\nfour"),
            ("x\n more\n\n again\nlast\n", "x\n\n more\n\n again\nlast\n"),
            (" lead\na b\nc\n", " lead\na b c\n"),
            ("a\n\n  b\n\n\nc\n\n", "a\n\n\n  b\n\n\nc\n\n\n"),
            ("no break", "no break"),
            ("end \n  x", "end \n  x"),
        ] {
            assert_eq!(refolded(before), after, "{before:?}");
        }
    }
}
