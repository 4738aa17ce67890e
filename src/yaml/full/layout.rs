//! Where tokens stand in the text, as far as the parser's events do not say: the header of a block scalar, the
//! dash of a sequence, the place of an absent value, anchors and tags.
//!
//! Must not decide what the text means: the parser has done that. It only finds what is known to be there.

use std::ops::Range;

/// What lies between the end of one node and the start of the next.
#[derive(Clone, Default, Debug)]
pub(super) struct Gap {
    /// The anchor's name, without `&`.
    pub anchor: Option<Range<usize>>,
    /// The tag, with its `!`.
    pub tag: Option<Range<usize>>,
    /// Where the next token starts, or the end of the gap.
    pub end: usize,
    /// Behind the last indicator or property: where an absent value stands.
    pub empty: usize,
}

/// Reads the gap from `from` to the next node, which starts at `to` at the latest.
pub(super) fn gap(text: &str, from: usize, to: usize) -> Gap {
    let mut gap = Gap { empty: from, end: from, ..Gap::default() };
    while let Some(byte) = gap.skip(text, to) {
        match byte {
            b'-' | b':' | b'?' | b',' => gap.step(1),
            b'&' | b'!' => gap.property(text, to),
            _ => break,
        }
    }
    gap
}

/// Reads what announces an absent value: at most one indicator of its kind, then its properties.
pub(super) fn absent(text: &str, from: usize, indicator: Option<u8>) -> Gap {
    let mut gap = Gap { empty: from, end: from, ..Gap::default() };
    let mut announced = indicator.is_none();
    while let Some(byte) = gap.skip(text, text.len()) {
        match byte {
            _ if !announced && Some(byte) == indicator => {
                announced = true;
                gap.step(1);
            }
            // Flow: what comes behind a comma is the next entry.
            b',' if !announced && indicator == Some(b'?') => gap.step(1),
            b'&' if announced && gap.anchor.is_none() => gap.property(text, text.len()),
            b'!' if announced && gap.tag.is_none() => gap.property(text, text.len()),
            _ => break,
        }
    }
    gap
}

impl Gap {
    /// Moves over white space and comments; the byte there, if the gap goes on.
    fn skip(&mut self, text: &str, to: usize) -> Option<u8> {
        let bytes = &text.as_bytes()[..to.min(text.len())];
        loop {
            match bytes.get(self.end)? {
                b' ' | b'\t' | b'\n' | b'\r' => self.end += 1,
                b'#' => self.end = line_end(bytes, self.end),
                byte => return Some(*byte),
            }
        }
    }

    fn step(&mut self, bytes: usize) {
        self.end += bytes;
        self.empty = self.end;
    }

    fn property(&mut self, text: &str, to: usize) {
        let start = self.end;
        let end = word_end(text.as_bytes(), start, to.min(text.len()));
        if text.as_bytes()[start] == b'&' {
            self.anchor = Some(start + 1..end);
        } else {
            self.tag = Some(start..end);
        }
        self.step(end - start);
    }
}

/// Where a block scalar ends whose header starts at `header`: behind the last line that is indented like its
/// content or blank. Gives the indentation too.
pub(super) fn block_scalar(text: &str, header: usize, parent_column: Option<usize>) -> (usize, usize) {
    let bytes = text.as_bytes();
    let body = line_end(bytes, header).saturating_add(1).min(bytes.len());
    let digit = bytes[header..body].iter().take(3).find(|byte| (b'1'..=b'9').contains(byte));
    let explicit = digit.map(|digit| usize::from(digit - b'0') + parent_column.unwrap_or(0));
    let lines = || Lines { bytes, at: body };
    let least = parent_column.map_or(0, |column| column + 1);
    let detected = lines().find(|line| !line.blank).filter(|line| line.indent >= least);
    let Some(indent) = explicit.or(detected.map(|line| line.indent)) else {
        // No content: only the blank lines, all of which belong to the scalar.
        let blank: Vec<Line> = lines().take_while(|line| line.blank).collect();
        let indent = blank.iter().map(|line| line.indent).max().unwrap_or(0);
        return (blank.last().map_or(body, |line| line.end), indent);
    };
    let root_marker = |line: &Line| {
        let start = &bytes[line.start..line.end];
        line.indent == 0
            && (start.starts_with(b"---") || start.starts_with(b"..."))
            && start.get(3).is_none_or(|byte| byte.is_ascii_whitespace())
    };
    let belongs = |line: &Line| line.blank || (line.indent >= indent && !root_marker(line));
    let end = lines().take_while(belongs).last().map_or(body, |line| line.end);
    (end, indent)
}

/// Column of an offset, in bytes from the start of its line.
pub(super) fn column(text: &str, at: usize) -> usize {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |line| line + 1);
    let start = if start == 0 && text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { start };
    at.saturating_sub(start)
}

struct Line {
    start: usize,
    indent: usize,
    blank: bool,
    /// Behind the line break.
    end: usize,
}

struct Lines<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let start = self.at;
        let break_at = line_end(self.bytes, start);
        let end = (break_at + 1).min(self.bytes.len());
        let indent = self.bytes[start..break_at].iter().take_while(|byte| **byte == b' ').count();
        let blank = matches!(&self.bytes[start + indent..break_at], [] | [b'\r']);
        self.at = end;
        Some(Line { start, indent, blank, end })
    }
}

/// Offset of the line break that ends the line, or of the end of the text.
fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |found| at + found)
}

/// End of an anchor or a tag.
fn word_end(bytes: &[u8], at: usize, to: usize) -> usize {
    let rest = &bytes[at..to];
    // `!<tag:yaml.org,2002:str>` may hold commas.
    let verbatim = rest.starts_with(b"!<");
    let ends = |byte: &u8| {
        byte.is_ascii_whitespace() || (!verbatim && matches!(byte, b',' | b'[' | b']' | b'{' | b'}'))
    };
    at + rest.iter().position(ends).unwrap_or(rest.len())
}
