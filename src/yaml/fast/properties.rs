//! Anchors, tags and aliases.

use crate::source::Span;

use super::{QuotedLines, Read, Reader, is_blank, is_flow_indicator, is_separator};

/// Anchor and tag that stand in front of a node that is not read yet.
#[derive(Clone, Copy, Default)]
pub(super) struct Pending {
    /// They stand on the line of the node. In front of a mapping they then belong to its first key.
    pub(super) inline: bool,
    /// Offset of the first one.
    pub(super) start: usize,
    /// Offset behind the last one.
    pub(super) end: usize,
    /// The name, without `&`; empty for none.
    anchor: (usize, usize),
    /// The tag, with its `!`; empty for none.
    tag: (usize, usize),
}

impl<'s> Reader<'s> {
    /// Reads the anchor and the tag at `at` and stops behind the blanks that follow them.
    pub(super) fn properties(&mut self, in_flow: bool) -> Read<Pending> {
        let mut pending = Pending { inline: true, start: self.at, ..Pending::default() };
        loop {
            let start = self.at;
            let is_anchor = self.current() == b'&';
            while !ends_name(self.current(), in_flow) {
                self.at += 1;
            }
            let word = &self.bytes[start..self.at];
            if is_anchor {
                let name = &word[1..];
                if pending.anchor.1 > 0 || !is_simple_name(name) {
                    return self.bail("anchor");
                }
                pending.anchor = (start + 1, self.at);
            } else {
                if pending.tag.1 > 0 || !is_simple_tag(word) {
                    return self.bail("tag");
                }
                pending.tag = (start, self.at);
            }
            pending.end = self.at;
            while is_blank(self.current()) {
                self.at += 1;
            }
            if !matches!(self.current(), b'&' | b'!') {
                return Ok(pending);
            }
            if self.at == pending.end {
                return self.bail("properties without a blank between them");
            }
        }
    }

    /// Gives pending properties, if there are any, to a node.
    #[inline(always)]
    pub(super) fn attach(&mut self, node: u32, pending: Option<&Pending>) {
        if let Some(pending) = pending {
            self.attach_some(node, pending);
        }
    }

    #[inline(never)]
    fn attach_some(&mut self, node: u32, pending: &Pending) {
        let span = |(start, end): (usize, usize)| -> Span { self.tape.span(start, end) };
        let (anchor, tag) = (span(pending.anchor), span(pending.tag));
        self.tape.add_property(node, anchor, tag);
        if pending.anchor.1 > 0 {
            self.anchors.insert(&self.bytes[pending.anchor.0..pending.anchor.1], node);
        }
    }

    /// Reads the `*name` at `at`: the node it stands for.
    pub(super) fn alias(&mut self, pending: Option<&Pending>, in_flow: bool) -> Read<u32> {
        let start = self.at + 1;
        self.at = start;
        while !ends_name(self.current(), in_flow) {
            self.at += 1;
        }
        let mut name = &self.bytes[start..self.at];
        // For YAML 1.2 the colon of `*app: x` is a part of the name, for go-yaml it makes a key of the alias.
        if let Some(key) = name.strip_suffix(b":").filter(|_| self.quoted_lines == QuotedLines::Anywhere)
            && self.anchors.contains_key(key)
        {
            name = key;
            self.at -= 1;
        }
        match self.anchors.get(name) {
            Some(&target) if pending.is_none() && is_simple_name(name) => Ok(target),
            _ => self.bail("alias"),
        }
    }
}

fn ends_name(byte: u8, in_flow: bool) -> bool {
    is_separator(byte) || in_flow && is_flow_indicator(byte)
}

/// A name without flow indicators, which parsers disagree about, and without a colon at its end.
fn is_simple_name(name: &[u8]) -> bool {
    !name.is_empty() && !name.iter().any(|&byte| is_flow_indicator(byte)) && !name.ends_with(b":")
}

/// `!local` or `!!core`; not `!`, `!handle!suffix`, `!<verbatim>` or anything with escapes.
fn is_simple_tag(tag: &[u8]) -> bool {
    let name = tag.strip_prefix(b"!!").or(tag.strip_prefix(b"!")).unwrap_or_default();
    let plain = |&byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'/');
    name.iter().all(plain) && (!name.is_empty() || tag == b"!")
}
