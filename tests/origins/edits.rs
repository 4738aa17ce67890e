//! Every change of one scalar that the property tries.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll::source::{Source, SourceId, SourceKind, SourceMap, Span};
use plimsoll::yaml::{Cursor, Limits, Parsed, Schema, Style, Typed, parse, segments};

use crate::rendered::MERGE_KEYS;
use crate::support::Files;

/// Documents in scalars of documents are looked into this deep.
const DEPTH: u32 = 2;

/// Values that stand under the same key elsewhere are tried in its place, this many.
const SWAPS: usize = 2;

/// Where keys are names that people choose. Other keys are left as they are: a thing without them is no such thing.
const NAMES: [&str; 9] = [
    "labels",
    "annotations",
    "matchLabels",
    "selector",
    "data",
    "stringData",
    "pairs",
    "commonLabels",
    "commonAnnotations",
];

/// Other text in the place of a scalar.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Edit {
    pub path: String,
    /// The bytes that change.
    pub start: usize,
    pub end: usize,
    pub new: String,
    /// The scalar before.
    pub old: String,
    /// The key it stands under, or that of the list it stands in; nothing for a key.
    pub under: String,
}

impl Edit {
    /// The text of the file after the edit.
    pub fn apply(&self, text: &str) -> String {
        format!("{}{}{}", &text[..self.start], self.new, &text[self.end..])
    }

    /// Whether any of these bytes, of the text before the edit, take part in it.
    pub fn touches_before(&self, map: &SourceMap, span: Span) -> bool {
        self.touches(map, span, self.end)
    }

    /// As [`Edit::touches_before`], of the text after it.
    pub fn touches_after(&self, map: &SourceMap, span: Span) -> bool {
        self.touches(map, span, self.start + self.new.len())
    }

    /// Whether the edit lies within these bytes of the text before it.
    pub fn is_within_before(&self, map: &SourceMap, span: Span) -> bool {
        self.is_within(map, span, self.end)
    }

    /// As [`Edit::is_within_before`], of the text after it.
    pub fn is_within_after(&self, map: &SourceMap, span: Span) -> bool {
        self.is_within(map, span, self.start + self.new.len())
    }

    fn is_within(&self, map: &SourceMap, span: Span, end: usize) -> bool {
        let is_within = span.start as usize <= self.start && end <= span.end() as usize;
        is_within && map.source(span.source).path() == self.path
    }

    /// The offset before the edit of a byte of the text after it.
    pub fn offset_before(&self, at: usize) -> usize {
        let end = self.start + self.new.len();
        if at >= end && at > self.start { at - end + self.end } else { at }
    }

    fn touches(&self, map: &SourceMap, span: Span, end: usize) -> bool {
        span.start as usize <= end
            && self.start <= span.end() as usize
            && map.source(span.source).path() == self.path
    }
}

/// A scalar: where its content stands, and what is written there.
struct Scalar {
    /// Offsets in the file, quotes excluded.
    start: usize,
    end: usize,
    text: String,
    /// The key it stands under, or that of the list it stands in; for a key, nothing.
    under: Option<String>,
    is_plain: bool,
    /// What stands in its place in the other items of its list: two of one name would hide one of them.
    taken: Vec<String>,
}

/// All edits of all files.
pub fn all(files: &Files) -> Vec<Edit> {
    let scalars: Vec<(&String, Vec<Scalar>)> =
        files.iter().map(|(path, text)| (path, scalars(path, text))).collect();
    let mut known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for scalar in scalars.iter().flat_map(|(_, scalars)| scalars) {
        if let Some(under) = &scalar.under {
            known.entry(under).or_default().insert(&scalar.text);
        }
    }
    let mut edits = BTreeSet::new();
    for (path, scalars) in &scalars {
        for scalar in scalars {
            for new in others(scalar, &known) {
                edits.insert(edit(path, scalar, &new));
            }
        }
    }
    edits.into_iter().collect()
}

/// The smallest edit that makes the text of a scalar another.
fn edit(path: &str, scalar: &Scalar, new: &str) -> Edit {
    let old = &scalar.text;
    let same = |(a, b): &(char, char)| a == b;
    let front: usize = old.chars().zip(new.chars()).take_while(same).map(|(a, _)| a.len_utf8()).sum();
    let (rest, new) = (&old[front..], &new[front..]);
    let back: usize =
        rest.chars().rev().zip(new.chars().rev()).take_while(same).map(|(a, _)| a.len_utf8()).sum();
    Edit {
        path: path.to_owned(),
        start: scalar.start + front,
        end: scalar.end - back,
        new: new[..new.len() - back].to_owned(),
        old: old.clone(),
        under: scalar.under.clone().unwrap_or_default(),
    }
}

/// Other texts for a scalar.
fn others(scalar: &Scalar, known: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let text = &scalar.text;
    let mut others = vec![format!("{text}z")];
    let Some(under) = &scalar.under else { return others };
    others.push(format!("y{text}"));
    if scalar.is_plain {
        match plimsoll::yaml::resolve(text, Schema::GoYamlV2) {
            Typed::Bool(value) => others.push((!value).to_string()),
            Typed::Int(value) => others.push((value + 1).to_string()),
            _ => {}
        }
        // An item of a list without its key is no such item.
        if !MERGE_KEYS.contains(&under.as_str()) {
            others.push("null".to_owned());
        }
    }
    let siblings = known.get(under.as_str()).into_iter().flatten().copied();
    // Those that follow in the order of the alphabet, and then from its start.
    let (before, after): (Vec<&str>, Vec<&str>) =
        siblings.filter(|other| other != text).partition(|other| *other < text.as_str());
    others.extend(after.into_iter().chain(before).take(SWAPS).map(str::to_owned));
    others.retain(|other| other != text && !scalar.taken.contains(other));
    others
}

/// The scalars of a file, those of documents inside of scalars too. A file that is no YAML has lines.
fn scalars(path: &str, text: &str) -> Vec<Scalar> {
    let map = SourceMap::new(vec![Source::new(path, SourceKind::File, text.to_owned())]);
    let mut scalars = Vec::new();
    if [".yaml", ".yml", ".json", "Kustomization"].iter().any(|end| path.ends_with(end)) {
        let parsed = parse(map.source(SourceId(0)), SourceId(0), Limits::default());
        assert!(parsed.problems.is_empty(), "{path}: {:?}", parsed.problems);
        documents(&map, &parsed, DEPTH, &mut scalars);
    } else {
        lines(&map, Span::new(SourceId(0), 0, text.len() as u32), &mut scalars);
    }
    scalars
}

fn documents(map: &SourceMap, parsed: &Parsed, depth: u32, to: &mut Vec<Scalar>) {
    for tree in parsed.trees() {
        value(Cursor::new(map, &tree), "", depth, to);
    }
}

fn value(at: Cursor<'_>, under: &str, depth: u32, to: &mut Vec<Scalar>) {
    for entry in at.is_map().then(|| at.entries()).into_iter().flatten() {
        let key = entry.key.text().unwrap_or_default();
        if NAMES.contains(&under) {
            scalar(entry.key, None, to);
        }
        value(entry.value, &key, depth, to);
    }
    let mut items = Vec::new();
    for item in at.items() {
        let start = to.len();
        value(item, under, depth, to);
        items.push((item, start..to.len()));
    }
    for (item, own) in &items {
        let others = items.iter().map(|(other, _)| *other).filter(|other| other.index() != item.index());
        let others: Vec<Cursor<'_>> = others.collect();
        for scalar in &mut to[own.clone()] {
            let key = scalar.under.as_deref().unwrap_or_default();
            let same = others.iter().filter_map(|other| other.get(key).unwrap_or(*other).text());
            scalar.taken.extend(same.map(|text| text.into_owned()));
        }
    }
    let Some(text) = at.text() else { return };
    if !matches!(at.node().style, Style::Literal | Style::Folded) {
        return scalar(at, Some(under.to_owned()), to);
    }
    let map = at.map();
    let host = map.source(at.span().source);
    let kind = SourceKind::Embedded { host: at.span(), segments: segments(host.text(), at.node()) };
    let inner = map.derive(Source::new(host.path(), kind, text.into_owned()));
    let parsed = parse(map.source(inner), inner, Limits::default());
    let mut roots = parsed.trees().collect::<Vec<_>>().into_iter();
    let is_document = parsed.problems.is_empty()
        && roots.all(|tree| Cursor::new(map, &tree).is_map() || Cursor::new(map, &tree).is_seq());
    match is_document && depth > 0 {
        true => documents(map, &parsed, depth - 1, to),
        false => lines(map, Span::new(inner, 0, map.source(inner).text().len() as u32), to),
    }
}

fn scalar(at: Cursor<'_>, under: Option<String>, to: &mut Vec<Scalar>) {
    let Some(span) = at.map().in_file(at.span()) else { return };
    let quotes = usize::from(matches!(at.node().style, Style::Single | Style::Double));
    let (start, end) = (span.start as usize + quotes, span.end() as usize - quotes);
    let text = at.map().source(span.source).text()[start..end].to_owned();
    if text.is_empty() || text.contains('\n') {
        return;
    }
    to.push(Scalar { start, end, text, under, is_plain: quotes == 0, taken: Vec::new() });
}

/// The lines of a text. What stands behind `=` is what is changed, and the key in front of it.
fn lines(map: &SourceMap, whole: Span, to: &mut Vec<Scalar>) {
    let mut at = 0;
    for line in map.slice(whole).split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        if let Some(span) = map.in_file(whole.part(at, at + content.len())).filter(|span| span.len > 0) {
            let (start, end) = (span.start as usize, span.end() as usize);
            let text = content.to_owned();
            to.push(Scalar {
                start,
                end,
                text,
                under: Some(String::new()),
                is_plain: false,
                taken: Vec::new(),
            });
        }
        at += line.len();
    }
}
