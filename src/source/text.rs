//! One source: its text, its lines, and how its bytes map back to a file.

use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Span, StepId};

/// NUL bytes kept behind every text, so that a reader may look ahead in blocks without a bounds check of its
/// own for every byte.
pub const PADDING: usize = 64;

/// What the text of a source is.
#[derive(Debug)]
pub enum SourceKind {
    /// A file of the repository.
    File,
    /// A document inside a scalar of another source: the decoded text of `host`.
    Embedded {
        /// The scalar, quotes or block header included.
        host: Span,
        /// Maps offsets of this text to offsets of the host's source.
        segments: Segments,
    },
    /// Text that stands in no file: made by a render step. The pieces that were copied from other sources, sorted
    /// and apart from each other; what lies between them was made up.
    Synthetic(Box<[Piece]>),
    /// A file in an archive, where nobody edits it: what is found in it is found at the place that names the archive.
    Packed(Span),
}

/// A run of synthetic text and where it was copied from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// Offset in the synthetic text.
    pub start: u32,
    /// Bytes of it.
    pub len: u32,
    /// The text it repeats. When the lengths differ (an escape was decoded), all of one stands for all of the other.
    pub from: Span,
    /// The step that had made that text.
    pub step: StepId,
}

/// A file of the repository, or text derived from files.
#[derive(Debug)]
pub struct Source {
    path: Utf8PathBuf,
    kind: SourceKind,
    /// The text and, unless it is synthetic and no document, [`PADDING`] NUL bytes.
    padded: Box<str>,
    /// Bytes of the text.
    len: usize,
    lines: OnceLock<Box<[u32]>>,
}

/// A place in a source as people and their tools count it. All numbers start at 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Position {
    /// Line; a line ends with `\n`, so `\r\n` counts once.
    pub line: u32,
    /// Column in Unicode scalar values. A byte order mark at the start of a file has no column.
    pub column: u32,
    /// Column in UTF-16 code units, as GitHub, SARIF viewers and language servers count.
    pub column_utf16: u32,
}

impl Source {
    /// A source with the given text. `path` is relative to the repository root with `/` separators; derived
    /// sources carry the path of the file they come from.
    pub fn new(path: impl Into<Utf8PathBuf>, kind: SourceKind, mut text: String) -> Self {
        let len = text.len();
        // Hardly any synthetic text is parsed, and there is a lot of it.
        if !matches!(kind, SourceKind::Synthetic(_)) {
            pad(&mut text);
        }
        Self { path: path.into(), kind, padded: text.into_boxed_str(), len, lines: OnceLock::new() }
    }

    /// Synthetic text that can be parsed.
    pub fn document(pieces: Box<[Piece]>, mut text: String) -> Self {
        let len = text.len();
        pad(&mut text);
        let (path, kind) = (Utf8PathBuf::new(), SourceKind::Synthetic(pieces));
        Self { path, kind, padded: text.into_boxed_str(), len, lines: OnceLock::new() }
    }

    /// Path relative to the repository root.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// What the text is.
    pub fn kind(&self) -> &SourceKind {
        &self.kind
    }

    /// The text, byte order mark included.
    pub fn text(&self) -> &str {
        &self.padded[..self.len]
    }

    /// The text as bytes followed by [`PADDING`] NUL bytes (none for synthetic text that is no document).
    pub fn padded(&self) -> &[u8] {
        self.padded.as_bytes()
    }

    /// The text of a span of this source; empty when the span does not fit the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text().get(span.start as usize..span.end() as usize).unwrap_or_default()
    }

    /// Offsets at which the lines start.
    fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let starts = memchr::memchr_iter(b'\n', self.text().as_bytes()).map(|at| at as u32 + 1);
            std::iter::once(0).chain(starts).collect()
        })
    }

    /// Number of lines; a final line feed starts no further line unless text follows it.
    pub fn line_count(&self) -> u32 {
        self.lines().len() as u32
    }

    /// Line and column of a byte offset. The one place where they are computed.
    pub fn position(&self, offset: u32) -> Position {
        let text = self.text();
        let offset = floor_char_boundary(text, offset as usize);
        let line = self.lines().partition_point(|&start| start as usize <= offset);
        let start = self.lines()[line - 1] as usize;
        let before = &text[start..offset];
        let before = if start == 0 { before.strip_prefix('\u{feff}').unwrap_or(before) } else { before };
        // Counting characters one by one is felt on lines of a megabyte, which are ASCII.
        let (column, column_utf16) = match before.is_ascii() {
            true => (before.len(), before.len()),
            false => (before.chars().count(), before.encode_utf16().count()),
        };
        Position { line: line as u32, column: column as u32 + 1, column_utf16: column_utf16 as u32 + 1 }
    }

    /// The bytes of a line, numbered from 1, without its line break. Lines past the end are empty.
    pub fn line_range(&self, line: u32) -> std::ops::Range<usize> {
        let text = self.text();
        let index = line.saturating_sub(1) as usize;
        let Some(&start) = self.lines().get(index) else { return text.len()..text.len() };
        let end = self.lines().get(index + 1).map_or(text.len(), |&next| next as usize - 1);
        let end = if end > start as usize && text.as_bytes()[end - 1] == b'\r' { end - 1 } else { end };
        start as usize..end
    }
}

fn pad(text: &mut String) {
    text.reserve_exact(PADDING);
    text.extend(std::iter::repeat_n('\0', PADDING));
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// A run of decoded text and the run of source bytes it was read from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment {
    /// Offset in the decoded text.
    pub text: u32,
    /// Bytes of decoded text.
    pub text_len: u32,
    /// Offset in the source.
    pub source: u32,
    /// Bytes of source. Equal to `text_len` when the bytes were copied; otherwise (an escape, a folded line
    /// break) the whole run of text stands for the whole run of source.
    pub source_len: u32,
}

/// The map from the decoded text of a scalar to the bytes of the source it was written in: sorted, without
/// gaps in the decoded text.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Segments(Vec<Segment>);

impl Segments {
    /// Appends a run; runs must come in the order of the decoded text. Adjacent copied runs are joined.
    pub fn push(&mut self, run: Segment) {
        if let Some(last) = self.0.last_mut()
            && last.text_len == last.source_len
            && run.text_len == run.source_len
            && last.source + last.source_len == run.source
        {
            last.text_len += run.text_len;
            last.source_len += run.source_len;
        } else {
            self.0.push(run);
        }
    }

    /// The same runs, read from `by` bytes further on.
    #[must_use]
    pub fn moved(mut self, by: u32) -> Self {
        self.0.iter_mut().for_each(|run| run.source += by);
        self
    }

    /// Source offsets of the decoded range `from..to`.
    pub fn source_range(&self, from: usize, to: usize) -> (u32, u32) {
        let start = self.source_offset(from as u32, false);
        (start, self.source_offset(to.max(from) as u32, to > from).max(start))
    }

    /// `end` asks for the source offset behind the byte before `text`, so that the end of a range does not
    /// run over indentation or an escape that belongs to what follows.
    fn source_offset(&self, text: u32, end: bool) -> u32 {
        let probe = if end { text - 1 } else { text };
        let index = self.0.partition_point(|run| run.text <= probe).saturating_sub(1);
        let Some(run) = self.0.get(index) else { return 0 };
        let into = text.saturating_sub(run.text).min(run.text_len);
        match run.text_len == run.source_len {
            true => run.source + into,
            false if end || into == run.text_len => run.source + run.source_len,
            false => run.source,
        }
    }
}
