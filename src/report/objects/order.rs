//! The order of mapping keys: that of go-yaml, in which `a9` stands before `a10`.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::str::Chars;

/// Compares two keys as Kustomize sorts them: other characters before letters, numbers by their value.
///
/// go-yaml compares numbers from the first digit that differs, by which `2` comes before `15`, `15` before `1a` and
/// `1a` before `2`. An order has no such circles: here a number always counts as a whole.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.chars().peekable(), b.chars().peekable());
    loop {
        let (Some(&left), Some(&right)) = (a.peek(), b.peek()) else {
            return a.peek().is_some().cmp(&b.peek().is_some());
        };
        let ordering = if left.is_ascii_digit() && right.is_ascii_digit() {
            number(&mut a).cmp(&number(&mut b))
        } else {
            a.next();
            b.next();
            let class = |c: char| (c.is_alphabetic(), c.is_ascii_digit());
            class(left).cmp(&class(right)).then(left.cmp(&right))
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
}

/// A run of digits: without leading zeros, the longer number is the larger one; of equal ones, the shorter text comes
/// first.
fn number(chars: &mut Peekable<Chars<'_>>) -> (usize, String, usize) {
    let mut digits = String::new();
    let mut written = 0;
    while let Some(digit) = chars.next_if(char::is_ascii_digit) {
        written += 1;
        if digit != '0' || !digits.is_empty() {
            digits.push(digit);
        }
    }
    (digits.len(), digits, written)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::compare;

    #[test]
    fn numbers_by_value_and_letters_last() {
        let sorted = [
            "", "_x", "2", "15", "Alpha", "a", "a-b", "a: b", "a1", "a1-", "a1b", "a01", "a9", "a10", "a10b",
            "alpha", "zeta", "é",
        ];
        let mut keys = sorted;
        keys.reverse();
        keys.sort_by(|a, b| compare(a, b));
        assert_eq!(keys, sorted);
    }

    proptest! {
        #[test]
        fn there_are_no_circles(keys in proptest::array::uniform3("[-0-2ab]{0,4}")) {
            let [a, b, c] = &keys;
            prop_assert_eq!(compare(a, b), compare(b, a).reverse());
            prop_assert_eq!(compare(a, b).is_eq(), a == b);
            if compare(a, b).is_le() && compare(b, c).is_le() {
                prop_assert!(compare(a, c).is_le());
            }
        }
    }
}
