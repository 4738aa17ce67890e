//! Duplicate keys, found over the finished tape so that both readers report the same.
//!
//! Owns the question when two keys are one key: when Kubernetes reads them as the same JSON text. `y`, `on` and
//! `true` are `true`, `01` and `1` are `1`. A key that overrides a merged one (`<<`) is no duplicate.

use std::borrow::Cow;
use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use crate::source::Span;

use super::scalar::{Schema, Typed, decode, resolve};
use super::{Arena, Flags, Kind, Node, Problem, ProblemKind, Style, key_hash};

/// Appends a problem for each key that repeats an earlier one of its mapping.
pub(super) fn find(text: &str, arena: &Arena, problems: &mut Vec<Problem>) {
    let keys = Keys { text, arena };
    for (index, map) in arena.nodes.iter().enumerate() {
        if map.kind == Kind::Map && map.aux >= 4 && keys.may_repeat(index, map) {
            keys.compare(index, map, problems);
        }
    }
}

struct Keys<'a> {
    text: &'a str,
    arena: &'a Arena,
}

impl<'a> Keys<'a> {
    fn node(&self, index: u32) -> Option<&'a Node> {
        self.arena.nodes.get(index as usize)
    }

    /// The keys of a mapping, in the order in which they are written.
    #[inline(always)]
    fn of(&self, map_index: usize, map: &Node) -> impl Iterator<Item = (usize, &'a Node)> {
        let nodes = &self.arena.nodes;
        let mut next = map_index + 1;
        (0..map.aux / 2).map_while(move |_| {
            let index = next;
            let key = nodes.get(index)?;
            let value = index + key.skip as usize;
            next = value + nodes.get(value)?.skip as usize;
            Some((index, key))
        })
    }

    /// Whether two keys of a mapping may be equal. Two filters of 64 bits: in most mappings no two hashes meet in
    /// both.
    #[inline(always)]
    fn may_repeat(&self, map_index: usize, map: &Node) -> bool {
        let (mut seen, mut meet) = ([0_u64; 2], false);
        for (index, key) in self.of(map_index, map) {
            let hash = self.hash(index, key);
            let bits = [1 << (hash >> 26), 1 << (hash >> 20 & 63)];
            meet |= (seen[0] & bits[0] != 0) & (seen[1] & bits[1] != 0);
            seen[0] |= bits[0];
            seen[1] |= bits[1];
        }
        meet
    }

    /// A hash that is equal for equal keys.
    #[inline(always)]
    fn hash(&self, index: usize, key: &Node) -> u32 {
        if key.kind == Kind::Scalar && !self.may_be_typed(key) {
            return key.aux;
        }
        self.hash_as_read(index, key)
    }

    #[inline(never)]
    fn hash_as_read(&self, index: usize, key: &Node) -> u32 {
        let is_string = |text| matches!(resolve(text, Schema::GoYamlV2), Typed::Str(_));
        match key.kind == Kind::Scalar && is_string(self.slice(key.span)) {
            true => key.aux,
            false => key_hash(self.read(index as u32).as_bytes()),
        }
    }

    /// A quick and coarse answer whether Kubernetes may read another text than the decoded one.
    #[inline(always)]
    fn may_be_typed(&self, key: &Node) -> bool {
        match key.style {
            Style::Plain => self.text.as_bytes().get(key.span.start as usize).is_none_or(|&first| {
                let is_number = matches!(first, b'0'..=b'9' | b'+' | b'-' | b'.' | b'~');
                is_number || key.span.len <= 5 && matches!(first | 0x20, b'y' | b'n' | b't' | b'f' | b'o')
            }),
            Style::Empty => true,
            _ => false,
        }
    }

    /// The key as Kubernetes reads it.
    fn read(&self, index: u32) -> Cow<'a, str> {
        let Some(mut node) = self.node(index) else { return Cow::Borrowed("") };
        let mut owner = index;
        if node.kind == Kind::Alias {
            owner = node.aux;
            let Some(target) = self.node(owner) else { return Cow::Borrowed("") };
            node = target;
        }
        let decoded = decode(self.text, node);
        if !matches!(node.style, Style::Plain | Style::Empty) || self.is_tagged_string(owner, node) {
            return decoded;
        }
        let canonical = match resolve(&decoded, Schema::GoYamlV2) {
            Typed::Str(_) => return decoded,
            Typed::Null => "null".to_owned(),
            Typed::Bool(value) => value.to_string(),
            Typed::Int(value) => value.to_string(),
            Typed::Uint(value) => value.to_string(),
            Typed::Float(value) => value.to_string(),
        };
        Cow::Owned(canonical)
    }

    fn is_tagged_string(&self, index: u32, node: &Node) -> bool {
        node.flags.has(Flags::PROPERTIES)
            && self.arena.properties_of(index).is_some_and(|property| self.slice(property.tag) == "!!str")
    }

    fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.start as usize..span.end() as usize).unwrap_or_default()
    }

    /// Reports each key of a mapping that equals an earlier one, against the first of its kind.
    #[inline(never)]
    fn compare(&self, map_index: usize, map: &Node, problems: &mut Vec<Problem>) {
        let mut hashes: Vec<(u32, u32)> =
            self.of(map_index, map).map(|(index, key)| (self.hash(index, key), index as u32)).collect();
        // Equal hashes become neighbours and keep their order.
        hashes.sort_unstable();
        for run in hashes.chunk_by(|one, other| one.0 == other.0).filter(|run| run.len() > 1) {
            let mut kinds: FxHashMap<Cow<'a, str>, u32> = FxHashMap::default();
            for &(_, key) in run {
                match kinds.entry(self.read(key)) {
                    Entry::Vacant(entry) => {
                        entry.insert(key);
                    }
                    Entry::Occupied(first) => problems.extend(self.problem(*first.get(), key)),
                }
            }
        }
    }

    fn problem(&self, first: u32, second: u32) -> Option<Problem> {
        let (first_node, second_node) = (self.node(first)?, self.node(second)?);
        let (one, other) = (self.slice(first_node.span), self.slice(second_node.span));
        let read = self.read(second);
        let message = if decode(self.text, first_node) == decode(self.text, second_node) {
            format!(
                "the key `{read}` is defined twice in this mapping; Kubernetes refuses it or keeps the last"
            )
        } else {
            format!("the key `{other}` repeats `{one}`: Kubernetes reads both as `{read}`")
        };
        Some(Problem {
            kind: ProblemKind::DuplicateKey,
            span: second_node.span,
            message,
            related: Some((first_node.span, "first defined here".to_owned())),
        })
    }
}
