//! Spans of one file in the order of their starts, which overlap as they like, and which of them are near a place.
//!
//! Must not know what they stand for.

use crate::source::Span;

/// Spans of a file.
#[derive(Clone, Default, Debug)]
pub(super) struct Sorted {
    spans: Vec<Span>,
    /// For each span the largest end up to it: what lies before a place is left out at once.
    reach: Vec<u32>,
}

impl Sorted {
    /// Those of one file, in any order.
    pub fn new(mut spans: Vec<Span>) -> Self {
        spans.sort_unstable();
        spans.dedup();
        let mut far = 0;
        let reach = spans.iter().map(|span| {
            far = far.max(span.end());
            far
        });
        Self { reach: reach.collect(), spans }
    }

    /// Those that have a byte of `start..end`, or lie in it.
    pub fn within(&self, start: u32, end: u32) -> impl Iterator<Item = Span> + '_ {
        self.between(start.saturating_add(1), end).filter(move |span| span.end() > start)
    }

    /// Those that hold a place, with one byte behind their end.
    pub fn around(&self, place: Span) -> impl Iterator<Item = Span> + '_ {
        let end = place.end().saturating_sub(1);
        self.between(end, place.start.saturating_add(1)).filter(move |span| span.end() >= end)
    }

    /// Those that start before `before`, without the first ones as long as these end before `end`.
    fn between(&self, end: u32, before: u32) -> impl Iterator<Item = Span> + '_ {
        let from = self.reach.partition_point(|reach| *reach < end);
        let to = self.spans.partition_point(|span| span.start < before);
        self.spans.get(from..to).unwrap_or_default().iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    #[test]
    fn what_is_near_is_found() {
        let span = |start: u32, end: u32| Span::new(SourceId(0), start, end);
        let all = [(0, 3), (2, 20), (4, 5), (8, 8), (9, 12), (30, 31), (5, 6)].map(|(a, b)| span(a, b));
        let sorted = Sorted::new(all.to_vec());
        for start in 0..35 {
            for end in start..35 {
                let mut near: Vec<Span> = sorted.within(start, end).collect();
                let mut plain: Vec<Span> =
                    all.into_iter().filter(|span| span.start < end && span.end() > start).collect();
                near.sort_unstable();
                plain.sort_unstable();
                assert_eq!(near, plain, "{start}..{end}");
                let place = span(start, end);
                let mut near: Vec<Span> = sorted.around(place).collect();
                let is_around = |span: &Span| span.start <= start && end <= span.end() + 1;
                let mut plain: Vec<Span> = all.into_iter().filter(is_around).collect();
                near.sort_unstable();
                plain.sort_unstable();
                assert_eq!(near, plain, "{place:?}");
            }
        }
    }
}
