//! The fast reader: the block-style subset of YAML that Kubernetes files use, in one pass, straight into the
//! tape.
//!
//! Owns speed. It may refuse, but never differ: on anything odd, errors included, it gives up with a [`Bail`] and
//! the full reader decides; a text that it accepts has the nodes, spans and comments that the full reader finds.
//! So it must not judge and has no messages. It bails on explicit keys (`?`), directives, collections as keys,
//! pairs in flow sequences, empty keys, odd tags, tabs as indentation, lone CRs, control characters, line
//! separators that only YAML 1.1 knows, comments inside plain scalars, unknown aliases, keys above 1,024 bytes,
//! and on every syntax error.

mod block;
mod block_scalar;
mod flow;
mod precheck;
mod properties;
mod scan;
mod text;

use rustc_hash::FxHashMap;

use crate::source::{PADDING, Source, SourceId};

use super::key_hash::key_hash_padded;
use super::tape::Tape;
use super::{Comment, Flags, Limits, Parsed, Style, scalar};

/// Why and where the fast reader gave up. For tests and measurements; users see what the full reader says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bail {
    /// What it met.
    pub why: &'static str,
    /// Offset in the source.
    pub at: usize,
}

/// Where continuation lines of quoted text may begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QuotedLines {
    /// Deeper than the parent, as YAML 1.2 wants it.
    Indented,
    /// Anywhere, as go-yaml and with it Kubernetes reads them.
    Anywhere,
}

/// The reader recurses, so its depth has a bound of its own, whatever limit the user sets. Deeper text goes to the
/// full reader, which does not recurse.
const DEEPEST: u32 = 256;

/// Reads every document of `source`, or gives up.
pub fn parse(source: &Source, id: SourceId, limits: Limits, quoted: QuotedLines) -> Result<Parsed, Bail> {
    let text = source.text();
    let start = precheck::check(source.padded(), text.len())?;
    let mut reader = Reader {
        text,
        bytes: source.padded(),
        end: text.len(),
        at: start,
        line: start,
        // Small manifests have a node for every 12 to 15 bytes; `finish` gives back what is too much.
        tape: Tape::new(id, text.len() / 10 + 8),
        depth: 0,
        limit: limits.depth.min(DEEPEST),
        quoted_lines: quoted,
        tab: false,
        crossed_comment: false,
        anchors: FxHashMap::default(),
    };
    reader.stream().map_err(|why| Bail { why, at: reader.at })?;
    Ok(reader.tape.finish(text, Vec::new()))
}

/// Bails with a reason; the place is where the reader stands. Two words, so that it is returned in registers.
type Read<T> = Result<T, &'static str>;

/// Columns are signed so that "outside everything" is a number: the root's parent stands at column -1.
type Column = i32;
const OUTSIDE: Column = -1;

struct Reader<'s> {
    text: &'s str,
    /// The text and its padding.
    bytes: &'s [u8],
    /// Length of the text.
    end: usize,
    at: usize,
    /// Start of the line that `at` is on.
    line: usize,
    tape: Tape,
    depth: u32,
    limit: u32,
    quoted_lines: QuotedLines,
    /// A tab stands in the white space in front of `at` on its line.
    tab: bool,
    /// The last `skip` went over a comment.
    crossed_comment: bool,
    /// Anchors of the current document and the nodes they name.
    anchors: FxHashMap<&'s [u8], u32>,
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// What must follow an indicator for it to be one. NUL stands for the end of the text.
const fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0)
}

const fn is_flow_indicator(byte: u8) -> bool {
    matches!(byte, b',' | b'[' | b']' | b'{' | b'}')
}

impl<'s> Reader<'s> {
    #[inline(always)]
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn current(&self) -> u8 {
        self.byte(self.at)
    }

    #[inline(always)]
    fn column(&self) -> Column {
        (self.at - self.line) as Column
    }

    #[inline(always)]
    fn at_end(&self) -> bool {
        self.at >= self.end
    }

    #[cold]
    fn bail<T>(&self, why: &'static str) -> Read<T> {
        Err(why)
    }

    fn enter(&mut self) -> Read<()> {
        self.depth += 1;
        if self.depth > self.limit { self.bail("depth") } else { Ok(()) }
    }

    /// Whether `at` is a line's start with `---` or `...`; returns its character, otherwise 0.
    #[inline(always)]
    fn marker_at(&self, at: usize) -> u8 {
        let byte = self.byte(at);
        let is_marker = matches!(byte, b'-' | b'.')
            && self.byte(at + 1) == byte
            && self.byte(at + 2) == byte
            && is_separator(self.byte(at + 3));
        if is_marker { byte } else { 0 }
    }

    #[inline(always)]
    fn marker(&self) -> u8 {
        if self.at == self.line { self.marker_at(self.at) } else { 0 }
    }

    /// Moves to the next byte of content, over blank lines and comments.
    #[inline(always)]
    fn skip(&mut self) -> Read<()> {
        self.tab = false;
        self.crossed_comment = false;
        loop {
            match self.current() {
                b'\n' => {
                    self.line = self.at + 1;
                    self.tab = false;
                    self.at = scan::not_space(self.bytes, self.line);
                }
                b' ' => {
                    self.at += 1;
                    if self.current() == b' ' {
                        self.at = scan::not_space(self.bytes, self.at);
                    }
                }
                b'#' => {
                    self.comment()?;
                    self.crossed_comment = true;
                }
                b'\t' => {
                    self.tab = true;
                    self.at += 1;
                }
                // The precheck has seen to it that a line feed follows.
                b'\r' => self.at += 1,
                _ => return Ok(()),
            }
        }
    }

    /// Reads the comment at `at` and stops at its line break.
    #[inline(never)]
    fn comment(&mut self) -> Read<()> {
        let start = self.at;
        if start > self.line && !is_blank(self.byte(start - 1)) {
            return self.bail("comment without a blank before it");
        }
        let line_end = scan::line_end(self.bytes, start);
        let has_carriage_return = self.byte(line_end - 1) == b'\r';
        let end = line_end - usize::from(has_carriage_return);
        let own_line = self.bytes[self.line..start].iter().all(|&byte| is_blank(byte));
        self.tape.comments.push(Comment { span: self.tape.span(start, end), own_line });
        self.at = line_end;
        Ok(())
    }

    fn stream(&mut self) -> Read<()> {
        // A document without `---` can only be the first, or follow `...`.
        let mut needs_marker = false;
        loop {
            self.skip()?;
            if self.at_end() {
                return Ok(());
            }
            if self.tab {
                return self.bail("tab before a document");
            }
            if self.at == self.line && self.current() == b'%' {
                return self.bail("directive");
            }
            match self.marker() {
                b'.' => {
                    self.at += 3;
                    let line = self.line;
                    self.skip()?;
                    if !self.at_end() && self.line == line {
                        return self.bail("content after a document's end");
                    }
                    needs_marker = false;
                }
                b'-' => {
                    self.document(true)?;
                    needs_marker = true;
                }
                _ if needs_marker => return self.bail("content after a document"),
                _ => {
                    self.document(false)?;
                    needs_marker = true;
                }
            }
        }
    }

    fn document(&mut self, explicit: bool) -> Read<()> {
        self.anchors.clear();
        self.tape.documents.push(self.tape.nodes.len() as u32);
        let mut own_line = true;
        if explicit {
            self.at += 3;
            let (line, behind) = (self.line, self.at);
            self.skip()?;
            if self.at_end() || self.marker() != 0 {
                self.tape.push_empty(behind);
                return Ok(());
            }
            if self.at == self.line && self.current() == b'%' {
                return self.bail("directive");
            }
            own_line = self.line != line;
        }
        self.node(OUTSIDE, own_line, false)?;
        if !self.at_end() && self.marker() == 0 {
            return self.bail("content after the root");
        }
        Ok(())
    }

    /// Marks a scalar as a mapping key.
    #[inline(always)]
    fn make_key(&mut self, node: u32) {
        let Some(slot) = self.tape.nodes.get_mut(node as usize) else { return };
        let (start, end) = (slot.span.start as usize, slot.span.end() as usize);
        slot.aux = match slot.style {
            Style::Plain if !slot.flags.has(Flags::DECODE) => key_hash_padded(self.bytes, start, end),
            _ => super::key_hash(scalar::decode(self.text, slot).as_bytes()),
        };
    }
}

// Look-ahead by up to four bytes, and searches by sixteen, rely on it.
const _: () = assert!(PADDING >= 32);
