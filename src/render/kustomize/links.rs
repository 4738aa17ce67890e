//! Fields of one object that are one and the same to Kustomize.
//!
//! A label that `labels`, `commonLabels` or `commonAnnotations` adds to several places of an object is a single node of
//! Kustomize's tree there, by an oversight that every build relies on: whatever writes to one of them later, a patch of
//! `metadata.labels` for instance, writes to the selectors as well. Only JSON 6902 patches take the object apart.
//! Owns which fields these are and what becomes of them. Must not know who writes.

use crate::source::{SourceMap, Span, StepId};
use crate::yaml::{Cursor, Draft, Kind, Node, Tree};

use super::edits::Edits;

/// The shared nodes of an object. Where they are in its tree is told by what they are: no other node has the same span
/// and the same step.
#[derive(Clone, Debug, Default)]
pub(in crate::render) struct Links(Vec<(Span, StepId)>);

impl Links {
    /// Remembers a node that was put into `tree`, if it is there more than once.
    pub fn add(&mut self, tree: &Tree, node: Node) {
        let link = (node.span, node.step);
        if count(tree, link) > 1 {
            self.0.push(link);
        }
    }

    /// The tree that `after` becomes when what was written to one of the fields that were linked in `before` is written
    /// to all of them.
    pub fn follow(&mut self, map: &SourceMap, before: &Tree, mut after: Tree) -> Tree {
        for link in &mut self.0 {
            if count(before, *link) == count(&after, *link) {
                continue;
            }
            let mut fields = Vec::new();
            collect(Cursor::new(map, before), Cursor::new(map, &after), *link, &mut fields);
            // They were written one after the other.
            let Some(written) = fields.iter().rfind(|field| !is(field.node(), *link)) else { continue };
            let (node, value) = (*written.node(), Draft::from(*written));
            let mut edits = Edits::default();
            let others = fields.iter().filter(|field| !is(field.node(), (node.span, node.step)));
            others.for_each(|field| edits.replace(*field, value.clone()));
            *link = (node.span, node.step);
            if !edits.is_empty() {
                after = edits.apply(&after);
            }
        }
        after
    }
}

fn is(node: &Node, link: (Span, StepId)) -> bool {
    node.kind == Kind::Scalar && (node.span, node.step) == link
}

fn count(tree: &Tree, link: (Span, StepId)) -> usize {
    tree.nodes().iter().filter(|node| is(node, link)).count()
}

/// The scalars in `after` that stand where `before` has a node of the link, in the order in which Kustomize walks.
fn collect<'a>(before: Cursor<'_>, after: Cursor<'a>, link: (Span, StepId), fields: &mut Vec<Cursor<'a>>) {
    if is(before.node(), link) {
        fields.extend((after.node().kind == Kind::Scalar).then_some(after));
    } else if before.is_map() && count(&before.tree(), link) > 0 {
        let mut entries = before.entries();
        entries.sort_by_cached_key(|entry| entry.key.text());
        for entry in entries {
            let same = entry.key.text().and_then(|key| after.get(&key));
            same.into_iter().for_each(|after| collect(entry.value, after, link, fields));
        }
    } else if before.is_seq() {
        before.items().zip(after.items()).for_each(|(before, after)| collect(before, after, link, fields));
    }
}

#[cfg(test)]
mod tests {
    use super::super::labels;
    use super::super::testing::{files, resources, set_values, spec, stage, trees};
    use super::*;
    use crate::source::StepKind;

    /// Labels an object in three places, hands it to `write`, and returns what steps have set.
    fn labelled(write: impl FnOnce(&SourceMap, &mut super::super::resource::Resource)) -> Vec<String> {
        let object = "{kind: A, metadata: {name: a}, b: {v: old}, c: [{d: {v: old}}, {d: {}}, {d: {}}]}";
        let map = files(&[("c", "{v: one}"), ("o", object)]);
        let (mut objects, config) = (resources(&map, 1), trees(&map, 0));
        let pairs = Cursor::new(&map, &config[0]);
        let specs = ["+// metadata/labels", "// b", "// c/d"].map(spec);
        let done =
            labels::apply(&mut stage(&map), &mut objects, pairs.span(), pairs, &specs, StepKind::Labels);
        assert_eq!(done, Ok(()));
        write(&map, &mut objects[0]);
        let lines = set_values(&map, &objects).into_iter();
        lines.map(|line| line.split(" (").next().unwrap_or_default().to_owned()).collect()
    }

    fn set(map: &SourceMap, draft: &mut Draft, path: &[&str], text: &str) {
        let step = stage(map).step(StepKind::Patch, map.word(text), &[], StepId::PARSED);
        if let Some(field) = draft.path_mut(map, path) {
            *field = Draft::text(map.word(text), step);
        }
    }

    #[test]
    fn what_was_made_together_is_written_together() {
        let found = labelled(|map, object| {
            object.change(map, |draft| set(map, draft, &["metadata", "labels", "v"], "two"));
        });
        let expected = [
            "a metadata.labels.v = \"two\"",
            "a b.v = \"one\"",
            "a c[0].d.v = \"one\"",
            "a c[1].d.v = \"two\"",
            "a c[2].d.v = \"two\"",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn the_last_one_counts_and_what_is_removed_is_no_part_of_it() {
        let found = labelled(|map, object| {
            object.change(map, |draft| {
                draft.path_mut(map, &["metadata", "labels"]).and_then(|labels| labels.remove(map, "v"));
            });
            object.change(map, |draft| {
                for (at, text) in [(1, "two"), (2, "three")] {
                    let item = draft.get_mut(map, "c").and_then(|list| list.items_mut()?.get_mut(at));
                    item.into_iter().for_each(|item| set(map, item, &["d", "v"], text));
                }
            });
        });
        let expected =
            ["a b.v = \"one\"", "a c[0].d.v = \"one\"", "a c[1].d.v = \"three\"", "a c[2].d.v = \"three\""];
        assert_eq!(found, expected);
    }
}
