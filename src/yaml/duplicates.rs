//! Duplicate keys, found over the finished tape so that both readers report the same.
//!
//! Owns the question when two keys are one key: when Kubernetes reads them as the same JSON text. `y`, `on` and
//! `true` are `true`, `01` and `1` are `1`. A key that overrides a merged one (`<<`) is no duplicate.

use std::borrow::Cow;

use crate::source::Span;

use super::scalar::{Schema, Typed, decode, resolve};
use super::{Arena, Flags, Kind, Node, Problem, ProblemKind, Style, key_hash};

/// Up to this many keys every pair is compared; above it they are sorted by hash.
const FEW: usize = 12;

/// Appends a problem for each key that repeats an earlier one of its mapping.
pub(super) fn find(text: &str, arena: &Arena, problems: &mut Vec<Problem>) {
    let keys = Keys { text, arena };
    let mut hashes: Vec<(u32, u32)> = Vec::new();
    for (index, map) in arena.nodes.iter().enumerate() {
        if map.kind != Kind::Map || map.aux < 4 {
            continue;
        }
        hashes.clear();
        let mut key = index + 1;
        for _ in 0..map.aux / 2 {
            let Some(node) = arena.nodes.get(key) else { break };
            hashes.push((keys.hash(key, node), key as u32));
            let value = key + node.skip as usize;
            key = value + arena.nodes.get(value).map_or(1, |value| value.skip as usize);
        }
        if hashes.len() <= FEW {
            keys.compare_pairs(&hashes, problems);
        } else {
            hashes.sort_unstable();
            for run in hashes.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1) {
                keys.compare_pairs(run, problems);
            }
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

    /// A hash that is equal for equal keys.
    #[inline(always)]
    fn hash(&self, index: usize, node: &Node) -> u32 {
        if node.kind == Kind::Scalar && !self.may_change(node) {
            return node.aux;
        }
        key_hash(self.read(index as u32).as_bytes())
    }

    /// Whether Kubernetes may read another text than the decoded one.
    #[inline(always)]
    fn may_change(&self, node: &Node) -> bool {
        if !matches!(node.style, Style::Plain | Style::Empty) {
            return false;
        }
        match self.text.as_bytes().get(node.span.start as usize) {
            Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b'~') => true,
            Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O') => node.span.len <= 5,
            _ => node.style == Style::Empty,
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

    /// Reports every key that equals an earlier one, once, against the first of its kind.
    fn compare_pairs(&self, keys: &[(u32, u32)], problems: &mut Vec<Problem>) {
        for (later, &(hash, key)) in keys.iter().enumerate() {
            let same = |&&(other, first): &&(u32, u32)| other == hash && self.read(first) == self.read(key);
            if let Some(&(_, first)) = keys[..later].iter().find(same) {
                problems.extend(self.problem(first, key));
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
