//! Plain and quoted scalars.

use crate::yaml::{Flags, Style};

use super::{Column, QuotedLines, Read, Reader, is_blank, is_separator, scan};

/// A quoted scalar that was read; `at` is behind its closing quote.
#[derive(Clone, Copy)]
pub(super) struct Quoted {
    pub(super) style: Style,
    pub(super) end: usize,
    pub(super) flags: Flags,
    /// It spans lines, so it cannot be a key.
    pub(super) several_lines: bool,
}

impl Reader<'_> {
    /// Offset behind the last byte of `start..end` that is not blank.
    #[inline(always)]
    pub(super) fn trim(&self, start: usize, mut end: usize) -> usize {
        while end > start && is_blank(self.bytes[end - 1]) {
            end -= 1;
        }
        end
    }

    /// Reads one line of a plain scalar in block context: its end, and whether it is a key. Stops at the key's
    /// `:`, at a comment or at the line's end.
    #[inline(always)]
    pub(super) fn plain_line(&mut self) -> (usize, bool) {
        let start = self.at;
        let mut at = start;
        let is_key = loop {
            at = scan::plain(self.bytes, at);
            match self.byte(at) {
                b':' if is_separator(self.byte(at + 1)) => break true,
                b'#' if at > start && is_blank(self.byte(at - 1)) => break false,
                b'\n' | b'\r' | 0 => break false,
                _ => at += 1,
            }
        };
        self.at = at;
        (self.trim(start, at), is_key)
    }

    /// Behind a scalar: whether `:` follows and makes it a key. Stops at the `:` then, and otherwise where it was.
    #[inline(always)]
    pub(super) fn key_colon(&mut self, several_lines: bool) -> Read<bool> {
        let mut at = self.at;
        while is_blank(self.byte(at)) {
            at += 1;
        }
        if self.byte(at) != b':' || !is_separator(self.byte(at + 1)) {
            return Ok(false);
        }
        if several_lines {
            return self.bail("key of several lines");
        }
        self.at = at;
        Ok(true)
    }

    /// Reads the quoted scalar at `at`. Its lines must be indented deeper than `parent`.
    #[inline(always)]
    pub(super) fn quoted(&mut self, parent: Column) -> Read<Quoted> {
        let quote = self.current();
        let is_double = quote == b'"';
        let style = if is_double { Style::Double } else { Style::Single };
        let (mut flags, mut several_lines) = (Flags::default(), false);
        self.at += 1;
        loop {
            self.at = scan::quoted(self.bytes, self.at, quote);
            match self.current() {
                byte if byte == quote => {
                    self.at += 1;
                    if is_double || self.current() != quote {
                        return Ok(Quoted { style, end: self.at, flags, several_lines });
                    }
                    flags = Flags::DECODE;
                    self.at += 1;
                }
                b'\\' if is_double => {
                    flags = Flags::DECODE;
                    self.at += self.escape_length()?;
                }
                b'\n' => {
                    flags = Flags::DECODE;
                    several_lines = true;
                    self.quoted_line(parent)?;
                }
                0 => return self.bail("unterminated quote"),
                _ => self.at += 1,
            }
        }
    }

    /// Steps over a line break in quoted text, to the first byte of the next line that is not a space.
    fn quoted_line(&mut self, parent: Column) -> Read<()> {
        self.line = self.at + 1;
        self.at = scan::not_space(self.bytes, self.line);
        if matches!(self.current(), b'\n' | b'\r') {
            return Ok(());
        }
        if self.at_end() {
            return self.bail("unterminated quote");
        }
        if self.marker() != 0 {
            return self.bail("document marker in quoted text");
        }
        if self.column() <= parent && self.quoted_lines == QuotedLines::Indented {
            return self.bail("indentation of quoted text");
        }
        Ok(())
    }

    /// Bytes of the escape at `at`. Of an escaped line break only the backslash.
    fn escape_length(&self) -> Read<usize> {
        let digits = match self.byte(self.at + 1) {
            b'0' | b'a' | b'b' | b't' | b'\t' | b'n' | b'v' | b'f' | b'r' | b'e' | b' ' | b'"' | b'/'
            | b'\\' | b'N' | b'_' | b'L' | b'P' => return Ok(2),
            b'\n' | b'\r' => return Ok(1),
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            _ => return self.bail("escape"),
        };
        let code = (0..digits).try_fold(0_u32, |code, index| {
            let digit = (self.byte(self.at + 2 + index) as char).to_digit(16)?;
            Some(code.checked_mul(16)? + digit)
        });
        match code.and_then(char::from_u32) {
            Some(_) => Ok(2 + digits),
            None => self.bail("escape that is no character"),
        }
    }
}
