//! The text that a shell reads, made of bytes of a file: prefixes dropped, escapes undone, what is filled in marked.
//!
//! Must not know a dialect.

use std::ops::Range;

use crate::shell::Expressions;
use crate::source::{Segment, Segments, Source, SourceId, SourceKind, SourceMap, Span};

/// How marks of this text are read: what somebody fills in becomes `${{ … }}`, which no shell and no dialect that uses
/// this text has.
pub(super) const MARKS: Expressions = Expressions::DOLLAR_BRACES;

/// Longer expressions are cut in the mark, in bytes; the bytes of the file that they stand for stay all.
const MARK: usize = 200;

/// A text in the making.
pub(super) struct Decoded<'t> {
    file: &'t str,
    text: String,
    segments: Segments,
    /// The first and the last byte it was made of.
    host: Option<Range<usize>>,
}

impl<'t> Decoded<'t> {
    /// An empty text of a file.
    pub fn new(file: &'t str) -> Self {
        Self { file, text: String::new(), segments: Segments::default(), host: None }
    }

    /// Bytes as they are written.
    pub fn copy(&mut self, range: Range<usize>) {
        let file = self.file;
        self.put(file.get(range.clone()).unwrap_or_default(), range);
    }

    /// A text that stands for bytes of the file.
    pub fn put(&mut self, text: &str, range: Range<usize>) {
        if text.is_empty() {
            return;
        }
        self.segments.push(Segment {
            text: self.text.len() as u32,
            text_len: text.len() as u32,
            source: range.start as u32,
            source_len: range.len() as u32,
        });
        self.text.push_str(text);
        self.host = Some(self.host.take().map_or(range.start, |host| host.start)..range.end);
    }

    /// Bytes that stand for something that is not known.
    pub fn opaque(&mut self, range: Range<usize>) {
        let written = self.file.get(range.clone()).unwrap_or_default();
        let end = written.char_indices().map(|(at, _)| at).take_while(|at| *at < MARK).last().unwrap_or(0);
        let inner: String =
            written.get(..end + 1).unwrap_or(written).chars().filter(|c| !"${}()\n".contains(*c)).collect();
        self.put(&format!("${{{{{}}}}}", inner.trim()), range);
    }

    /// Whether nothing was put into it.
    pub fn is_blank(&self) -> bool {
        self.text.trim_ascii().is_empty()
    }

    /// The text, as a span whose bytes lead back to the file.
    pub fn finish(self, map: &SourceMap, source: SourceId) -> Span {
        let host = self.host.unwrap_or_default();
        let host = Span::new(source, host.start as u32, host.end as u32);
        let length = self.text.len() as u32;
        let kind = SourceKind::Embedded { host, segments: self.segments };
        let made = map.derive(Source::new(map.source(source).path(), kind, self.text));
        Span::new(made, 0, length)
    }
}
