//! What a comment is about where lines are all there is to go by: scripts, Makefiles, Terraform, Markdown.
//!
//! - Behind something on its line: that line, and the lines that it continues.
//! - On a line of its own: the next line that is no comment, the lines it goes on with, and those below it that are
//!   indented further. In Markdown, all of a block that begins there.

use crate::source::Source;
use crate::yaml::Comment;

use super::scope::Scope;

/// The lines of a text, or of a script in it.
#[derive(Clone, Copy)]
pub(super) struct Lines<'w> {
    source: &'w Source,
    comments: &'w [Comment],
    /// Where the text ends.
    end: u32,
}

impl<'w> Lines<'w> {
    /// The lines up to `end`. `comments` are in their order.
    pub(super) fn new(source: &'w Source, comments: &'w [Comment], end: u32) -> Self {
        Self { source, comments, end }
    }

    /// Whether a comment stands before all content.
    pub(super) fn is_before_content(&self, comment: &Comment) -> bool {
        let above = 1..self.source.position(comment.span.start).line;
        comment.own_line && above.into_iter().all(|line| self.is_empty(line))
    }

    /// What a comment is about.
    pub(super) fn scope(&self, comment: &Comment) -> Scope {
        let own = self.source.position(comment.span.start).line;
        if !comment.own_line {
            let mut first = own;
            while first > 1 && self.goes_on(first - 1) {
                first -= 1;
            }
            return Scope { start: self.range(first).start, end: self.range(own).end };
        }
        let Some(first) = (own + 1..=self.last()).find(|&line| !self.is_empty(line)) else {
            return Scope { start: comment.span.start, end: comment.span.end() };
        };
        let mut last = first;
        while last < self.last() && self.goes_on(last) {
            last += 1;
        }
        let indent = self.indent(first);
        let fence = self.fence(first);
        for line in last + 1..=self.last() {
            match fence {
                Some(fence) => {
                    last = line;
                    if self.fence(line).is_some_and(|end| end.starts_with(fence)) {
                        break;
                    }
                }
                None if self.text(line).trim().is_empty() => {}
                None if self.indent(line) > indent || self.goes_on(line - 1) => last = line,
                None => break,
            }
        }
        Scope { start: comment.span.start, end: self.range(last).end }
    }

    fn last(&self) -> u32 {
        self.source.position(self.end).line
    }

    fn range(&self, line: u32) -> Scope {
        let range = self.source.line_range(line);
        Scope { start: range.start as u32, end: range.end as u32 }
    }

    fn text(&self, line: u32) -> &'w str {
        self.source.text().get(self.source.line_range(line)).unwrap_or_default()
    }

    fn goes_on(&self, line: u32) -> bool {
        self.text(line).trim_end_matches(['\r', '\n']).ends_with('\\')
    }

    fn indent(&self, line: u32) -> usize {
        let text = self.text(line);
        text.len() - text.trim_start().len()
    }

    /// The marks that a block of Markdown begins or ends with.
    fn fence(&self, line: u32) -> Option<&'w str> {
        let text = self.text(line).trim_start();
        let rest =
            if text.starts_with("```") { text.trim_start_matches('`') } else { text.trim_start_matches('~') };
        text.get(..text.len() - rest.len()).filter(|marks| marks.len() >= 3)
    }

    /// Whether a line is blank, or nothing but a comment.
    fn is_empty(&self, line: u32) -> bool {
        let Scope { start, end } = self.range(line);
        let text = self.text(line);
        let at = self.comments.partition_point(|comment| comment.span.start < start);
        text.trim_matches([' ', '\t', '\r', '\n', '-', '>', '*', '/', '}']).is_empty()
            || self.comments.get(at).is_some_and(|comment| comment.own_line && comment.span.start <= end)
    }
}
