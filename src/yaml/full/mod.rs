//! The full reader: every document that YAML allows, from the events of granit-parser.
//!
//! Owns the decision whether text is YAML and the words that say why not; it is the only module that knows
//! granit-parser. Must agree with the fast reader node by node, so where granit's spans differ from what
//! [`Node`](super::Node) promises, [`places`] corrects them from the source text.
//!
//! One bad document costs only itself: its nodes are dropped, its first problem is kept, and reading goes on at
//! the next `---`.

mod message;
mod places;

use granit_parser::{Event, Parser, ScalarStyle, StrInput, StructureStyle};
use rustc_hash::FxHashMap;

use crate::source::{Source, SourceId};

use super::tape::Tape;
use super::{Comment, Flags, Kind, Limits, Parsed, Problem, ProblemKind, Style, key_hash, scalar};

/// Reads every document of `source`.
pub fn parse(source: &Source, id: SourceId, limits: Limits) -> Parsed {
    let text = source.text();
    let options = granit_parser::options! {
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
        // The default of 96 makes a long comment in front of a value an error.
        max_buffered_comment_events: usize::MAX / 2,
        // Our own count, over both kinds of collections, speaks first; these bound granit's look-ahead.
        block_nesting_limit: limits.depth as usize + 1,
        flow_nesting_limit: limits.depth as usize + 1,
    };
    let mut events = Parser::new_from_str_with_options(text, options);
    let mut reader = Reader::new(text, id, limits);
    reader.run(&mut events);
    reader.tape.comments.sort_unstable_by_key(|comment| comment.span.start);
    reader.tape.comments.dedup();
    reader.tape.finish(text, reader.problems)
}

/// A collection whose end has not come yet.
struct Open {
    node: u32,
    children: u32,
    is_map: bool,
    /// Written with brackets, so that its end is written too.
    bracketed: bool,
}

/// What a document has cost so far, to take it back.
#[derive(Clone, Copy, Default)]
struct Mark {
    nodes: usize,
    properties: usize,
}

/// A document that is refused: the rest of it is skipped.
struct Refused(Problem);

struct Reader<'t> {
    text: &'t str,
    tape: Tape,
    limits: Limits,
    problems: Vec<Problem>,
    open: Vec<Open>,
    /// granit's anchor ids and the nodes they stand for.
    anchors: FxHashMap<usize, u32>,
    document: Mark,
    /// End of what the last node or document marker was written as: where the search for the next begins.
    at: usize,
    /// The last document has ended and no further one has begun. It may still turn out that text follows it
    /// which should have been part of it.
    is_between_documents: bool,
    /// Text was skipped since the last complete document.
    skipped: bool,
    /// The document began with `---`, whose end this is.
    marker_end: Option<usize>,
}

type Bytes = std::ops::Range<usize>;

impl<'t> Reader<'t> {
    fn new(text: &'t str, id: SourceId, limits: Limits) -> Self {
        Self {
            text,
            tape: Tape::new(id, text.len() / 16 + 8),
            limits,
            problems: Vec::new(),
            open: Vec::new(),
            anchors: FxHashMap::default(),
            document: Mark::default(),
            at: 0,
            is_between_documents: false,
            skipped: false,
            marker_end: None,
        }
    }

    fn run(&mut self, events: &mut Parser<'t, StrInput<'t>>) {
        loop {
            let refused = match events.next() {
                None | Some(Ok((Event::StreamEnd, _))) => return,
                Some(Ok((event, span))) => {
                    let bytes = span.byte_range().unwrap_or(self.at..self.at);
                    let tag = span.tag_span().and_then(|span| span.byte_range());
                    match self.event(event, bytes, tag) {
                        Ok(()) => continue,
                        Err(refused) => refused,
                    }
                }
                Some(Err(error)) => {
                    let at = error.marker().byte_offset().unwrap_or(self.at);
                    if self.is_between_documents && places::has_boundary(self.text, self.at, at) {
                        // What is wrong belongs to the next document; the one before it is complete.
                        self.document = self.mark();
                    }
                    Refused(message::syntax(self.text, &self.tape, self.limits, error.kind(), at, self.at))
                }
            };
            self.problems.push(refused.0);
            self.abandon();
            if !matches!(events.proceed_next_document(), Ok(true)) {
                return;
            }
        }
    }

    /// Drops the nodes of the document that is being read. Its comments stay: they are text, not structure.
    fn abandon(&mut self) {
        self.tape.nodes.truncate(self.document.nodes);
        self.tape.properties.truncate(self.document.properties);
        self.tape.documents.retain(|&root| (root as usize) < self.document.nodes);
        self.open.clear();
        self.skipped = true;
    }

    fn mark(&self) -> Mark {
        Mark { nodes: self.tape.nodes.len(), properties: self.tape.properties.len() }
    }

    fn refuse<T>(&self, at: Bytes, message: impl Into<String>) -> Result<T, Refused> {
        let span = self.tape.span(at.start, at.end.max(at.start));
        Err(Refused(Problem { kind: ProblemKind::Syntax, span, message: message.into(), related: None }))
    }

    fn event(&mut self, event: Event<'t>, bytes: Bytes, tag: Option<Bytes>) -> Result<(), Refused> {
        match event {
            Event::DocumentStart(explicit, _) => self.document_start(explicit, bytes),
            Event::DocumentEnd => self.document_end(),
            Event::MappingStart(style, ..) => self.collection(Kind::Map, style, bytes, tag)?,
            Event::SequenceStart(style, ..) => self.collection(Kind::Seq, style, bytes, tag)?,
            Event::MappingEnd | Event::SequenceEnd => self.collection_end(bytes.end),
            Event::Scalar(value, style, anchor, has_tag) => {
                self.scalar(&value, style, bytes, tag, anchor != 0 || has_tag.is_some())?;
            }
            Event::Anchor(id, name) => self.anchor(id, &name, bytes),
            Event::Alias(id) => self.alias(id, bytes)?,
            Event::UnresolvedAlias(name) => {
                return self
                    .refuse(bytes, format!("`*{name}` has no anchor `&{name}` before it in this document"));
            }
            Event::Comment(..) => {
                let own_line = places::is_first_on_line(self.text, bytes.start);
                self.tape.comments.push(Comment { span: self.tape.span(bytes.start, bytes.end), own_line });
            }
            _ => {}
        }
        Ok(())
    }

    fn document_start(&mut self, explicit: bool, bytes: Bytes) {
        self.document = self.mark();
        self.is_between_documents = false;
        self.anchors.clear();
        self.marker_end = explicit.then_some(bytes.start + 3);
        if let Some(marker_end) = self.marker_end {
            self.at = marker_end;
        } else if self.skipped {
            // Without a marker granit gives no exact place; behind skipped text only `...` can have come before.
            self.at = places::last_document_end(self.text, bytes.start).unwrap_or(bytes.start);
        }
        self.skipped = false;
    }

    fn document_end(&mut self) {
        self.is_between_documents = true;
        if self.tape.nodes.len() > self.document.nodes {
            self.tape.documents.push(self.document.nodes as u32);
        }
    }

    /// Whether the next node is a mapping key.
    fn expects_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_map && open.children % 2 == 0)
    }

    /// Steps over the dash of the next node, if it is an entry of a block sequence.
    fn begin_entry(&mut self) {
        let in_sequence = self.open.last().is_some_and(|open| !open.is_map && !open.bracketed);
        if in_sequence && let Some(dash) = places::dash(self.text, self.at) {
            self.at = dash + 1;
        }
    }

    /// Appends a node and counts it as a child of the innermost open collection.
    fn push(&mut self, kind: Kind, style: Style, bytes: Bytes, tag: Option<Bytes>) -> u32 {
        if let Some(open) = self.open.last_mut() {
            open.children += 1;
        }
        let node = self.tape.push(kind, style, bytes.start, bytes.end.max(bytes.start), Flags::default());
        if let Some(tag) = tag {
            let none = self.tape.span(0, 0);
            let tag = self.tape.span(tag.start, tag.end);
            self.tape.add_property(node, none, tag);
        }
        node
    }

    fn collection(
        &mut self,
        kind: Kind,
        style: StructureStyle,
        bytes: Bytes,
        tag: Option<Bytes>,
    ) -> Result<(), Refused> {
        if self.expects_key() {
            return self.refuse(bytes, message::COLLECTION_AS_KEY);
        }
        if self.open.len() >= self.limits.depth as usize {
            return self.refuse(bytes, message::too_deep(self.limits));
        }
        self.begin_entry();
        let bracketed = !bytes.is_empty();
        let start = match (kind, style) {
            // granit places a sequence that is not indented deeper than its key behind its first dash.
            (Kind::Seq, StructureStyle::Block) => places::dash(self.text, self.at).unwrap_or(bytes.start),
            _ => bytes.start,
        };
        let style = if style == StructureStyle::Flow { Style::Flow } else { Style::Block };
        let node = self.push(kind, style, start..start, tag);
        self.open.push(Open { node, children: 0, is_map: kind == Kind::Map, bracketed });
        self.at = if bracketed { bytes.end } else { start };
        Ok(())
    }

    fn collection_end(&mut self, bracket_end: usize) {
        let Some(open) = self.open.pop() else { return };
        let end = if open.bracketed { bracket_end } else { self.tape.reach };
        self.tape.close(open.node, end, open.children);
        self.at = self.at.max(end);
    }

    fn scalar(
        &mut self,
        value: &str,
        style: ScalarStyle,
        bytes: Bytes,
        tag: Option<Bytes>,
        has_properties: bool,
    ) -> Result<(), Refused> {
        self.begin_entry();
        let is_key = self.expects_key();
        let content = bytes.start;
        let (style, bytes) = match style {
            ScalarStyle::Plain if bytes.is_empty() => {
                let at = if has_properties { bytes.start } else { self.absent(is_key, bytes.start) };
                (Style::Empty, at..at)
            }
            ScalarStyle::Plain => (Style::Plain, bytes),
            ScalarStyle::SingleQuoted => (Style::Single, bytes),
            ScalarStyle::DoubleQuoted => (Style::Double, bytes),
            ScalarStyle::Literal => (Style::Literal, places::block_scalar(self.text, self.at, bytes)),
            ScalarStyle::Folded => (Style::Folded, places::block_scalar(self.text, self.at, bytes)),
        };
        self.at = bytes.end;
        let node = self.push(Kind::Scalar, style, bytes.clone(), tag);
        let Some(slot) = self.tape.nodes.get_mut(node as usize) else { return Ok(()) };
        let raw = self.text.get(bytes.clone()).unwrap_or_default();
        if matches!(style, Style::Literal | Style::Folded) {
            let body = raw.split_once('\n').map_or("", |(_, body)| body);
            // The text's first character stands in the column; of blank lines no blank is part of the value.
            let is_blank = value.bytes().all(|byte| byte == b'\n');
            let indent =
                if is_blank { scalar::blank_block_indent(body) } else { places::column(self.text, content) };
            let Ok(indent) = u8::try_from(indent) else {
                return self.refuse(bytes, "block text is indented by more than 255 columns, the limit");
            };
            slot.indent = indent;
            slot.flags = slot.flags.with(Flags::DECODE);
        } else {
            slot.flags = slot.flags.with(scalar::flow_flags(style, raw));
        }
        if is_key {
            slot.aux = key_hash(scalar::decode(self.text, slot).as_bytes());
        }
        Ok(())
    }

    /// Where an absent node would stand: behind its `:`, `-` or `---`.
    fn absent(&self, is_key: bool, granit: usize) -> usize {
        match self.open.last() {
            None => self.marker_end.unwrap_or(granit),
            Some(_) if is_key => granit,
            Some(open) if open.is_map => places::colon(self.text, self.at).map_or(self.at, |at| at + 1),
            Some(open) if open.bracketed => granit,
            Some(_) => self.at, // behind the dash
        }
    }

    fn anchor(&mut self, id: usize, name: &str, bytes: Bytes) {
        // granit names the anchor directly behind the event of its node.
        let Some(node) = self.tape.nodes.len().checked_sub(1) else { return };
        let node = node as u32;
        self.anchors.insert(id, node);
        let anchor = self.tape.span(bytes.end - name.len(), bytes.end);
        match self.tape.properties.last_mut() {
            Some(property) if property.node == node => property.anchor = anchor,
            _ => {
                let none = self.tape.span(0, 0);
                self.tape.add_property(node, anchor, none);
            }
        }
    }

    fn alias(&mut self, id: usize, bytes: Bytes) -> Result<(), Refused> {
        let Some(&target) = self.anchors.get(&id) else {
            return self.refuse(bytes, "this alias has no anchor before it in this document");
        };
        let is_scalar = self.tape.nodes.get(target as usize).is_some_and(|node| node.kind == Kind::Scalar);
        if self.expects_key() && !is_scalar {
            return self.refuse(bytes, message::COLLECTION_AS_KEY);
        }
        self.begin_entry();
        self.at = bytes.end;
        let node = self.push(Kind::Alias, Style::Plain, bytes, None);
        if let Some(node) = self.tape.nodes.get_mut(node as usize) {
            node.aux = target;
        }
        Ok(())
    }
}
