//! The value of a scalar: its decoded text, where each byte of it was written, and its type.
//!
//! Owns the step from source text to value. Must not know mappings or documents. [`decode`] and [`segments`]
//! consume the same pieces from [`pieces::walk`], so what a rule reads and where a report points cannot differ.

mod pieces;
mod resolve;
mod timestamp;

use std::borrow::Cow;

use crate::source::{Segment, Segments};

use super::{Flags, Node, Style};

pub use resolve::{Schema, Typed, resolve};
pub use timestamp::Timestamp;

/// The decoded text of a scalar of `text`, which is the whole text of the scalar's source. Borrowed when the
/// source text is the value. Of other nodes, the text they were written as.
pub fn decode<'t>(text: &'t str, node: &Node) -> Cow<'t, str> {
    if !node.flags.has(Flags::DECODE) {
        let (start, end) = pieces::content(node);
        return Cow::Borrowed(text.get(start..end).unwrap_or_default());
    }
    let mut decoded = Decoded { text, value: String::with_capacity(node.span.len as usize) };
    pieces::walk(text, node, &mut decoded);
    Cow::Owned(decoded.value)
}

/// The map from the decoded text of a scalar to the bytes of its source.
pub fn segments(text: &str, node: &Node) -> Segments {
    let mut mapped = Mapped { segments: Segments::default(), length: 0 };
    match node.flags.has(Flags::DECODE) {
        true => pieces::walk(text, node, &mut mapped),
        // Text that was put together is its bytes, line breaks and all, whatever style it has.
        false => {
            let (start, end) = pieces::content(node);
            if start < end {
                pieces::Sink::copy(&mut mapped, start, end);
            }
        }
    }
    if mapped.length == 0 {
        // An empty value still has a place: behind the opening quote, or where the value is absent.
        let at = pieces::content(node).0;
        mapped.segments.push(Segment { text: 0, text_len: 0, source: at as u32, source_len: 0 });
    }
    mapped.segments
}

struct Decoded<'t> {
    text: &'t str,
    value: String,
}

impl pieces::Sink for Decoded<'_> {
    fn copy(&mut self, from: usize, to: usize) {
        self.value.push_str(self.text.get(from..to).unwrap_or_default());
    }

    fn made(&mut self, what: char, times: usize, _from: usize, _to: usize) {
        self.value.extend(std::iter::repeat_n(what, times));
    }
}

struct Mapped {
    segments: Segments,
    length: u32,
}

impl Mapped {
    fn push(&mut self, text_len: usize, from: usize, to: usize) {
        let run = Segment {
            text: self.length,
            text_len: text_len as u32,
            source: from as u32,
            source_len: (to - from) as u32,
        };
        self.length += run.text_len;
        self.segments.push(run);
    }
}

impl pieces::Sink for Mapped {
    fn copy(&mut self, from: usize, to: usize) {
        self.push(to - from, from, to);
    }

    fn made(&mut self, what: char, times: usize, from: usize, to: usize) {
        self.push(what.len_utf8() * times, from, to);
    }
}

/// Flags of a flow scalar whose text, quotes included, is `raw`.
pub(super) fn flow_flags(style: Style, raw: &str) -> Flags {
    let special: &[char] = match style {
        Style::Double => &['\\', '\n', '\r'],
        _ => &['\n', '\r'],
    };
    let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
    let decode = raw.contains(special) || style == Style::Single && inner.contains('\'');
    if decode { Flags::DECODE } else { Flags::default() }
}

/// Columns of indentation that a block scalar without content has: all white space of its lines, so that none
/// of it is part of the value. `body` is the text below the header.
pub(super) fn blank_block_indent(body: &str) -> usize {
    body.split('\n').map(|line| line.bytes().take_while(|&byte| byte == b' ').count()).max().unwrap_or(0)
}
