//! Sources, comparisons and renderings that the other modules share.

use plimsoll::source::{Source, SourceId, SourceKind};
use plimsoll::yaml::reader::{self, Bail, QuotedLines};
use plimsoll::yaml::{Flags, Kind, Limits, Parsed, ProblemKind, Style, decode, parse};

pub const ID: SourceId = SourceId(7);

pub fn source(text: &str) -> Source {
    Source::new("test.yaml", SourceKind::File, text.to_owned())
}

pub fn read(text: &str) -> Parsed {
    parse(&source(text), ID, Limits::default())
}

pub fn full(text: &str) -> Parsed {
    reader::full(&source(text), ID, Limits::default())
}

pub fn fast(text: &str) -> Result<Parsed, Bail> {
    reader::fast(&source(text), ID, Limits::default(), QuotedLines::Indented)
}

/// One line for every node, comment, property and problem: two results are equal when their dumps are.
pub fn dump(text: &str, parsed: &Parsed) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    for (index, node) in parsed.arena.nodes.iter().enumerate() {
        let written = text.get(node.span.start as usize..node.span.end() as usize);
        let shown: String = written.unwrap_or("<not on character boundaries>").chars().take(40).collect();
        writeln!(
            out,
            "{index}: {:?} {:?} {}..{} {shown:?} skip {} aux {} flags {} indent {}",
            node.kind,
            node.style,
            node.span.start,
            node.span.end(),
            node.skip,
            node.aux,
            node.flags.0,
            node.indent
        )
        .unwrap();
    }
    writeln!(out, "documents {:?}", parsed.documents).unwrap();
    for property in &parsed.arena.properties {
        writeln!(out, "{property:?}").unwrap();
    }
    for comment in &parsed.comments {
        writeln!(out, "{comment:?}").unwrap();
    }
    for problem in &parsed.problems {
        writeln!(out, "{problem:?}").unwrap();
    }
    out
}

/// Asserts that what the fast reader accepts, the full reader reads the same. Returns whether it accepted.
pub fn assert_agree(name: &str, text: &str) -> bool {
    let Ok(fast) = fast(text) else { return false };
    let full = full(text);
    let same = fast.arena == full.arena
        && fast.documents == full.documents
        && fast.comments == full.comments
        && fast.problems == full.problems;
    if !same {
        let (fast, full) = (dump(text, &fast), dump(text, &full));
        panic!("{name}: the readers differ about {text:?}\nfast:\n{fast}\nfull:\n{full}");
    }
    true
}

/// Asserts what holds for every result: spans on character boundaries and inside their parents, subtrees that
/// add up, aliases that point backwards.
pub fn assert_sound(name: &str, text: &str, parsed: &Parsed) {
    let nodes = &parsed.arena.nodes;
    let fits = |start: u32, end: u32| text.get(start as usize..end as usize).is_some();
    let mut parents: Vec<usize> = Vec::new();
    let mut roots = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        assert!(fits(node.span.start, node.span.end()), "{name}: span of node {index} in {text:?}");
        parents.retain(|&parent| parent + nodes[parent].skip as usize > index);
        let end = index + node.skip as usize;
        assert!(node.skip > 0 && end <= nodes.len(), "{name}: skip of node {index} in {text:?}");
        match parents.last() {
            None => roots.push(index as u32),
            Some(&parent) => {
                assert!(end <= parent + nodes[parent].skip as usize, "{name}: subtree {index} in {text:?}");
                assert!(
                    nodes[parent].span.contains(node.span),
                    "{name}: node {index} reaches out of {parent} in {text:?}\n{}",
                    dump(text, parsed)
                );
            }
        }
        match node.kind {
            Kind::Map | Kind::Seq => parents.push(index),
            Kind::Alias => assert!((node.aux as usize) < index, "{name}: alias {index} in {text:?}"),
            Kind::Scalar => assert_eq!(node.skip, 1),
        }
        assert_eq!(node.flags.has(Flags::PROPERTIES), parsed.arena.properties_of(index as u32).is_some());
    }
    // A document that its aliases let grow beyond all limits is lost, although its nodes are there.
    let grown = |root: &u32| {
        let end = *root + parsed.arena.nodes[*root as usize].skip;
        let last = parsed.arena.nodes[end as usize - 1].span.end();
        let start = parsed.arena.nodes[*root as usize].span.start;
        parsed.problems.iter().any(|problem| {
            problem.kind == ProblemKind::Aliases && (start..=last).contains(&problem.span.start)
        })
    };
    roots.retain(|root| !grown(root));
    assert_eq!(roots, parsed.documents, "{name}: documents of {text:?}");
    for comment in &parsed.comments {
        let shown = text.get(comment.span.start as usize..comment.span.end() as usize);
        assert!(shown.is_some_and(|shown| shown.starts_with('#')), "{name}: comment {comment:?} in {text:?}");
    }
    for problem in &parsed.problems {
        assert!(fits(problem.span.start, problem.span.end()), "{name}: {problem:?} in {text:?}");
        assert!(!problem.message.is_empty());
        if let Some((related, words)) = &problem.related {
            assert!(fits(related.start, related.end()) && !words.is_empty(), "{name}: {problem:?}");
        }
    }
}

/// The documents as events in the notation of yaml-test-suite.
pub fn events(text: &str, parsed: &Parsed) -> Vec<String> {
    let mut out = vec!["+STR".to_owned()];
    for &root in &parsed.documents {
        out.push("+DOC".to_owned());
        let nodes = &parsed.arena.nodes;
        let mut open: Vec<(usize, &str)> = Vec::new();
        for index in root as usize..root as usize + nodes[root as usize].skip as usize {
            while let Some((_, close)) = open.pop_if(|(end, _)| *end == index) {
                out.push(close.to_owned());
            }
            let node = &nodes[index];
            let end = index + node.skip as usize;
            let slice = |start: u32, end: u32| &text[start as usize..end as usize];
            let mut properties = String::new();
            if let Some(found) = parsed.arena.properties_of(index as u32) {
                for (sign, span) in [("&", found.anchor), ("", found.tag)] {
                    if span.len > 0 {
                        properties += &format!(" {sign}{}", slice(span.start, span.end()));
                    }
                }
            }
            match node.kind {
                Kind::Map => {
                    out.push(format!("+MAP{properties}"));
                    open.push((end, "-MAP"));
                }
                Kind::Seq => {
                    out.push(format!("+SEQ{properties}"));
                    open.push((end, "-SEQ"));
                }
                Kind::Alias => out.push(format!("=ALI {}", slice(node.span.start, node.span.end()))),
                Kind::Scalar => {
                    let sign = match node.style {
                        Style::Single => '\'',
                        Style::Double => '"',
                        Style::Literal => '|',
                        Style::Folded => '>',
                        _ => ':',
                    };
                    out.push(format!("=VAL{properties} {sign}{}", escape(&decode(text, node))));
                }
            }
        }
        out.extend(open.iter().rev().map(|(_, close)| (*close).to_owned()));
        out.push("-DOC".to_owned());
    }
    out.push("-STR".to_owned());
    out
}

fn escape(value: &str) -> String {
    let mut out = String::new();
    for character in value.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\0' => out.push_str("\\0"),
            '\u{7}' => out.push_str("\\a"),
            '\u{1b}' => out.push_str("\\e"),
            other => out.push(other),
        }
    }
    out
}

/// A small generator of numbers; the same seed gives the same tests on every machine.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}
