//! Expands aliases and merge keys, so that what changes a tree meets neither.
//!
//! Owns the limits that keep documents of aliases of aliases from growing without end.

use crate::source::SourceMap;

use super::{Cursor, Draft, Kind, Style, Tree, key_hash};

/// Values of one tree beyond which nothing is expanded any more.
const NODES: u32 = 1_000_000;
/// Aliases inside what aliases name are followed this deep; readers accept no document that nests deeper.
const DEPTH: u32 = 256;

/// The tree without aliases and merge keys; the tree itself when it has none. `None` when it grows beyond all
/// limits, as only a document made to do so does.
pub fn inflate(map: &SourceMap, tree: &Tree) -> Option<Tree> {
    const MERGE: u32 = key_hash(b"<<");
    let merges =
        |node: &super::Node| node.aux == MERGE && node.kind == Kind::Scalar && node.style == Style::Plain;
    if !tree.nodes().iter().any(|node| node.kind == Kind::Alias || merges(node)) {
        return Some(tree.clone());
    }
    let mut left = NODES;
    Some(expand(Cursor::new(map, tree), DEPTH, &mut left)?.freeze())
}

fn expand(value: Cursor<'_>, depth: u32, left: &mut u32) -> Option<Draft> {
    *left = left.checked_sub(1)?;
    let depth = depth.checked_sub(1)?;
    let node = *value.node();
    match node.kind {
        Kind::Map => {
            let entries = value.entries().into_iter();
            let entries = entries
                .map(|entry| {
                    Some((Draft::from(entry.key).into_key(value.map()), expand(entry.value, depth, left)?))
                })
                .collect::<Option<Vec<_>>>()?;
            Some(Draft::Map(node, entries))
        }
        Kind::Seq => {
            let items = value.items().map(|item| expand(item, depth, left)).collect::<Option<Vec<_>>>()?;
            Some(Draft::Seq(node, items))
        }
        Kind::Scalar | Kind::Alias => Some(Draft::from(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, SourceId, SourceKind, StepId};
    use crate::yaml::{Limits, parse};

    fn inflated(text: &str) -> Option<String> {
        let map = SourceMap::new(vec![Source::new("a.yaml", SourceKind::File, text.to_owned())]);
        let parsed = parse(map.source(SourceId(0)), SourceId(0), Limits::default());
        let tree = inflate(&map, &parsed.trees().next()?)?;
        assert!(tree.nodes().iter().all(|node| node.kind != Kind::Alias && node.step == StepId::PARSED));
        let scalars = Cursor::new(&map, &tree).scalars().map(|scalar| {
            let path = scalar.json_path(tree.root());
            format!("{path}={}", scalar.text().unwrap_or_default())
        });
        Some(scalars.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn aliases_and_merge_keys_are_gone() {
        let text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: [*a]\n";
        assert_eq!(inflated(text).as_deref(), Some("a.x=1 a.y=2 b.y=3 b.x=1 c[0].x=1 c[0].y=2"));
    }

    #[test]
    fn what_grows_without_end_is_refused() {
        let mut text = "a0: &a0 [x]\n".to_owned();
        for n in 1..30 {
            text += &format!("a{n}: &a{n} [*a{0}, *a{0}, *a{0}]\n", n - 1);
        }
        assert_eq!(inflated(&text), None);
        assert_eq!(inflated("a: &a [*a]\n"), None);
    }
}
