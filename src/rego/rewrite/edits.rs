//! Changes of a text, and the way back from a place after them to the place before.
//!
//! Owns offsets. Must not know why a text is changed.

use crate::rego::syntax::Span;

/// A stretch that is written differently.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    /// What is replaced; empty where something is put in.
    pub span: Span,
    /// What stands there instead.
    pub text: String,
    /// Of what is put in at one place the least is first; 0 for what comes in the order in which it was made.
    order: i64,
}

/// Changes in the order of their places; those of one place in the order they were made.
#[derive(Clone, Default, Debug)]
pub struct Edits {
    all: Vec<Edit>,
    /// How many were put in before all else.
    firsts: i64,
}

impl Edits {
    /// Puts something in.
    pub fn insert(&mut self, at: u32, text: impl Into<String>) {
        self.replace(Span { start: at, end: at }, text);
    }

    /// Puts something in before all else that was put in at a place.
    pub fn insert_first(&mut self, at: u32, text: impl Into<String>) {
        // At the end as well: marks count what was there before.
        self.firsts += 1;
        self.all.push(Edit { span: Span { start: at, end: at }, text: text.into(), order: -self.firsts });
    }

    /// Writes something else.
    pub fn replace(&mut self, span: Span, text: impl Into<String>) {
        self.all.push(Edit { span, text: text.into(), order: 0 });
    }

    /// How many changes there are: a mark for [`Edits::moved`].
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// What a stretch has become by the changes since a mark, which are taken back: it stands elsewhere now.
    pub fn moved(&mut self, mark: usize, text: &str, span: Span) -> String {
        let is_inside = |edit: &Edit| edit.span.start >= span.start && edit.span.end <= span.end;
        let since = self.all.get(mark..).unwrap_or_default().iter();
        let mut inside =
            Self { all: since.filter(|edit| is_inside(edit)).cloned().collect(), firsts: self.firsts };
        let mut index = 0;
        self.all.retain(|edit| {
            index += 1;
            index <= mark || !is_inside(edit)
        });
        inside.sort();
        inside.apply(text, span)
    }

    /// Puts the changes in order.
    pub fn sort(&mut self) {
        self.all.sort_by_key(|edit| (edit.span.start, edit.span.end, edit.order));
    }

    /// A stretch after the changes.
    pub fn apply(&self, text: &str, span: Span) -> String {
        let slice = |from: u32, to: u32| text.get(from as usize..to as usize).unwrap_or_default();
        let (mut made, mut at) = (String::with_capacity(text.len()), span.start);
        for edit in &self.all {
            made.push_str(slice(at, edit.span.start));
            made.push_str(&edit.text);
            at = at.max(edit.span.end);
        }
        made + slice(at, span.end)
    }

    /// Where an offset after the changes was before them; the start of what was changed for what was made up.
    pub fn before(&self, offset: u32) -> u32 {
        // How far the text behind the changes so far has moved.
        let mut moved = 0_i64;
        for edit in &self.all {
            let start = i64::from(edit.span.start) + moved;
            if i64::from(offset) < start {
                break;
            }
            let length = edit.text.len() as i64;
            if i64::from(offset) < start + length {
                return edit.span.start;
            }
            moved += length - i64::from(edit.span.end - edit.span.start);
        }
        u32::try_from(i64::from(offset) - moved).unwrap_or_default()
    }
}
