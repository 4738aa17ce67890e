//! Texts that are hidden wherever they stand.
//!
//! Owns the search for them in other text. Must not know why they are hidden.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use super::grams::Grams;

/// A set of texts, found in one pass: a file may hold thousands.
#[derive(Clone, Debug)]
pub(super) struct Words {
    search: AhoCorasick,
    /// All of them, a line each.
    lines: Grams,
    bounds: Bounds,
}

/// Where a text counts as found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Bounds {
    /// Anywhere.
    None,
    /// Where it is not a part of a longer name or path.
    Names,
}

impl Words {
    /// The set of these texts; `None` when there are none.
    pub fn new(texts: Vec<String>, bounds: Bounds) -> Option<Self> {
        if texts.is_empty() {
            return None;
        }
        // Refused only beyond limits of size that no files within ours reach.
        let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&texts).ok()?;
        Some(Self { search, lines: Grams::new(texts.join("\n")), bounds })
    }

    /// Where texts of the set stand in another one.
    pub fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        let counts = |range: &Range<usize>| self.bounds == Bounds::None || is_alone(text, range);
        self.search.find_iter(text).map(|found| found.range()).filter(counts)
    }

    /// Whether a text is a part of one of the set.
    pub fn contain(&self, part: &str) -> bool {
        self.lines.contain(part)
    }
}

/// Whether a range of a text is a whole name, or several: `shop` in `kind: shop`, but not in `shop-db` or `apps/shop`.
pub(super) fn is_alone(text: &str, range: &Range<usize>) -> bool {
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/');
    let before = text.get(..range.start).unwrap_or_default().chars().rev();
    let after = text.get(range.end..).unwrap_or_default().chars();
    // A full stop joins only what stands on both sides of it.
    let is_joined = |mut beyond: Box<dyn Iterator<Item = char> + '_>| match beyond.next() {
        Some('.') => beyond.next().is_some_and(joins),
        next => next.is_some_and(joins),
    };
    !is_joined(Box::new(before)) && !is_joined(Box::new(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_alone() {
        let words = Words::new(vec!["shop".to_owned()], Bounds::Names);
        let count = |text: &str| words.as_ref().map_or(0, |words| words.find(text).count());
        for text in ["shop", "`shop`", "a: shop.", "--name=shop", "u:shop@h", "(shop), shop!"] {
            assert!(count(text) > 0, "{text}");
        }
        for text in ["shops", "shop-db", "apps/shop", "shop/x", "my_shop", "shop.example", "db.shop", "eshop"]
        {
            assert_eq!(count(text), 0, "{text}");
        }
        assert!(Words::new(Vec::new(), Bounds::None).is_none());
    }
}
