//! Fields that templates left out because of a value: `{{- with .Values.resources }}` over `resources: {}`.
//!
//! Owns which mapping of what was printed lacks a field that a branch not taken would have printed. A wrong answer is
//! worse than none: the name must stand in the branch, at the column of a key beside it that the same call printed.

use std::cell::OnceCell;
use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::source::{Input, SourceId, SourceMap, Span, Step, StepKind};
use crate::template::Marker;
use crate::yaml::{Cursor, Kind, Style, Tree};

/// A document that a template printed.
pub(super) struct Document<'d> {
    pub map: &'d SourceMap,
    pub tree: &'d Tree,
    /// All that the template printed.
    pub text: &'d str,
    /// Where the document ends in it.
    pub end: usize,
    /// Where a part of the tree is in it.
    pub place: &'d dyn Fn(Span) -> Option<Range<usize>>,
}

/// A place in a template, and the call that printed it.
type Written = (Span, u32);

/// A mapping of the document.
struct Mapping {
    node: u32,
    /// Where something that would be in it can be missing.
    range: Range<usize>,
    /// Its keys, once somebody asks for them.
    keys: OnceCell<Keys>,
}

/// What is known about the keys of a mapping.
struct Keys {
    names: FxHashSet<Box<str>>,
    /// The calls that printed some, of which templates, and at which column of those.
    printed: FxHashSet<(u32, SourceId, usize)>,
}

/// A field that a branch would have printed.
struct Field {
    name: Span,
    /// The part of the template from its name to the next field.
    part: Span,
    column: usize,
}

impl Document<'_> {
    /// What the mappings of the document lack, by their nodes.
    pub fn absent(
        &self,
        markers: &[Marker],
        written: &dyn Fn(Range<usize>) -> Option<Written>,
    ) -> FxHashMap<u32, Vec<Input>> {
        let mut absent: FxHashMap<u32, Vec<Input>> = FxHashMap::default();
        if !markers.iter().any(|marker| marker.decider.is_some() && marker.skipped.is_some()) {
            return absent;
        }
        let mut waiting = self.mappings().into_iter().peekable();
        let mut around: Vec<Mapping> = Vec::new();
        for marker in markers {
            while let Some(mapping) = waiting.next_if(|mapping| mapping.range.start <= marker.offset) {
                around.retain(|outer| outer.range.end > mapping.range.start);
                around.push(mapping);
            }
            let (Some(decider), Some(body)) = (marker.decider, marker.skipped) else { continue };
            around.retain(|outer| outer.range.end >= marker.offset);
            let fields = fields(self.map, body);
            let Some(column) = fields.first().map(|field| field.column) else { continue };
            // The call that skipped the branch printed another key there, at the column that the branch has.
            let beside = (marker.call, body.source, column);
            let holds = |mapping: &&Mapping| self.keys(mapping, written).printed.contains(&beside);
            let mapping = around.iter().rev().find(holds).or_else(|| self.indented(&around, column, marker));
            let Some(mapping) = mapping else { continue };
            let keys = self.keys(mapping, written);
            let lacks = |field: &&Field| !keys.names.contains(self.map.slice(field.name));
            for field in fields.iter().filter(lacks) {
                let step = Step {
                    what: StepKind::LeftOut,
                    entry: field.part,
                    inputs: Box::new([Input::value(decider.span, decider.step)]),
                    previous: decider.step,
                };
                let step = self.map.record(step);
                absent.entry(mapping.node).or_default().push(Input::left_out(field.name, step));
            }
        }
        absent
    }

    fn keys<'m>(&self, mapping: &'m Mapping, written: &dyn Fn(Range<usize>) -> Option<Written>) -> &'m Keys {
        mapping.keys.get_or_init(|| {
            let mut keys = Keys { names: FxHashSet::default(), printed: FxHashSet::default() };
            let holder = Cursor::at(self.map, self.tree.arena(), mapping.node);
            for entry in holder.entries() {
                keys.names.extend(entry.key.text().map(|name| name.into()));
                let Some((at, call)) = (self.place)(entry.key.span()).and_then(written) else { continue };
                let text = self.map.source(at.source).text();
                keys.printed.insert((call, at.source, indentation(text, at.start as usize)));
            }
            keys
        })
    }

    /// The mapping at whose column a call that printed nothing but white space stands.
    fn indented<'m>(&self, around: &'m [Mapping], column: usize, marker: &Marker) -> Option<&'m Mapping> {
        let before = self.text.get(..marker.offset)?;
        let line = before.rsplit('\n').next()?;
        if line.is_empty() || !line.bytes().all(|byte| byte == b' ') || !marker.is_called {
            return None;
        }
        around.iter().rev().find(|mapping| {
            let holder = Cursor::at(self.map, self.tree.arena(), mapping.node);
            let place = (self.place)(holder.span());
            let start = place.and_then(|place| self.text.get(..place.start));
            let own = start.and_then(|before| before.rsplit('\n').next()).map(|line| line.chars().count());
            own == Some(line.len() + column)
        })
    }

    /// The mappings in blocks, outer ones first.
    fn mappings(&self) -> Vec<Mapping> {
        let nodes = &self.tree.arena().nodes[..];
        let root = self.tree.root() as usize;
        let end = root + nodes.get(root).map_or(0, |node| node.skip as usize);
        let mut mappings: Vec<Mapping> = Vec::new();
        // Mappings whose end is not known yet, and lists: the index behind each, and which mapping it is.
        let mut open: Vec<(usize, Option<usize>)> = Vec::new();
        let mut last = None;
        for (index, node) in nodes.iter().enumerate().take(end).skip(root) {
            let Some(place) = (self.place)(node.span) else { continue };
            let is_inside = |open: &[(usize, Option<usize>)]| open.last().is_none_or(|(end, _)| index < *end);
            let mut ended = Vec::new();
            while !is_inside(&open) {
                ended.extend(open.pop().and_then(|(_, mapping)| mapping));
            }
            let before = last.unwrap_or(place.start);
            let is_item = matches!(open.last(), Some((_, None)));
            let between = self.text.get(before..place.start).unwrap_or_default();
            let dash = between.rfind('-').filter(|_| is_item).map(|at| before + at);
            let begin = dash.unwrap_or(place.start);
            for mapping in ended {
                if let Some(mapping) = mappings.get_mut(mapping) {
                    mapping.range.end = begin;
                }
            }
            let behind = index + node.skip as usize;
            match node.kind {
                Kind::Map if node.style == Style::Block && node.aux > 0 => {
                    let start = dash.unwrap_or(before.min(place.start));
                    open.push((behind, Some(mappings.len())));
                    mappings.push(Mapping {
                        node: index as u32,
                        range: start..self.end,
                        keys: OnceCell::new(),
                    });
                }
                Kind::Seq => open.push((behind, None)),
                Kind::Map => {}
                Kind::Scalar | Kind::Alias => last = Some(place.end),
            }
        }
        mappings
    }
}

/// The fields that a part of a template would print, when it prints fields of one mapping.
fn fields(map: &SourceMap, body: Span) -> Vec<Field> {
    let whole = map.source(body.source).text();
    let text = masked(map.slice(body));
    let mut found: Vec<Field> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let start = at;
        at += line.len();
        let lead = line.iter().take_while(|byte| matches!(**byte, b' ' | ACTION)).count();
        let rest = line.get(lead..).unwrap_or_default();
        if matches!(rest.first(), None | Some(b'\r' | b'\n' | b'#')) {
            continue;
        }
        let column = indentation(whole, body.start as usize + start + lead);
        let first = found.first().map(|first| first.column);
        let len = rest.iter().take_while(|byte| is_of_name(**byte)).count();
        let is_key = len > 0
            && rest.get(len) == Some(&b':')
            && matches!(rest.get(len + 1), None | Some(b' ' | b'\r' | b'\n' | &ACTION));
        match first {
            Some(first) if column < first => break,
            Some(first) if column > first => continue,
            // Items of a list stand at the column of its key.
            Some(_) if !is_key => continue,
            None if !is_key => return Vec::new(),
            _ => {}
        }
        let from = body.start + (start + lead) as u32;
        if let Some(last) = found.last_mut() {
            last.part = Span::new(body.source, last.part.start, from);
        }
        found.push(Field {
            name: Span::new(body.source, from, from + len as u32),
            part: Span::new(body.source, from, body.end()),
            column,
        });
    }
    found
}

/// What stands for a byte of an action.
const ACTION: u8 = 1;

/// A part of a template with its actions painted over, line breaks in them too.
fn masked(text: &str) -> Vec<u8> {
    let mut masked = text.as_bytes().to_vec();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find("{{")).map(|at| from + at) {
        let end = text.get(start..).and_then(|rest| rest.find("}}")).map_or(text.len(), |at| start + at + 2);
        masked.iter_mut().take(end).skip(start).for_each(|byte| *byte = ACTION);
        from = end;
    }
    masked
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/')
}

/// How far the line of a place is indented; behind a dash the key counts.
fn indentation(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    match line.bytes().all(|byte| matches!(byte, b' ' | b'-')) {
        true => line.len(),
        false => line.len() - line.trim_start_matches(' ').len(),
    }
}
