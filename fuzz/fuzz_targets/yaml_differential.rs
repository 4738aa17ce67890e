//! `cargo +nightly fuzz run yaml_differential`: what the fast reader accepts, the full reader reads the same, and
//! decoding and mapping any scalar does not panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plimsoll::source::{Source, SourceId, SourceKind};
use plimsoll::yaml::reader::{self, QuotedLines};
use plimsoll::yaml::{Limits, decode, parse, segments};

fuzz_target!(|text: &str| {
    let source = Source::new("fuzz.yaml", SourceKind::File, text.to_owned());
    let (id, limits) = (SourceId(0), Limits::default());
    if let Ok(fast) = reader::fast(&source, id, limits, QuotedLines::Indented) {
        let full = reader::full(&source, id, limits);
        assert_eq!(fast.arena, full.arena);
        assert_eq!(fast.documents, full.documents);
        assert_eq!(fast.comments, full.comments);
        assert_eq!(fast.problems, full.problems);
    }
    let parsed = parse(&source, id, limits);
    for node in &parsed.arena.nodes {
        let length = decode(text, node).len();
        let (start, end) = segments(text, node).source_range(0, length);
        assert!(text.get(start as usize..end as usize).is_some());
    }
});
