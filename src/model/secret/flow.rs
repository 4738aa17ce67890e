//! Where values end that stand in a flow mapping: `{password: x, image: y}`.
//!
//! Owns the answer for a text that could be read. Must not know which values are secret.

use std::collections::BTreeMap;

use crate::source::{SourceId, SourceMap};
use crate::yaml::{Cursor, Parsed};

/// The ends of plain scalars in flow mappings, by their starts, both in bytes of the file. A value that something
/// without a value follows is left out: `{password: a,b}` may be meant to be one value.
pub fn ends(map: &SourceMap, source: SourceId, parsed: &Parsed) -> BTreeMap<usize, usize> {
    let text = map.source(source).text();
    let mut ends = BTreeMap::new();
    for tree in parsed.trees() {
        below(Cursor::new(map, &tree), text, &mut ends);
    }
    ends
}

fn below(node: Cursor<'_>, text: &str, ends: &mut BTreeMap<usize, usize>) {
    if node.alias().is_some() {
        return;
    }
    let start = node.span().start as usize;
    let is_flow = text.get(start..).is_some_and(|text| text.starts_with('{'));
    let entries = node.entries();
    let is_whole = entries.iter().all(|entry| entry.value.span().len > 0);
    for entry in entries {
        let span = entry.value.span();
        if is_flow && is_whole && !entry.value.is_map() && !entry.value.is_seq() {
            ends.insert(span.start as usize, span.end() as usize);
        }
        below(entry.value, text, ends);
    }
    node.items().for_each(|item| below(item, text, ends));
}
