//! Finds in the source text what granit-parser's spans leave out: dashes, colons, block scalar headers.
//!
//! Each search starts at the end of the last node and steps over what may stand between two nodes: white space,
//! comments, anchors, tags and document markers. The text was accepted by granit, so nothing else can.

use std::ops::Range;

/// Offset of the `-` of the next sequence entry.
pub(super) fn dash(text: &str, from: usize) -> Option<usize> {
    find(text, from, |byte| byte == b'-')
}

/// Offset of the `:` that directly follows (apart from white space and comments).
pub(super) fn colon(text: &str, from: usize) -> Option<usize> {
    let at = skip_space(text.as_bytes(), from);
    (text.as_bytes().get(at) == Some(&b':')).then_some(at)
}

/// The whole of a block scalar of which granit gives the content: from its header to the start of the line that
/// ended it.
pub(super) fn block_scalar(text: &str, from: usize, content: Range<usize>) -> Range<usize> {
    let start = find(text, from, |byte| matches!(byte, b'|' | b'>')).unwrap_or(content.start);
    let end = content.end.max(start + 1).min(text.len());
    let line = line_start(text, end);
    // granit has already stepped over the indentation of what follows.
    let indented =
        end < text.len() && line > start && text.as_bytes()[line..end].iter().all(|&byte| byte == b' ');
    start..if indented { line } else { end }
}

/// Bytes between the start of the line and `at`.
pub(super) fn column(text: &str, at: usize) -> usize {
    at - line_start(text, at)
}

/// Whether only white space stands before `at` on its line.
pub(super) fn is_first_on_line(text: &str, at: usize) -> bool {
    text.get(line_start(text, at)..at).unwrap_or_default().bytes().all(|byte| matches!(byte, b' ' | b'\t'))
}

/// Whether a line of `from..to` begins with a document marker or a directive.
pub(super) fn has_boundary(text: &str, from: usize, to: usize) -> bool {
    let to = to.min(text.len());
    let Some(between) = text.as_bytes().get(from..to) else { return false };
    let own_line = (line_start(text, from) == from).then_some(from);
    let below = memchr::memchr_iter(b'\n', between).map(|at| from + at + 1);
    let mut lines = own_line.into_iter().chain(below).map(|start| &text.as_bytes()[start..]);
    lines.any(|line| [&b"---"[..], b"...", b"%"].iter().any(|marker| line.starts_with(marker)))
}

/// Offset behind the last `...` line before `at`.
pub(super) fn last_document_end(text: &str, at: usize) -> Option<usize> {
    let before = text.as_bytes().get(..at)?;
    memchr::memmem::rfind(before, b"\n...").map(|found| found + 4)
}

fn line_start(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    match memchr::memrchr2(b'\n', b'\r', before) {
        Some(line_break) => line_break + 1,
        None if before.starts_with(BOM) => BOM.len(),
        None => 0,
    }
}

const BOM: &[u8] = "\u{feff}".as_bytes();

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Skips white space, comments and byte order marks.
fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match bytes.get(at) {
            Some(&byte) if is_space(byte) => at += 1,
            Some(b'#') => at += memchr::memchr2(b'\n', b'\r', &bytes[at..]).unwrap_or(bytes.len() - at),
            Some(0xef) if bytes[at..].starts_with(BOM) => at += BOM.len(),
            _ => return at,
        }
    }
}

/// The first indicator from `from` that `wanted` accepts; `None` when a node begins before it.
fn find(text: &str, from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        at = skip_space(bytes, at);
        let marker = [&b"---"[..], b"..."].iter().any(|marker| bytes[at..].starts_with(marker));
        at += match *bytes.get(at)? {
            b'-' | b'.' if marker => 3,
            byte if wanted(byte) => return Some(at),
            b'-' | b':' | b'?' => 1,
            b'&' | b'!' => bytes[at..].iter().take_while(|&&byte| !is_space(byte)).count(),
            b'%' => memchr::memchr2(b'\n', b'\r', &bytes[at..])?,
            _ => return None,
        };
    }
}
