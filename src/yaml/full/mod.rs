//! The full reader: everything YAML allows, by granit-parser's events, into the same arena as the fast reader.
//!
//! Nothing else in plimsoll names granit-parser. What its events do not say, [`layout`] finds in the text, so that
//! both readers agree on every span. What granit reads otherwise than go-yaml is noted where it is put right.

mod layout;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, StructureStyle};
use rustc_hash::FxHashMap;

use crate::source::{Source, SourceId, Span};

use super::scalar::flow_flags;
use super::tape::Tape;
use super::{Comment, Flags, Kind, Limits, Parsed, Problem, ProblemKind, Style, decode, key_hash};
use layout::{Gap, gap};

/// Reads every document of a source.
pub(super) fn parse(source: &Source, id: SourceId, limits: Limits) -> Parsed {
    let text = source.text();
    let depth = limits.depth as usize;
    // granit buffers comments in front of a token and gives up at 96 of them, which license headers exceed.
    let options = granit_parser::options! {
        emit_anchor_events: true,
        emit_comments: true,
        max_buffered_comment_events: usize::MAX / 2,
        block_nesting_limit: depth,
        flow_nesting_limit: depth,
    };
    let mut reader = Reader {
        text,
        id,
        limits,
        tape: Tape::new(id, text.len() / 14 + 8),
        problems: Vec::new(),
        open: Vec::new(),
        anchors: FxHashMap::default(),
        document: Mark::default(),
        at: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
        broken: false,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    loop {
        match parser.next_event() {
            None => break,
            Some(Ok((event, span))) => {
                if let Err(problem) = reader.event(&event, &span) {
                    reader.abandon(problem);
                }
            }
            Some(Err(error)) => {
                let problem = reader.problem(&error);
                reader.abandon(problem);
                if !parser.proceed_next_document().unwrap_or(false) {
                    break;
                }
                reader.broken = false;
            }
        }
    }
    let Reader { tape, problems, .. } = reader;
    tape.finish(text, problems)
}

/// How far the tape was when a document began.
#[derive(Clone, Copy, Default)]
struct Mark {
    nodes: usize,
    properties: usize,
    documents: usize,
}

/// A collection whose end has not come yet.
struct Open {
    node: u32,
    kind: Kind,
    flow: bool,
    children: u32,
    /// Column of a block collection, from which the indentation of a block scalar in it counts.
    column: usize,
}

struct Reader<'t> {
    text: &'t str,
    id: SourceId,
    limits: Limits,
    tape: Tape,
    problems: Vec<Problem>,
    open: Vec<Open>,
    anchors: FxHashMap<usize, u32>,
    document: Mark,
    /// End of the last token.
    at: usize,
    /// The rest of this document is not read: it has a problem that only plimsoll sees.
    broken: bool,
}

impl Reader<'_> {
    fn event(&mut self, event: &Event<'_>, span: &granit_parser::Span) -> Result<(), Problem> {
        let range = span.byte_range().unwrap_or_default();
        match event {
            Event::DocumentStart(..) => {
                self.begin_document(range.end);
                return Ok(());
            }
            Event::Comment(..) => {
                self.comment(range.start, range.end);
                return Ok(());
            }
            _ if self.broken => return Ok(()),
            _ => {}
        }
        match event {
            Event::MappingStart(style, anchor, _) => self.collection(Kind::Map, *style, *anchor, range.start),
            Event::SequenceStart(style, anchor, _) => {
                self.collection(Kind::Seq, *style, *anchor, range.start)
            }
            Event::MappingEnd | Event::SequenceEnd => {
                self.close(range.end);
                Ok(())
            }
            Event::Scalar(_, style, anchor, _) => {
                self.scalar(*style, *anchor, range.start, range.end);
                Ok(())
            }
            Event::Alias(anchor) => {
                let node = self.node(Kind::Alias, Style::Plain, range.start, range.end, Flags::default());
                self.at = range.end;
                if let Some(&target) = self.anchors.get(anchor) {
                    self.tape.nodes[node as usize].aux = target;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn begin_document(&mut self, start: usize) {
        self.broken = false;
        self.open.clear();
        self.anchors.clear();
        self.at = start.max(self.at);
        self.document = Mark {
            nodes: self.tape.nodes.len(),
            properties: self.tape.properties.len(),
            documents: self.tape.documents.len(),
        };
    }

    /// Takes back what was read of a document that is lost.
    fn abandon(&mut self, problem: Problem) {
        self.problems.push(problem);
        self.tape.nodes.truncate(self.document.nodes);
        self.tape.properties.truncate(self.document.properties);
        self.tape.documents.truncate(self.document.documents);
        self.open.clear();
        self.broken = true;
    }

    fn comment(&mut self, start: usize, end: usize) {
        let line = self.text[..start].rfind('\n').map_or(0, |line| line + 1);
        let before = self.text[line..start].trim_start_matches('\u{feff}');
        let own_line = before.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
        let end = start + self.text[start..end].trim_end_matches('\r').len();
        self.tape.comments.push(Comment { span: self.tape.span(start, end), own_line });
    }

    /// Appends a node and counts it in its parent.
    fn node(&mut self, kind: Kind, style: Style, start: usize, end: usize, flags: Flags) -> u32 {
        let node = self.tape.push(kind, style, start, end.max(start), flags);
        match self.open.last_mut() {
            Some(parent) => parent.children += 1,
            None => self.tape.documents.push(node),
        }
        node
    }

    /// Whether the next node is a key.
    fn expects_key(&self) -> bool {
        self.open.last().is_some_and(|parent| parent.kind == Kind::Map && parent.children.is_multiple_of(2))
    }

    fn properties(&mut self, node: u32, anchor_id: usize, gap: &Gap) {
        if anchor_id != 0 {
            self.anchors.insert(anchor_id, node);
        }
        if gap.anchor.is_none() && gap.tag.is_none() {
            return;
        }
        let span = |range: &Option<std::ops::Range<usize>>| {
            range.as_ref().map_or(self.tape.span(0, 0), |range| self.tape.span(range.start, range.end))
        };
        let (anchor, tag) = (span(&gap.anchor), span(&gap.tag));
        self.tape.add_property(node, anchor, tag);
    }

    fn collection(
        &mut self,
        kind: Kind,
        style: StructureStyle,
        anchor: usize,
        start: usize,
    ) -> Result<(), Problem> {
        if self.expects_key() {
            let found = if kind == Kind::Map { "a mapping" } else { "a sequence" };
            let template = if self.text[start..].starts_with("{{") || self.text[start..].starts_with('{') {
                "; the file looks like a template"
            } else {
                ""
            };
            return Err(self.syntax(start, format!("expected a text as key, found {found}{template}")));
        }
        let flow = style == StructureStyle::Flow;
        let gap = gap(self.text, self.at, start);
        let start = match (kind, flow) {
            (_, true) => start,
            // The event of a block sequence stands behind its first dash.
            (Kind::Seq, false) => self.first_dash(start),
            (_, false) => start,
        };
        let style = if flow { Style::Flow } else { Style::Block };
        let node = self.node(kind, style, start, start, Flags::default());
        self.properties(node, anchor, &gap);
        self.at = if flow { start + 1 } else { start };
        let column = layout::column(self.text, start);
        self.open.push(Open { node, kind, flow, children: 0, column });
        if self.open.len() > self.limits.depth as usize {
            let limit = self.limits.depth;
            return Err(self.syntax(start, format!("nested more than {limit} levels deep (limits.depth)")));
        }
        Ok(())
    }

    /// Offset of the dash of the first item, at or before `near`.
    fn first_dash(&self, near: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = near.min(bytes.len());
        if bytes.get(at) == Some(&b'-') {
            return at;
        }
        while at > self.at && bytes[at - 1] != b'-' {
            at -= 1;
        }
        at.saturating_sub(1).max(self.at)
    }

    fn close(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        let start = self.tape.nodes[open.node as usize].span.start as usize;
        let end = if open.flow { end } else { self.tape.last_end().max(start) };
        if open.flow {
            self.at = end;
        }
        self.tape.close(open.node, end, open.children);
    }

    fn scalar(&mut self, style: ScalarStyle, anchor: usize, start: usize, end: usize) {
        let is_key = self.expects_key();
        let node = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => self.block(style, anchor, start),
            ScalarStyle::Plain if start == end => self.empty(anchor, is_key),
            _ => self.inline(style, anchor, start, end),
        };
        if is_key {
            let hash = key_hash(decode(self.text, &self.tape.nodes[node as usize]).as_bytes());
            self.tape.nodes[node as usize].aux = hash;
        }
    }

    fn inline(&mut self, style: ScalarStyle, anchor: usize, start: usize, end: usize) -> u32 {
        let gap = gap(self.text, self.at, start);
        let raw = &self.text[start..end];
        let (style, flags) = match style {
            ScalarStyle::SingleQuoted => (Style::Single, flow_flags(Style::Single, raw)),
            ScalarStyle::DoubleQuoted => (Style::Double, flow_flags(Style::Double, raw)),
            _ => (Style::Plain, flow_flags(Style::Plain, raw)),
        };
        let node = self.node(Kind::Scalar, style, start, end, flags);
        self.properties(node, anchor, &gap);
        self.at = end;
        node
    }

    /// A block scalar: granit's span starts with the content, ours with the header.
    fn block(&mut self, style: ScalarStyle, anchor: usize, start: usize) -> u32 {
        let gap = gap(self.text, self.at, start);
        let header = gap.end;
        let column = self.open.last().map(|parent| parent.column);
        let (end, indent) = layout::block_scalar(self.text, header, column);
        let style = if style == ScalarStyle::Literal { Style::Literal } else { Style::Folded };
        let node = self.node(Kind::Scalar, style, header, end, Flags::DECODE);
        self.tape.nodes[node as usize].indent = indent.min(usize::from(u8::MAX)) as u8;
        self.properties(node, anchor, &gap);
        self.at = end;
        node
    }

    /// An absent value: it stands behind the indicator or the property that announces it.
    fn empty(&mut self, anchor: usize, is_key: bool) -> u32 {
        let indicator = match self.open.last() {
            Some(parent) if parent.kind == Kind::Seq => Some(b'-'),
            Some(_) if is_key => Some(b'?'),
            Some(_) => Some(b':'),
            None => None,
        };
        let gap = layout::absent(self.text, self.at, indicator);
        let at = gap.empty;
        let node = self.node(Kind::Scalar, Style::Empty, at, at, Flags::default());
        self.properties(node, anchor, &gap);
        self.at = at;
        node
    }

    fn syntax(&self, at: usize, message: String) -> Problem {
        let at = at as u32;
        Problem { kind: ProblemKind::Syntax, span: Span::new(self.id, at, at), message, related: None }
    }

    fn problem(&self, error: &ScanError) -> Problem {
        let at = error.marker().byte_offset().unwrap_or(self.at).min(self.text.len());
        let mut problem = self.syntax(at, error.info());
        problem.related = self.open_quote(at).map(|quote| {
            let quote = quote as u32;
            (Span::new(self.id, quote, quote + 1), "a quote is opened here".to_owned())
        });
        problem
    }

    /// The quote that is open at an offset, if the last token before it is a quoted text without an end.
    fn open_quote(&self, at: usize) -> Option<usize> {
        let gap = gap(self.text, self.at, at);
        let quote = gap.end;
        let opens = matches!(self.text.as_bytes().get(quote), Some(b'"' | b'\'')) && quote < at;
        opens.then_some(quote)
    }
}
