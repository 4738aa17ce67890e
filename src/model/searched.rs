//! Where in a file credentials of a known form are looked for, and whether it holds any.
//!
//! What definitions of kinds say about fields is left out: it gives examples of tokens and keys, and is most of the text of
//! many repositories. Comments in it are somebody's own words. Must not know what a rule makes of a credential.

use std::ops::Range;

use crate::source::Span;

use super::FileView;
use super::secret::format::{Forms, Match, matches};

impl<'w> FileView<'w> {
    /// Which kinds of credentials of a known form its text holds. Looked for once, since most files hold none.
    pub fn forms(&self) -> Forms {
        *self.file.forms.get_or_init(|| Forms::of(self.credentials()))
    }

    /// The credentials of a known form in its text, in order.
    pub fn credentials(&self) -> impl Iterator<Item = Match> + use<'w> {
        let text = self.source().text();
        self.searched().into_iter().flat_map(move |part| {
            let start = part.start;
            let found = matches(text.get(part).unwrap_or_default());
            found.map(move |it| Match { range: it.range.start + start..it.range.end + start, ..it })
        })
    }

    fn searched(&self) -> Vec<Range<usize>> {
        let range = |span: Span| span.start as usize..span.end() as usize;
        let definitions: Vec<Range<usize>> = self
            .documents()
            .filter_map(|document| document.definition())
            .map(|definition| range(definition.span()))
            .collect();
        let text = self.source().text();
        let mut parts = Vec::with_capacity(definitions.len() + 1);
        let mut from = 0;
        for definition in &definitions {
            parts.push(from..definition.start);
            from = definition.end;
        }
        parts.push(from..text.len());
        // A key in armour that is commented out goes over several lines.
        let is_inside = |comment: &Range<usize>| {
            let behind = definitions.partition_point(|definition| definition.end <= comment.start);
            definitions.get(behind).is_some_and(|definition| definition.start <= comment.start)
        };
        let comments = self.file.parsed.comments.iter().map(|comment| range(comment.span));
        let mut blocks: Vec<Range<usize>> = Vec::new();
        for comment in comments.filter(is_inside) {
            let is_next = |last: &Range<usize>| {
                text.get(last.end..comment.start).is_some_and(|gap| gap.trim().is_empty())
            };
            match blocks.last_mut().filter(|last| is_next(last)) {
                Some(last) => last.end = comment.end,
                None => blocks.push(comment),
            }
        }
        parts.extend(blocks);
        parts.sort_by_key(|part| part.start);
        parts
    }
}
