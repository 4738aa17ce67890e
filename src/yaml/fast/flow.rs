//! Flow collections: `{…}` and `[…]`.

use crate::yaml::{Flags, Kind, Style};

use super::properties::Pending;
use super::{Column, Read, Reader, is_blank, is_flow_indicator, is_separator, scan};

/// What a node in a flow collection is for.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Key,
    Value,
}

impl Reader<'_> {
    /// Moves to the next byte of content inside a flow collection. Its indentation does not matter: YAML 1.2 wants
    /// it deeper than the parent, but neither go-yaml nor the full reader does.
    fn skip_in_flow(&mut self) -> Read<()> {
        let line = self.line;
        self.skip()?;
        if self.at_end() {
            return self.bail("unterminated flow collection");
        }
        if self.line != line && (self.marker() != 0 || self.tab) {
            return self.bail("indentation in a flow collection");
        }
        Ok(())
    }

    /// Reads the collection at `at` and stops behind its closing bracket.
    pub(super) fn flow(&mut self, parent: Column, pending: Option<&Pending>) -> Read<()> {
        self.enter()?;
        let is_map = self.current() == b'{';
        let (kind, close) = if is_map { (Kind::Map, b'}') } else { (Kind::Seq, b']') };
        let node = self.tape.push(kind, Style::Flow, self.at, self.at, Flags::default());
        self.attach(node, pending);
        self.at += 1;
        let mut children = 0;
        loop {
            self.skip_in_flow()?;
            if self.current() == close {
                break;
            }
            if is_map {
                self.flow_pair(parent, close)?;
                children += 2;
            } else {
                self.flow_item(parent)?;
                children += 1;
            }
            match self.current() {
                b',' => self.at += 1,
                byte if byte == close => break,
                _ => return self.bail("flow collection: expected a comma or the end"),
            }
        }
        self.at += 1;
        let end = self.at;
        self.tape.close(node, end, children);
        self.depth -= 1;
        Ok(())
    }

    fn flow_item(&mut self, parent: Column) -> Read<()> {
        let is_quoted = self.flow_node(parent, Role::Value)?;
        self.skip_in_flow()?;
        if self.is_flow_colon(is_quoted) { self.bail("pair in a flow sequence") } else { Ok(()) }
    }

    fn flow_pair(&mut self, parent: Column, close: u8) -> Read<()> {
        let line = self.line;
        let is_quoted = self.flow_node(parent, Role::Key)?;
        let key_end = self.tape.reach;
        self.skip_in_flow()?;
        if !self.is_flow_colon(is_quoted) {
            self.tape.push_empty(key_end);
            return Ok(());
        }
        if !is_quoted && matches!(self.byte(self.at + 1), b'[' | b'{') {
            return self.bail("bracket directly behind a colon");
        }
        if self.line != line {
            return self.bail("flow key of several lines");
        }
        self.at += 1;
        let behind = self.at;
        self.skip_in_flow()?;
        if self.current() == b',' || self.current() == close {
            self.tape.push_empty(behind);
            return Ok(());
        }
        self.flow_node(parent, Role::Value)?;
        self.skip_in_flow()
    }

    /// Behind a quoted key a colon needs no blank: `{"a":1}`.
    fn is_flow_colon(&self, is_quoted: bool) -> bool {
        let next = self.byte(self.at + 1);
        self.current() == b':' && (is_quoted || is_separator(next) || is_flow_indicator(next))
    }

    /// Reads the node at `at`; returns whether it is quoted or a collection.
    fn flow_node(&mut self, parent: Column, role: Role) -> Read<bool> {
        let mut properties = None;
        if matches!(self.current(), b'&' | b'!') {
            properties = Some(self.properties(true)?);
            let byte = self.current();
            if is_separator(byte) || is_flow_indicator(byte) || matches!(byte, b':' | b'#' | b'*') {
                return self.bail("properties in a flow collection");
            }
        }
        let pending = properties.as_ref();
        let start = self.at;
        let next = self.byte(start + 1);
        match self.current() {
            b'"' | b'\'' => {
                let quoted = self.quoted(parent)?;
                let node = self.tape.push(Kind::Scalar, quoted.style, start, quoted.end, quoted.flags);
                self.flow_scalar_done(node, role, pending);
                Ok(true)
            }
            b'[' | b'{' if role == Role::Key => self.bail("collection as a key"),
            b'[' | b'{' => {
                self.flow(parent, pending)?;
                Ok(true)
            }
            b'*' => {
                let target = self.alias(pending, true)?;
                let end = self.at;
                self.push_alias(start, end, target, role == Role::Key)?;
                Ok(false)
            }
            b'-' | b'?' | b':' if is_separator(next) || is_flow_indicator(next) => {
                self.bail("flow indicator")
            }
            b',' | b']' | b'}' | b'|' | b'>' | b'%' | b'@' | b'`' | b'#' | b'&' | b'!' => {
                self.bail("flow indicator")
            }
            _ => {
                let (end, flags) = self.plain_in_flow()?;
                let node = self.tape.push(Kind::Scalar, Style::Plain, start, end, flags);
                self.flow_scalar_done(node, role, pending);
                Ok(false)
            }
        }
    }

    fn flow_scalar_done(&mut self, node: u32, role: Role, pending: Option<&Pending>) {
        if role == Role::Key {
            self.make_key(node);
        }
        self.attach(node, pending);
    }

    /// Reads a plain scalar, which may span lines: its end and flags.
    fn plain_in_flow(&mut self) -> Read<(usize, Flags)> {
        let mut flags = Flags::default();
        loop {
            let line_start = self.at;
            self.at = self.plain_flow_line_end();
            let end = self.trim(line_start, self.at);
            if !matches!(self.current(), b'\n' | b'\r') {
                return Ok((end, flags));
            }
            let before = (self.at, self.line, self.tape.comments.len());
            self.skip_in_flow()?;
            let byte = self.current();
            if is_flow_indicator(byte) || matches!(byte, b':' | b'#') {
                // The scalar ended on the line before; the caller skips the white space once more.
                (self.at, self.line) = (before.0, before.1);
                self.tape.comments.truncate(before.2);
                return Ok((end, flags));
            }
            if self.crossed_comment {
                return self.bail("comment in a plain scalar");
            }
            flags = Flags::DECODE;
        }
    }

    fn plain_flow_line_end(&self) -> usize {
        let mut at = self.at;
        loop {
            at = scan::plain_flow(self.bytes, at);
            let next = self.byte(at + 1);
            match self.byte(at) {
                b':' if is_separator(next) || is_flow_indicator(next) => return at,
                b'#' if at > self.at && is_blank(self.byte(at - 1)) => return at,
                b',' | b'[' | b']' | b'{' | b'}' | b'\n' | b'\r' | 0 => return at,
                _ => at += 1,
            }
        }
    }
}
