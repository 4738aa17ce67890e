//! Block mappings and sequences, and the nodes in them.

use crate::yaml::{Flags, Kind, Style};

use super::properties::Pending;
use super::{Column, Read, Reader, is_separator};

/// YAML's own limit for keys without `?`.
const LONGEST_KEY: usize = 1024;

/// A key whose `:` is at the reader's position.
#[derive(Clone, Copy)]
struct Key {
    kind: Kind,
    style: Style,
    start: usize,
    end: usize,
    flags: Flags,
    /// Of an alias: the node it stands for.
    target: u32,
}

impl Key {
    fn scalar(style: Style, start: usize, end: usize, flags: Flags) -> Self {
        Self { kind: Kind::Scalar, style, start, end, flags, target: 0 }
    }

    fn alias(start: usize, end: usize, target: u32) -> Self {
        Self { kind: Kind::Alias, style: Style::Plain, start, end, flags: Flags::default(), target }
    }
}

impl Reader<'_> {
    /// Reads the value behind a `-` or `:`; nothing, if nothing is indented below it.
    #[inline]
    fn value(&mut self, parent: Column, of_map: bool) -> Read<()> {
        let (line, behind) = (self.line, self.at);
        self.skip()?;
        if self.at_end() {
            self.tape.push_empty(behind);
            return Ok(());
        }
        if self.line == line {
            // `- a: 1` and `- - 1` may begin on the line of their dash; nothing block-like behind a colon.
            return self.node(parent, !of_map, of_map);
        }
        let column = self.column();
        if column > parent {
            if self.tab {
                return self.bail("tab as indentation");
            }
            return self.node(parent, true, of_map);
        }
        if self.tab {
            return self.bail("tab as indentation");
        }
        if of_map && column == parent && self.is_dash() {
            return self.sequence(column, None);
        }
        self.tape.push_empty(behind);
        Ok(())
    }

    /// Whether a `-` that begins a sequence entry is at `at`.
    #[inline(always)]
    fn is_dash(&self) -> bool {
        self.current() == b'-' && is_separator(self.byte(self.at + 1)) && self.marker() == 0
    }

    /// Reads a node with its properties. `own_line` says that a block collection may begin here.
    #[inline]
    pub(super) fn node(&mut self, parent: Column, own_line: bool, of_map: bool) -> Read<()> {
        if matches!(self.current(), b'&' | b'!') {
            return self.node_with_properties(parent, own_line, of_map);
        }
        self.content(parent, own_line, None)
    }

    fn node_with_properties(&mut self, parent: Column, own_line: bool, of_map: bool) -> Read<()> {
        let mut pending = self.properties(false)?;
        if !is_separator(self.current()) && self.current() != b'#' {
            return self.content(parent, own_line, Some(&pending));
        }
        let line = self.line;
        self.skip()?;
        let column = self.column();
        let below = column > parent || of_map && column == parent && self.is_dash();
        if self.at_end() || self.marker() != 0 || !below {
            if self.line == line && !self.at_end() {
                return self.bail("text behind properties");
            }
            let node = self.tape.push_empty(pending.end);
            self.attach(node, Some(&pending));
            return Ok(());
        }
        if self.line == line || self.tab || matches!(self.current(), b'&' | b'!') {
            return self.bail("properties on a line of their own");
        }
        pending.inline = false;
        self.content(parent, true, Some(&pending))
    }

    fn content(&mut self, parent: Column, own_line: bool, pending: Option<&Pending>) -> Read<()> {
        let start = self.at;
        let next = self.byte(start + 1);
        match self.current() {
            b'-' if is_separator(next) => {
                if !own_line || self.tab || pending.is_some_and(|pending| pending.inline) {
                    return self.bail("sequence behind other text");
                }
                self.sequence(self.column(), pending)
            }
            b'?' | b':' if is_separator(next) => self.bail("explicit or empty key"),
            b'"' | b'\'' => {
                let quoted = self.quoted(parent)?;
                if self.key_colon(quoted.several_lines)? {
                    let key = Key::scalar(quoted.style, start, quoted.end, quoted.flags);
                    return self.mapping(key, own_line, pending);
                }
                let node = self.tape.push(Kind::Scalar, quoted.style, start, quoted.end, quoted.flags);
                self.attach(node, pending);
                self.end_of_value(parent)
            }
            b'[' | b'{' => {
                let line = self.line;
                self.flow(parent, pending)?;
                if self.key_colon(self.line != line)? {
                    return self.bail("collection as a key");
                }
                self.end_of_value(parent)
            }
            b'|' | b'>' => {
                let node = self.block_scalar(parent)?;
                self.attach(node, pending);
                self.skip()
            }
            b'*' => {
                let target = self.alias(pending, false)?;
                let end = self.at;
                if self.key_colon(false)? {
                    return self.mapping(Key::alias(start, end, target), own_line, pending);
                }
                self.push_alias(start, end, target, false)?;
                self.end_of_value(parent)
            }
            b'%' | b'@' | b'`' | b',' | b']' | b'}' | b'#' | b'&' | b'!' => self.bail("indicator"),
            _ => {
                let (end, is_key) = self.plain_line();
                if is_key {
                    return self.mapping(
                        Key::scalar(Style::Plain, start, end, Flags::default()),
                        own_line,
                        pending,
                    );
                }
                let node = self.tape.push(Kind::Scalar, Style::Plain, start, end, Flags::default());
                self.attach(node, pending);
                self.plain_rest(parent)
            }
        }
    }

    /// Behind the first line of a plain scalar, which is the last node: reads its further lines.
    #[inline(always)]
    fn plain_rest(&mut self, parent: Column) -> Read<()> {
        let line = self.line;
        self.skip()?;
        if self.at_end() {
            return Ok(());
        }
        if self.line == line {
            return self.bail("text behind a plain scalar");
        }
        if self.column() > parent && self.marker() == 0 {
            return self.plain_lines(parent);
        }
        Ok(())
    }

    fn plain_lines(&mut self, parent: Column) -> Read<()> {
        loop {
            if self.crossed_comment || self.tab {
                return self.bail("comment or tab in a plain scalar");
            }
            let (end, is_key) = self.plain_line();
            if is_key {
                return self.bail("key in a plain scalar");
            }
            self.tape.reach = end;
            if let Some(node) = self.tape.nodes.last_mut() {
                node.span.len = end as u32 - node.span.start;
                node.flags = node.flags.with(Flags::DECODE);
            }
            self.skip()?;
            if self.at_end() || self.column() <= parent || self.marker() != 0 {
                return Ok(());
            }
        }
    }

    /// Behind a value on its line: only a comment may follow.
    #[inline(always)]
    fn end_of_value(&mut self, parent: Column) -> Read<()> {
        let line = self.line;
        self.skip()?;
        if self.at_end() {
            return Ok(());
        }
        if self.line == line {
            return self.bail("text behind a value");
        }
        if self.column() > parent && self.marker() == 0 {
            return self.bail("indented text behind a value");
        }
        Ok(())
    }

    /// Appends an alias of the node `target`.
    pub(super) fn push_alias(&mut self, start: usize, end: usize, target: u32, is_key: bool) -> Read<u32> {
        let is_scalar = self.tape.nodes.get(target as usize).is_some_and(|node| node.kind == Kind::Scalar);
        if is_key && !is_scalar {
            return self.bail("collection as a key");
        }
        let node = self.tape.push(Kind::Alias, Style::Plain, start, end, Flags::default());
        if let Some(alias) = self.tape.nodes.last_mut() {
            alias.aux = target;
        }
        Ok(node)
    }

    /// Reads the sequence whose first dash is at `at`, in `column`.
    fn sequence(&mut self, column: Column, pending: Option<&Pending>) -> Read<()> {
        self.enter()?;
        let node = self.tape.push(Kind::Seq, Style::Block, self.at, self.at, Flags::default());
        self.attach(node, pending);
        let mut children = 0;
        loop {
            self.at += 1;
            self.value(column, false)?;
            children += 1;
            if self.at_end() || self.column() != column || !self.is_dash() {
                break;
            }
            if self.tab {
                return self.bail("tab as indentation");
            }
        }
        if !self.at_end() && self.column() > column && self.marker() == 0 {
            return self.bail("indentation in a sequence");
        }
        let end = self.tape.reach;
        self.tape.close(node, end, children);
        self.depth -= 1;
        Ok(())
    }

    /// Reads the mapping whose first key was just read.
    fn mapping(&mut self, first: Key, own_line: bool, pending: Option<&Pending>) -> Read<()> {
        if !own_line || self.tab {
            return self.bail("mapping behind other text");
        }
        self.enter()?;
        let (of_map, of_key, start) = match pending {
            Some(inline) if inline.inline => (None, pending, inline.start),
            _ => (pending, None, first.start),
        };
        let column = (start - self.line) as Column;
        let map = self.tape.push(Kind::Map, Style::Block, start, start, Flags::default());
        self.attach(map, of_map);
        self.push_key(first, of_key)?;
        let mut children = 2;
        loop {
            self.at += 1; // the colon
            self.value(column, true)?;
            if self.at_end() || self.column() < column || self.marker() != 0 {
                break;
            }
            if self.column() > column || self.tab {
                return self.bail("indentation in a mapping");
            }
            self.next_key(column)?;
            children += 2;
        }
        let end = self.tape.reach;
        self.tape.close(map, end, children);
        self.depth -= 1;
        Ok(())
    }

    #[inline(always)]
    fn push_key(&mut self, key: Key, pending: Option<&Pending>) -> Read<()> {
        if self.at - key.start > LONGEST_KEY {
            return self.bail("long key");
        }
        let node = match key.kind {
            Kind::Alias => self.push_alias(key.start, key.end, key.target, true)?,
            kind => {
                let node = self.tape.push(kind, key.style, key.start, key.end, key.flags);
                self.make_key(node);
                node
            }
        };
        self.attach(node, pending);
        Ok(())
    }

    /// Reads the key at `at` and stops at its colon.
    #[inline(always)]
    fn next_key(&mut self, column: Column) -> Read<()> {
        let mut properties = None;
        if matches!(self.current(), b'&' | b'!') {
            properties = Some(self.properties(false)?);
            if is_separator(self.current()) {
                return self.bail("properties without a key");
            }
        }
        let pending = properties.as_ref();
        let start = self.at;
        let next = self.byte(start + 1);
        let key = match self.current() {
            b'"' | b'\'' => {
                let quoted = self.quoted(column)?;
                if !self.key_colon(quoted.several_lines)? {
                    return self.bail("key without a colon");
                }
                Key::scalar(quoted.style, start, quoted.end, quoted.flags)
            }
            b'*' => {
                let target = self.alias(pending, false)?;
                let end = self.at;
                if !self.key_colon(false)? {
                    return self.bail("key without a colon");
                }
                Key::alias(start, end, target)
            }
            b'-' | b'?' | b':' if is_separator(next) => return self.bail("indicator as a key"),
            b'[' | b'{' | b'|' | b'>' | b'%' | b'@' | b'`' | b',' | b']' | b'}' | b'#' | b'&' | b'!' => {
                return self.bail("indicator as a key");
            }
            _ => {
                let (end, is_key) = self.plain_line();
                if !is_key {
                    return self.bail("key without a colon");
                }
                Key::scalar(Style::Plain, start, end, Flags::default())
            }
        };
        self.push_key(key, pending)
    }
}
