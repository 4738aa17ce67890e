//! Typed walks over a tree: how rules read fields without a converted copy.
//!
//! A cursor follows aliases and merge keys, so a rule never sees them, and remembers the way it took, so a
//! report can point at the use as well as at the definition.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::source::{SourceMap, Span, StepId};

use super::{Arena, Flags, Kind, Node, Schema, Style, Tree, Typed, decode, key_hash, resolve, segments};

const NONE: u32 = u32::MAX;

/// Hash of the merge key.
const MERGE: u32 = key_hash(b"<<");

/// The texts of keys; what is no scalar has none.
type Keys<'w> = FxHashSet<Option<Cow<'w, str>>>;

/// Merge keys inside merged mappings are followed this deep; deeper ones (and cycles) are not looked into.
const MERGE_DEPTH: u32 = 8;

/// A place in a tree.
#[derive(Clone, Copy)]
pub struct Cursor<'w> {
    map: &'w SourceMap,
    arena: &'w Arc<Arena>,
    node: u32,
    /// The key this value was found under, or [`NONE`].
    key: u32,
    /// The alias this node was reached through, or [`NONE`].
    alias: u32,
}

/// Where a cursor stands in its arena, to come back to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    node: u32,
    key: u32,
    alias: u32,
}

/// A key and its value.
#[derive(Clone, Copy)]
pub struct Entry<'w> {
    /// The key.
    pub key: Cursor<'w>,
    /// The value; its [`Cursor::key`] is `key`.
    pub value: Cursor<'w>,
}

/// Where a walk along field names ended.
#[derive(Clone, Copy)]
pub enum Route<'w, 'p> {
    /// All names exist.
    Found(Cursor<'w>),
    /// Some do not.
    Missing {
        /// The last value that exists.
        deepest: Cursor<'w>,
        /// The names that do not, the first one being absent from `deepest`.
        rest: &'p [&'p str],
    },
}

impl<'w> Cursor<'w> {
    /// A cursor at the root of a tree.
    pub fn new(map: &'w SourceMap, tree: &'w Tree) -> Self {
        Self::at(map, tree.arena(), tree.root())
    }

    /// A cursor at a node of an arena.
    pub fn at(map: &'w SourceMap, arena: &'w Arc<Arena>, node: u32) -> Self {
        Cursor { map, arena, node, key: NONE, alias: NONE }.follow()
    }

    /// A cursor at a value that was found under a key, both by their indices.
    pub fn under(map: &'w SourceMap, arena: &'w Arc<Arena>, key: Option<u32>, node: u32) -> Self {
        Cursor { key: key.unwrap_or(NONE), ..Self::at(map, arena, node) }
    }

    /// Where it stands.
    pub fn mark(&self) -> Mark {
        Mark { node: self.node, key: self.key, alias: self.alias }
    }

    /// A cursor where another one stood in the same tree.
    pub fn back(map: &'w SourceMap, tree: &'w Tree, mark: Mark) -> Self {
        let Mark { node, key, alias } = mark;
        Cursor { map, arena: tree.arena(), node, key, alias }
    }

    fn raw(&self) -> &'w Node {
        &self.arena.nodes[self.node as usize]
    }

    /// Steps from an alias to the node it names.
    fn follow(mut self) -> Self {
        // An alias names a node, never another alias, so one step is enough.
        if self.raw().kind == Kind::Alias {
            self.alias = self.node;
            self.node = self.raw().aux;
        }
        self
    }

    /// The value as a tree that shares its nodes.
    pub fn tree(&self) -> Tree {
        Tree::new(Arc::clone(self.arena), self.node)
    }

    /// The sources the tree was written in.
    pub fn map(&self) -> &'w SourceMap {
        self.map
    }

    /// The node itself.
    pub fn node(&self) -> &'w Node {
        self.raw()
    }

    /// Index of the node in its arena.
    pub fn index(&self) -> u32 {
        self.node
    }

    /// The bytes the value is written as.
    pub fn span(&self) -> Span {
        self.raw().span
    }

    /// The render step that put the value here.
    pub fn step(&self) -> StepId {
        self.raw().step
    }

    /// The `*alias` through which the value was reached.
    pub fn alias(&self) -> Option<Span> {
        (self.alias != NONE).then(|| self.arena.nodes[self.alias as usize].span)
    }

    /// The key the value was found under, when it was reached through its mapping.
    pub fn key(&self) -> Option<Cursor<'w>> {
        (self.key != NONE).then_some(Cursor { node: self.key, key: NONE, alias: NONE, ..*self })
    }

    /// Whether the value is a mapping.
    pub fn is_map(&self) -> bool {
        self.raw().kind == Kind::Map
    }

    /// Whether the value is a sequence.
    pub fn is_seq(&self) -> bool {
        self.raw().kind == Kind::Seq
    }

    /// Whether the value is absent or null.
    pub fn is_null(&self) -> bool {
        self.typed(|typed| matches!(typed, Typed::Null)).unwrap_or(false)
    }

    /// The value of a field. Of equal keys the last one counts, as for Kubernetes; a merge key counts at its
    /// place in that order (go-yaml v2).
    pub fn get(&self, name: &str) -> Option<Cursor<'w>> {
        self.find(name.as_bytes(), key_hash(name.as_bytes()), 0)
    }

    fn find(&self, name: &[u8], hash: u32, depth: u32) -> Option<Cursor<'w>> {
        if self.raw().kind != Kind::Map {
            return None;
        }
        let end = self.node + self.raw().skip;
        let mut found = None;
        let mut key = self.node + 1;
        while key < end {
            let key_node = &self.arena.nodes[key as usize];
            let value = key + key_node.skip;
            if key_node.kind == Kind::Alias || key_node.aux == hash {
                let entry = self.entry(key, value);
                if entry.key.text().is_some_and(|text| text.as_bytes() == name) {
                    found = Some(entry.value);
                }
            } else if key_node.aux == MERGE && depth < MERGE_DEPTH && self.is_merge(key_node) {
                let merged = self.entry(key, value).value;
                let sources = std::iter::once(merged).filter(Cursor::is_map).chain(merged.items());
                // In a list of mappings the first one that has the key wins.
                found = sources.filter_map(|from| from.find(name, hash, depth + 1)).next().or(found);
            }
            key = value + self.arena.nodes[value as usize].skip;
        }
        found
    }

    fn is_merge(&self, key: &Node) -> bool {
        key.style == Style::Plain && self.map.slice(key.span) == "<<"
    }

    fn entry(&self, key: u32, value: u32) -> Entry<'w> {
        Entry {
            key: Cursor { node: key, key: NONE, alias: NONE, ..*self }.follow(),
            value: Cursor { node: value, key, alias: NONE, ..*self }.follow(),
        }
    }

    /// The keys and values written in this mapping, in order, then those merged into it that it does not set
    /// itself. Empty for anything that is not a mapping.
    pub fn entries(&self) -> Vec<Entry<'w>> {
        let mut entries = Vec::with_capacity(self.raw().aux as usize / 2);
        self.collect_entries(&mut entries, &mut None, 0);
        entries
    }

    /// Calls `each` with what [`entries`](Self::entries) has, which needs no list of them where nothing is merged in.
    pub fn for_each_entry(&self, mut each: impl FnMut(Entry<'w>)) {
        if self.raw().kind != Kind::Map {
            return;
        }
        let end = self.node + self.raw().skip;
        let mut keys = self.keys(end);
        if keys.any(|(_, node)| node.aux == MERGE && self.is_merge(node)) {
            self.entries().into_iter().for_each(each);
            return;
        }
        for (key, node) in self.keys(end) {
            each(self.entry(key, key + node.skip));
        }
    }

    /// The keys of a mapping that ends at `end`, with their indices.
    fn keys(&self, end: u32) -> impl Iterator<Item = (u32, &'w Node)> {
        let nodes = &self.arena.nodes;
        let mut next = self.node + 1;
        std::iter::from_fn(move || {
            let at = next;
            let key = nodes.get(at as usize).filter(|_| at < end)?;
            next = at + key.skip;
            next += nodes.get(next as usize)?.skip;
            Some((at, key))
        })
    }

    /// `known` are the keys so far, from the first merge on: most mappings have none.
    fn collect_entries(&self, entries: &mut Vec<Entry<'w>>, known: &mut Option<Keys<'w>>, depth: u32) {
        if self.raw().kind != Kind::Map || depth > MERGE_DEPTH {
            return;
        }
        let end = self.node + self.raw().skip;
        let mut merged = Vec::new();
        let mut key = self.node + 1;
        while key < end {
            let key_node = &self.arena.nodes[key as usize];
            let value = key + key_node.skip;
            let entry = self.entry(key, value);
            if self.is_merge(key_node) {
                merged.extend(std::iter::once(entry.value).filter(Cursor::is_map).chain(entry.value.items()));
            } else if depth == 0 {
                entries.push(entry);
            } else {
                let known =
                    known.get_or_insert_with(|| entries.iter().map(|entry| entry.key.text()).collect());
                if known.insert(entry.key.text()) {
                    entries.push(entry);
                }
            }
            key = value + self.arena.nodes[value as usize].skip;
        }
        for from in merged {
            from.collect_entries(entries, known, depth + 1);
        }
    }

    /// The items of a sequence; nothing for anything else.
    pub fn items(&self) -> impl Iterator<Item = Cursor<'w>> + use<'w> {
        let this = *self;
        let end = if this.is_seq() { this.node + this.raw().skip } else { 0 };
        let mut next = this.node + 1;
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let item = Cursor { node: next, key: NONE, alias: NONE, ..this };
                next += this.arena.nodes[next as usize].skip;
                item.follow()
            })
        })
    }

    /// Every scalar below this node that is written here, with the cursor's key set for values of mappings.
    /// Aliases are not followed: what they name is visited where it is written. Keys are not visited.
    pub fn scalars(&self) -> impl Iterator<Item = Cursor<'w>> + use<'w> {
        let this = *self;
        let end = this.node + this.raw().skip;
        // (end of the mapping, index of the key of the value that comes next)
        let mut maps: Vec<(u32, u32)> = Vec::new();
        let mut next = this.node;
        std::iter::from_fn(move || {
            while next < end {
                let at = next;
                let node = &this.arena.nodes[at as usize];
                next += 1;
                while maps.last().is_some_and(|&(map_end, _)| map_end <= at) {
                    maps.pop();
                }
                // A child of a mapping is a key when no key is waiting for its value.
                let key = match maps.last_mut() {
                    Some((_, waiting)) if *waiting == NONE => {
                        *waiting = at;
                        next = at + node.skip;
                        continue;
                    }
                    Some((_, waiting)) if *waiting != SEQUENCE => std::mem::replace(waiting, NONE),
                    _ => NONE,
                };
                match node.kind {
                    Kind::Map => maps.push((at + node.skip, NONE)),
                    // Items have no keys: a mapping around the sequence must not take them for its own.
                    Kind::Seq => maps.push((at + node.skip, SEQUENCE)),
                    Kind::Scalar => return Some(Cursor { node: at, key, alias: NONE, ..this }),
                    Kind::Alias => {}
                }
            }
            None
        })
    }

    /// Walks along field names.
    pub fn route<'p>(&self, names: &'p [&'p str]) -> Route<'w, 'p> {
        let mut deepest = *self;
        for (index, name) in names.iter().enumerate() {
            match deepest.get(name) {
                Some(value) => deepest = value,
                None => return Route::Missing { deepest, rest: &names[index..] },
            }
        }
        Route::Found(deepest)
    }

    /// The value at the end of a walk along field names, when all of them exist.
    pub fn path(&self, names: &[&str]) -> Option<Cursor<'w>> {
        match self.route(names) {
            Route::Found(value) => Some(value),
            Route::Missing { .. } => None,
        }
    }

    /// The decoded text of a scalar, whatever its type; `None` for collections.
    pub fn text(&self) -> Option<Cow<'w, str>> {
        let node = self.raw();
        (node.kind == Kind::Scalar).then(|| decode(self.map.source(node.span.source).text(), node))
    }

    /// The text of a scalar that Kubernetes reads as a string.
    pub fn string(&self) -> Option<Cow<'w, str>> {
        let text = self.text()?;
        self.typed(|typed| matches!(typed, Typed::Str(_)))?.then_some(text)
    }

    /// The value of a scalar that Kubernetes reads as a boolean.
    pub fn bool(&self) -> Option<bool> {
        self.typed(|typed| if let Typed::Bool(value) = typed { Some(value) } else { None })?
    }

    /// The value of a scalar that Kubernetes reads as an integer.
    pub fn int(&self) -> Option<i64> {
        self.typed(|typed| if let Typed::Int(value) = typed { Some(value) } else { None })?
    }

    /// The tag as written (`!!str`), when the node has one.
    pub fn tag(&self) -> Option<&'w str> {
        let tag = self.arena.properties_of(self.node)?.tag;
        (tag.len > 0).then(|| self.map.slice(tag))
    }

    fn typed<R>(&self, read: impl FnOnce(Typed<'_>) -> R) -> Option<R> {
        self.typed_as(Schema::GoYamlV2, read)
    }

    /// Hands the typed value of a scalar, as `schema` reads it, to `read`; `None` for collections.
    pub fn typed_as<R>(&self, schema: Schema, read: impl FnOnce(Typed<'_>) -> R) -> Option<R> {
        let text = self.text()?;
        let node = self.raw();
        let plain = matches!(node.style, Style::Plain | Style::Empty) && !node.flags.has(Flags::TEXT);
        Some(match self.tag() {
            None if plain => read(resolve(&text, schema)),
            Some("!!int" | "!!float" | "!!bool" | "!!null") => read(resolve(&text, schema)),
            None | Some(_) => read(Typed::Str(&text)),
        })
    }

    /// The bytes that the decoded range `from..to` of a scalar was written as.
    pub fn part(&self, from: usize, to: usize) -> Span {
        self.parts()(from, to)
    }

    /// [`part`](Self::part) for many ranges of a scalar, which is decoded once.
    pub fn parts(&self) -> impl Fn(usize, usize) -> Span + use<> {
        let node = self.raw();
        let source = node.span.source;
        let segments = segments(self.map.source(source).text(), node);
        move |from, to| {
            let (start, end) = segments.source_range(from, to);
            Span::new(source, start, end)
        }
    }

    /// The way from `root` to this node as a JSON path: `spec.containers[0].image`. Empty at the root, and for
    /// a node that does not lie under `root`.
    pub fn json_path(&self, root: u32) -> String {
        let mut path = String::new();
        let mut at = root;
        while at != self.node {
            let Some(parent) = self.arena.nodes.get(at as usize) else { return String::new() };
            let end = at + parent.skip;
            if self.node <= at || self.node >= end {
                return String::new();
            }
            let is_map = parent.kind == Kind::Map;
            let mut child = at + 1;
            let mut index = 0;
            loop {
                let node = &self.arena.nodes[child as usize];
                let value = if is_map { child + node.skip } else { child };
                let next = value + self.arena.nodes[value as usize].skip;
                if self.node < next {
                    if is_map {
                        push_name(&mut path, &decode(self.map.source(node.span.source).text(), node));
                    } else {
                        path.push_str(&format!("[{index}]"));
                    }
                    // A key names its entry: its path is that of the value.
                    if is_map && self.node < value {
                        return path;
                    }
                    at = value;
                    break;
                }
                child = next;
                index += 1;
            }
        }
        path
    }
}

/// Marks a sequence on the walk of [`Cursor::scalars`]: never "no key waits", so items are taken as values.
const SEQUENCE: u32 = u32::MAX - 1;

/// Appends a field name to a path as [`Cursor::json_path`] writes it.
pub fn push_name(path: &mut String, name: &str) {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    match (plain, path.is_empty()) {
        (true, true) => path.push_str(name),
        (true, false) => {
            path.push('.');
            path.push_str(name);
        }
        (false, _) => path.push_str(&format!("[{name:?}]")),
    }
}
