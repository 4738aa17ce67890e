//! Block scalars: `|` and `>`.

use crate::yaml::{Comment, Flags, Kind, Style, scalar};

use super::{Column, OUTSIDE, Read, Reader, is_blank, scan};

/// The deepest indentation that a [`Node`](crate::yaml::Node) can hold.
const DEEPEST: usize = u8::MAX as usize;

impl Reader<'_> {
    /// Reads the block scalar whose header is at `at` and stops at the start of the line that ends it.
    pub(super) fn block_scalar(&mut self, parent: Column) -> Read<u32> {
        let start = self.at;
        let style = if self.current() == b'|' { Style::Literal } else { Style::Folded };
        let indicated = self.block_header()?;
        let body = self.at;
        let indent = match indicated {
            // Without a parent the number is relative to column -1 or 0, depending on whom one asks.
            Some(_) if parent == OUTSIDE => return self.bail("indentation indicator at the root"),
            Some(columns) => Some(parent as usize + columns),
            None => self.block_indent(parent)?,
        };
        let indent = match indent {
            Some(0) => return self.bail("block text without indentation"),
            Some(indent) => {
                self.block_lines(indent)?;
                if indicated.is_some() && self.text[body..self.at].trim_ascii().is_empty() {
                    return self.bail("blank block text with an indentation indicator");
                }
                indent
            }
            None => scalar::blank_block_indent(&self.text[body..self.at.min(self.end)]),
        };
        if indent > DEEPEST {
            return self.bail("indentation of block text");
        }
        self.line = match self.at_end() {
            true => memchr::memrchr(b'\n', &self.bytes[..self.end]).map_or(0, |at| at + 1),
            false => self.at,
        };
        let node = self.tape.push(Kind::Scalar, style, start, self.at, Flags::DECODE);
        if let Some(node) = self.tape.nodes.last_mut() {
            node.indent = indent as u8;
        }
        Ok(node)
    }

    /// Reads the header and its comment, to the start of the next line: the indentation indicator.
    fn block_header(&mut self) -> Read<Option<usize>> {
        let (mut columns, mut chomping) = (None, false);
        loop {
            self.at += 1;
            match self.current() {
                b'+' | b'-' if !chomping => chomping = true,
                digit @ b'1'..=b'9' if columns.is_none() => columns = Some((digit - b'0') as usize),
                _ => break,
            }
        }
        let indicators_end = self.at;
        while is_blank(self.current()) {
            self.at += 1;
        }
        if self.current() == b'#' {
            if self.at == indicators_end {
                return self.bail("comment without a blank before it");
            }
            let line_end = scan::line_end(self.bytes, self.at);
            let end = line_end - usize::from(self.byte(line_end - 1) == b'\r');
            self.tape.comments.push(Comment { span: self.tape.span(self.at, end), own_line: false });
            self.at = line_end;
        }
        if self.current() == b'\r' {
            self.at += 1;
        }
        if self.current() != b'\n' {
            return self.bail("block header");
        }
        self.at += 1;
        Ok(columns)
    }

    /// The indentation of the first line with text; `None` when there is none, and then stops behind the blank
    /// lines.
    fn block_indent(&mut self, parent: Column) -> Read<Option<usize>> {
        let body = self.at;
        let mut widest_blank = 0;
        loop {
            let line = self.at;
            let at = scan::not_space(self.bytes, line);
            let columns = at - line;
            match self.byte(at) {
                b'\n' | b'\r' => {
                    widest_blank = widest_blank.max(columns);
                    self.at = scan::line_end(self.bytes, at) + 1;
                    continue;
                }
                b'\t' if columns as Column <= parent => return self.bail("tab in block text"),
                0 if columns > 0 => return self.bail("blanks at the end of the text"),
                _ => {}
            }
            let ends = at >= self.end || columns as Column <= parent;
            if ends || parent == OUTSIDE && self.marker_at(line) != 0 {
                return Ok(None);
            }
            if widest_blank > columns {
                return self.bail("blank line deeper than the text below it");
            }
            self.at = body;
            return Ok(Some(columns));
        }
    }

    /// Steps over the lines that are blank or indented by `indent` columns.
    fn block_lines(&mut self, indent: usize) -> Read<()> {
        loop {
            let line = self.at;
            let at = scan::not_space(self.bytes, line).min(line + indent);
            if at - line == indent {
                let line_end = scan::line_end(self.bytes, at);
                if line_end >= self.end {
                    if self.bytes[at..self.end].iter().all(|&byte| is_blank(byte)) {
                        return self.bail("blanks at the end of the text");
                    }
                    self.at = self.end;
                    return Ok(());
                }
                self.at = line_end + 1;
                continue;
            }
            match self.byte(at) {
                b'\n' => self.at = at + 1,
                b'\r' => self.at = at + 2,
                b'\t' => return self.bail("tab in block text"),
                0 if at > line => return self.bail("blanks at the end of the text"),
                _ => return Ok(()),
            }
        }
    }
}
