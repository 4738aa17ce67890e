//! The one walk over a scalar's source text. It emits pieces: runs that are their own value, and characters
//! that stand for other bytes (an escape, a folded line break).
//!
//! Owns folding, escapes and chomping. Must not know what is made from the pieces. The text was accepted by a
//! reader, so what cannot occur there is passed over without a complaint.

use crate::yaml::{Node, Style};

/// Receives the pieces of a scalar in the order of its value.
pub(super) trait Sink {
    /// The bytes `from..to` of the source are part of the value as they are.
    fn copy(&mut self, from: usize, to: usize);
    /// The bytes `from..to` of the source stand for `times` times `what`.
    fn made(&mut self, what: char, times: usize, from: usize, to: usize);
}

/// The bytes between the delimiters of a scalar; all bytes of other nodes.
pub(super) fn content(node: &Node) -> (usize, usize) {
    let (start, end) = (node.span.start as usize, node.span.end() as usize);
    match node.style {
        Style::Single | Style::Double => (start + 1, (end - 1).max(start + 1)),
        _ => (start, end),
    }
}

/// Emits the pieces of a scalar of `text`.
pub(super) fn walk(text: &str, node: &Node, sink: &mut impl Sink) {
    let (start, end) = content(node);
    let Some(bytes) = text.as_bytes().get(..end) else { return };
    match node.style {
        Style::Literal => Block::new(bytes, start, node.indent).literal(sink),
        Style::Folded => Block::new(bytes, start, node.indent).folded(sink),
        _ => flow(bytes, start, node.style, sink),
    }
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Length of the line break at `at`; 0 when there is none. A lone CR is a line break in YAML.
fn line_break(bytes: &[u8], at: usize) -> usize {
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => 2,
        (Some(b'\n' | b'\r'), _) => 1,
        _ => 0,
    }
}

/// Skips line breaks and blanks from `at`: the offset of what follows, and the number of breaks.
fn skip_breaks(bytes: &[u8], mut at: usize) -> (usize, usize) {
    let mut breaks = 0;
    loop {
        let length = line_break(bytes, at);
        if length > 0 {
            breaks += 1;
            at += length;
        } else if bytes.get(at).copied().is_some_and(is_blank) {
            at += 1;
        } else {
            return (at, breaks);
        }
    }
}

/// Plain and quoted scalars: `bytes` ends where the scalar's content ends.
fn flow(bytes: &[u8], start: usize, style: Style, sink: &mut impl Sink) {
    let (mut at, mut run) = (start, start);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\n' | b'\r' => {
                // White space around a line break belongs to the layout. What an escape made does not: the run
                // starts behind it.
                let mut text_end = at;
                while text_end > run && is_blank(bytes[text_end - 1]) {
                    text_end -= 1;
                }
                copy(sink, run, text_end);
                let (next, breaks) = skip_breaks(bytes, at);
                fold(sink, breaks, text_end, next);
                (at, run) = (next, next);
            }
            b'\'' if style == Style::Single => {
                copy(sink, run, at);
                sink.made('\'', 1, at, at + 2);
                at += 2;
                run = at;
            }
            b'\\' if style == Style::Double => {
                copy(sink, run, at);
                at = escape(bytes, at, sink);
                run = at;
            }
            _ => at += 1,
        }
    }
    copy(sink, run, bytes.len());
}

fn copy(sink: &mut impl Sink, from: usize, to: usize) {
    if from < to {
        sink.copy(from, to);
    }
}

/// One line break folds to a space, more of them to one less than they are.
fn fold(sink: &mut impl Sink, breaks: usize, from: usize, to: usize) {
    match breaks {
        0 => {}
        1 => sink.made(' ', 1, from, to),
        more => sink.made('\n', more - 1, from, to),
    }
}

/// The escape whose backslash is at `at`; returns the offset behind it.
fn escape(bytes: &[u8], at: usize, sink: &mut impl Sink) -> usize {
    let made = match bytes.get(at + 1).copied().unwrap_or(b'\\') {
        b'0' => '\0',
        b'a' => '\u{7}',
        b'b' => '\u{8}',
        b't' | b'\t' => '\t',
        b'n' => '\n',
        b'v' => '\u{b}',
        b'f' => '\u{c}',
        b'r' => '\r',
        b'e' => '\u{1b}',
        b'N' => '\u{85}',
        b'_' => '\u{a0}',
        b'L' => '\u{2028}',
        b'P' => '\u{2029}',
        b'x' => return numeric_escape(bytes, at, 2, sink),
        b'u' => return numeric_escape(bytes, at, 4, sink),
        b'U' => return numeric_escape(bytes, at, 8, sink),
        b'\n' | b'\r' => {
            // An escaped line break stands for nothing; each empty line behind it is a line feed.
            let (next, breaks) = skip_breaks(bytes, at + 1);
            if breaks > 1 {
                sink.made('\n', breaks - 1, at, next);
            }
            return next;
        }
        other => other as char,
    };
    sink.made(made, 1, at, at + 2);
    at + 2
}

/// `\x41`, `\u00e9`, `\U0001f600`, and the pair of `\u` escapes by which JSON writes the last one.
fn numeric_escape(bytes: &[u8], at: usize, digits: usize, sink: &mut impl Sink) -> usize {
    let mut next = at + 2 + digits;
    let mut code = hex(bytes, at + 2, digits);
    if digits == 4 && (0xd800..0xdc00).contains(&code) && bytes.get(next..next + 2) == Some(b"\\u") {
        let low = hex(bytes, next + 2, 4);
        if (0xdc00..0xe000).contains(&low) {
            code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            next += 6;
        }
    }
    let next = next.min(bytes.len());
    sink.made(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 1, at, next);
    next
}

fn hex(bytes: &[u8], at: usize, digits: usize) -> u32 {
    let digits = bytes.get(at..at + digits).and_then(|digits| std::str::from_utf8(digits).ok());
    digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(u32::MAX)
}

/// A block scalar: its lines, stripped of their indentation.
struct Block<'t> {
    bytes: &'t [u8],
    /// Start of the first line below the header.
    body: usize,
    indent: usize,
    chomp: Chomp,
}

/// What becomes of the line breaks behind the last line with text.
#[derive(PartialEq)]
enum Chomp {
    /// `-`: none stays.
    Strip,
    /// The first stays.
    Clip,
    /// `+`: all stay.
    Keep,
}

/// One line: its text without indentation is `start..end`, the line break is `end..next`.
struct Line {
    start: usize,
    end: usize,
    next: usize,
}

impl Line {
    fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

impl<'t> Block<'t> {
    fn new(bytes: &'t [u8], start: usize, indent: u8) -> Self {
        let header = bytes.get(start + 1..(start + 3).min(bytes.len())).unwrap_or_default();
        // The header has at most two indicators; what stands behind a blank is a comment.
        let header = header.split(|&byte| is_blank(byte)).next().unwrap_or_default();
        let chomp = match header {
            _ if header.contains(&b'-') => Chomp::Strip,
            _ if header.contains(&b'+') => Chomp::Keep,
            _ => Chomp::Clip,
        };
        let mut block = Self { bytes, body: 0, indent: indent as usize, chomp };
        block.body = block.line(start).next;
        block
    }

    /// The line that starts at `at`.
    fn line(&self, at: usize) -> Line {
        let rest = &self.bytes[at..];
        let end = at + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let spaces = self.bytes[at..end].iter().take(self.indent).take_while(|&&byte| byte == b' ').count();
        Line { start: at + spaces, end, next: end + line_break(self.bytes, end) }
    }

    /// Emits a line break of the value that is a line break of the source.
    fn emit_break(&self, line: &Line, sink: &mut impl Sink) {
        match self.bytes.get(line.end..line.next) {
            Some(b"\n") => sink.copy(line.end, line.next),
            None | Some(b"") => {} // the end of the file, where go-yaml adds no line break
            Some(_) => sink.made('\n', 1, line.end, line.next),
        }
    }

    /// Start of the first line behind the last line that has text; `body` when none has.
    fn tail(&self) -> usize {
        let mut end = self.bytes.len();
        while end > self.body {
            let break_length = match &self.bytes[self.body..end] {
                [.., b'\r', b'\n'] => 2,
                [.., b'\n' | b'\r'] => 1,
                _ => 0,
            };
            let before = &self.bytes[self.body..end - break_length];
            let start = self.body + memchr::memrchr2(b'\n', b'\r', before).map_or(0, |at| at + 1);
            if !self.line(start).is_empty() {
                return end;
            }
            end = start;
        }
        self.body
    }

    /// Emits the line breaks from the last line with text on. `last` is that line.
    fn emit_tail(&self, last: Option<&Line>, sink: &mut impl Sink) {
        if self.chomp == Chomp::Strip {
            return;
        }
        if let Some(last) = last {
            self.emit_break(last, sink);
        }
        let mut at = last.map_or(self.body, |last| last.next);
        while self.chomp == Chomp::Keep && at < self.bytes.len() {
            let line = self.line(at);
            self.emit_break(&line, sink);
            at = line.next;
        }
    }

    fn literal(&self, sink: &mut impl Sink) {
        let (mut at, tail) = (self.body, self.tail());
        let mut last = None;
        while at < tail {
            let line = self.line(at);
            copy(sink, line.start, line.end);
            at = line.next;
            if at < tail {
                self.emit_break(&line, sink);
            } else {
                last = Some(line);
            }
        }
        self.emit_tail(last.as_ref(), sink);
    }

    fn folded(&self, sink: &mut impl Sink) {
        let (mut at, tail) = (self.body, self.tail());
        let mut last: Option<Line> = None;
        let mut empty = 0;
        while at < tail {
            let line = self.line(at);
            at = line.next;
            if line.is_empty() {
                empty += 1;
                continue;
            }
            match &last {
                None if empty > 0 => sink.made('\n', empty, self.body, line.start),
                None => {}
                // Lines that are indented deeper, and the breaks around them, are kept as they are.
                Some(above) if self.is_deeper(above) || self.is_deeper(&line) => {
                    sink.made('\n', empty + 1, above.end, line.start);
                }
                Some(above) => fold(sink, empty + 1, above.end, line.start),
            }
            copy(sink, line.start, line.end);
            empty = 0;
            last = Some(line);
        }
        self.emit_tail(last.as_ref(), sink);
    }

    fn is_deeper(&self, line: &Line) -> bool {
        self.bytes.get(line.start).copied().is_some_and(is_blank)
    }
}
