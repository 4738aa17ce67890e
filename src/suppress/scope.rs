//! What a comment is about: the bytes of the file that a suppression beside it covers.
//!
//! - Behind something on its line: the line, and all of a key's value when the key is on the line. Behind the end
//!   of a text or `[…]` of several lines: all of that.
//! - On a line of its own: the line below and, of what begins there, the object, the list item with all below it, or
//!   the key with all below it, whichever is the largest.

use crate::model::File;
use crate::source::Source;
use crate::yaml::{Comment, Kind, Node, Style};

/// Bytes of a file, from `start` to `end`, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Scope {
    pub start: u32,
    pub end: u32,
}

impl Scope {
    /// All of a file.
    pub(super) const FILE: Scope = Scope { start: 0, end: u32::MAX };

    pub(super) fn covers(self, offset: u32) -> bool {
        self.start <= offset && offset <= self.end
    }

    /// Number of bytes; a smaller scope is closer to what it is about.
    pub(super) fn len(self) -> u32 {
        self.end.saturating_sub(self.start)
    }
}

/// Something a comment can be about.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: u32,
    end: u32,
    /// Where its value starts.
    value: u32,
    /// The value is a block collection, whose lines have comments of their own.
    is_block: bool,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum What {
    Object,
    Item,
    Key,
}

/// The objects, list items and keys of a file in the order in which they start, the outer ones first.
#[derive(Debug)]
pub(super) struct Outline<'w> {
    source: &'w Source,
    places: Vec<Place>,
    comments: &'w [Comment],
}

impl<'w> Outline<'w> {
    pub(super) fn new(source: &'w Source, file: &'w File) -> Self {
        let nodes = &file.parsed.arena.nodes;
        let mut places = Vec::new();
        for object in &file.objects {
            places.extend(object.tree.nodes().first().map(|root| place(What::Object, root, root)));
        }
        for (at, parent) in nodes.iter().enumerate() {
            let end = at + parent.skip as usize;
            let mut child = at + 1;
            // A node without children ends where its first child would start.
            while child < end {
                let Some(first) = nodes.get(child) else { break };
                child += first.skip as usize;
                if parent.kind == Kind::Map {
                    let Some(value) = nodes.get(child) else { break };
                    places.push(place(What::Key, first, value));
                    child += value.skip as usize;
                } else {
                    places.push(place(What::Item, first, first));
                }
            }
        }
        // Stable: an item comes before the first key of its mapping, an object before both.
        places.sort_by_key(|place| place.start);
        Self { source, places, comments: &file.parsed.comments }
    }

    /// Whether a comment stands before all content.
    pub(super) fn is_before_content(&self, comment: &Comment) -> bool {
        self.places.first().is_none_or(|first| comment.span.start < first.start)
    }

    /// What a comment is about.
    pub(super) fn scope(&self, comment: &Comment) -> Scope {
        if comment.own_line { self.below(comment) } else { self.beside(comment) }
    }

    fn beside(&self, comment: &Comment) -> Scope {
        let mut scope = self.line(self.line_of(comment.span.start));
        let (line_start, line_end) = (scope.start, scope.end);
        for place in self.places.iter().take_while(|place| place.start <= line_end) {
            let is_key_or_text = place.what == What::Key || (place.what == What::Item && !place.is_block);
            if place.start >= line_start && is_key_or_text {
                scope.end = scope.end.max(place.end);
            } else if !place.is_block
                && place.value < line_start
                && (line_start..=comment.span.start).contains(&place.end)
                && place.what != What::Object
            {
                scope.start = scope.start.min(self.line(self.line_of(place.value)).start);
            }
        }
        scope
    }

    /// On its own line and what begins on the next line that holds something.
    pub(super) fn below(&self, comment: &Comment) -> Scope {
        let Some(below) = self.next_line(comment) else {
            return Scope { start: comment.span.start, end: comment.span.end() };
        };
        let first = self.places.iter().find(|place| below.covers(place.start));
        Scope { start: comment.span.start, end: first.map_or(below.end, |first| below.end.max(first.end)) }
    }

    /// The comment's line and the next one that holds something, without what lies below it.
    pub(super) fn two_lines(&self, comment: &Comment) -> Scope {
        let end = self.next_line(comment).map_or(comment.span.end(), |line| line.end);
        Scope { start: comment.span.start, end }
    }

    /// The first object that starts below a comment, or the one that the comment stands in.
    pub(super) fn object(&self, comment: &Comment) -> Option<Scope> {
        let objects = || self.places.iter().filter(|place| place.what == What::Object);
        let around = objects().find(|object| Scope::from(**object).covers(comment.span.start));
        let below = || objects().find(|object| object.start > comment.span.start);
        around.or_else(below).map(|object| Scope::from(*object))
    }

    fn line_of(&self, offset: u32) -> u32 {
        self.source.position(offset).line
    }

    fn line(&self, line: u32) -> Scope {
        let range = self.source.line_range(line);
        Scope { start: range.start as u32, end: range.end as u32 }
    }

    /// The next line that is not blank, no comment and no `---`.
    fn next_line(&self, comment: &Comment) -> Option<Scope> {
        let text = self.source.text();
        let lines =
            (self.line_of(comment.span.start) + 1..=self.source.line_count()).map(|line| self.line(line));
        lines.into_iter().find(|line| {
            let words = text.get(line.start as usize..line.end as usize).unwrap_or_default().trim();
            let is_comment = || {
                let at = self.comments.partition_point(|comment| comment.span.start < line.start);
                self.comments
                    .get(at)
                    .is_some_and(|comment| comment.own_line && comment.span.start <= line.end)
            };
            !words.is_empty() && words != "---" && !is_comment()
        })
    }
}

impl From<Place> for Scope {
    fn from(place: Place) -> Self {
        Scope { start: place.start, end: place.end }
    }
}

fn place(what: What, first: &Node, value: &Node) -> Place {
    Place {
        start: first.span.start,
        end: value.span.end().max(first.span.end()),
        value: value.span.start,
        is_block: value.style == Style::Block,
        what,
    }
}
