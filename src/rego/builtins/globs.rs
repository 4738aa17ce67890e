//! `regex.globs_match`: whether some text matches both of two patterns.
//!
//! The patterns have characters, `.`, sets, `+` and `*`. The answers are those of the library that OPA asks, also where it is
//! mistaken: `c` and `a*b*c` have nothing in common to it, although `a*b*` may be empty.

use rustc_hash::FxHashMap;

use super::{Answer, Failure, text};
use crate::rego::Value;

/// Parts of a pattern. Each pair of places of two patterns is looked at once, from few places each.
const PARTS: usize = 200;

/// What stands at a place.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Kind {
    Char(char),
    Any,
    /// Ranges, ends included.
    Set(Vec<(char, char)>),
}

/// How often it may stand there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Times {
    Once,
    OnceOrMore,
    AnyNumber,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Part {
    kind: Kind,
    times: Times,
}

pub fn globs_match(arguments: &[Value]) -> Answer {
    let [one, other] = arguments else { return Err(Failure::Undefined) };
    let (one, other) = (parts(text(one)?)?, parts(text(other)?)?);
    let Some((one, other)) = trimmed(&one, &other) else { return Ok(false.into()) };
    Ok(Meeting { known: FxHashMap::default() }.meet(one, other).into())
}

/// Reads a pattern; the same part in a row, repeated both times, is one.
fn parts(pattern: &str) -> Result<Vec<Part>, Failure> {
    let mut chars = pattern.chars().peekable();
    let mut parts: Vec<Part> = Vec::new();
    while let Some(char) = chars.next() {
        let kind = match char {
            '\\' => Kind::Char(chars.next().ok_or(Failure::Undefined)?),
            '.' => Kind::Any,
            '[' => Kind::Set(set(&mut chars)?),
            ']' | '+' | '*' => return Err(Failure::Undefined),
            char => Kind::Char(char),
        };
        let times = match chars.peek() {
            Some('+') => Times::OnceOrMore,
            Some('*') => Times::AnyNumber,
            _ => Times::Once,
        };
        if times != Times::Once {
            chars.next();
        }
        match parts.last_mut() {
            Some(last) if last.kind == kind && last.times != Times::Once && times != Times::Once => {
                if times == Times::OnceOrMore {
                    last.times = times;
                }
            }
            _ => parts.push(Part { kind, times }),
        }
        if parts.len() > PARTS {
            return Err(Failure::TooMuch(parts.len()));
        }
    }
    Ok(parts)
}

/// What stands between `[` and `]`.
fn set(chars: &mut impl Iterator<Item = char>) -> Result<Vec<(char, char)>, Failure> {
    let mut ranges: Vec<(char, char)> = Vec::new();
    // Whether the last one may begin a range.
    let mut is_open = false;
    loop {
        match chars.next().ok_or(Failure::Undefined)? {
            ']' => return Ok(ranges),
            '-' => {
                let end = match chars.next().ok_or(Failure::Undefined)? {
                    ']' | '-' => return Err(Failure::Undefined),
                    '\\' => chars.next().ok_or(Failure::Undefined)?,
                    end => end,
                };
                match ranges.last_mut() {
                    Some(range) if is_open && range.0 <= end => range.1 = end,
                    _ => return Err(Failure::Undefined),
                }
                is_open = false;
            }
            char => {
                let char = if char == '\\' { chars.next().ok_or(Failure::Undefined)? } else { char };
                ranges.push((char, char));
                is_open = true;
            }
        }
    }
}

fn fit(one: &Part, other: &Part) -> bool {
    let within =
        |char: char, set: &[(char, char)]| set.iter().any(|(from, to)| (*from..=*to).contains(&char));
    match (&one.kind, &other.kind) {
        (Kind::Any, _) | (_, Kind::Any) => true,
        (Kind::Char(one), Kind::Char(other)) => one == other,
        (Kind::Char(char), Kind::Set(set)) | (Kind::Set(set), Kind::Char(char)) => within(*char, set),
        (Kind::Set(one), Kind::Set(other)) => {
            one.iter().any(|(from, to)| other.iter().any(|(begin, end)| from <= end && begin <= to))
        }
    }
}

/// Both without the parts at their ends that stand there once and fit; the last of them stays. `None` where one does not fit.
fn trimmed<'p>(one: &'p [Part], other: &'p [Part]) -> Option<(&'p [Part], &'p [Part])> {
    let is_once = |(one, other): &(&Part, &Part)| one.times == Times::Once && other.times == Times::Once;
    let mut left = 0;
    for (one, other) in one.iter().zip(other).take_while(is_once) {
        if !fit(one, other) {
            return None;
        }
        left += 1;
    }
    let left = usize::saturating_sub(left, 1);
    let (one, other) = (one.get(left..)?, other.get(left..)?);
    let mut right = 0;
    for (one, other) in one.iter().rev().zip(other.iter().rev()).take_while(is_once) {
        if !fit(one, other) {
            return None;
        }
        right += 1;
    }
    let right = usize::saturating_sub(right, 1);
    Some((one.get(..one.len() - right)?, other.get(..other.len() - right)?))
}

/// What is known of the ends of two patterns, by their addresses.
struct Meeting {
    known: FxHashMap<(*const Part, *const Part, usize, usize), bool>,
}

impl Meeting {
    fn meet(&mut self, one: &[Part], other: &[Part]) -> bool {
        let key = (one.as_ptr(), other.as_ptr(), one.len(), other.len());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let answer = self.ends(one, other);
        self.known.insert(key, answer);
        answer
    }

    fn ends(&mut self, one: &[Part], other: &[Part]) -> bool {
        let (Some((first, rest)), Some((second, others))) = (one.split_first(), other.split_first()) else {
            return one.is_empty() && other.is_empty();
        };
        match (first.times, second.times) {
            (Times::Once, Times::Once) => fit(first, second) && self.meet(rest, others),
            (Times::OnceOrMore, _) => self.once_or_more(one, other),
            (Times::AnyNumber, _) => self.any_number(one, other),
            (Times::Once, Times::OnceOrMore) => self.once_or_more(other, one),
            (Times::Once, Times::AnyNumber) => self.any_number(other, one),
        }
    }

    fn once_or_more(&mut self, repeated: &[Part], other: &[Part]) -> bool {
        let (Some((first, rest)), Some((second, others))) = (repeated.split_first(), other.split_first())
        else {
            return false;
        };
        fit(first, second)
            && (self.any_number(repeated, others) || (second.times != Times::Once && self.meet(rest, other)))
    }

    fn any_number(&mut self, repeated: &[Part], other: &[Part]) -> bool {
        let Some((first, rest)) = repeated.split_first() else { return false };
        for (index, part) in other.iter().enumerate() {
            let is_next = rest.first().is_some_and(|next| fit(part, next));
            if is_next && self.meet(rest, other.get(index..).unwrap_or_default()) {
                return true;
            }
            if !fit(part, first) {
                return false;
            }
        }
        rest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_meet_as_in_opa() {
        for (one, other, expected) in [
            ("a.*", "ab", Some(true)),
            ("a.*", "b.*", Some(false)),
            ("a.b.[0-9]+", "a.b.[5-9]+", Some(true)),
            ("[a-c]x*", "[d-f]x*", Some(false)),
            ("a*b*c", "c", Some(false)),
            ("b*c", "c", Some(true)),
            (".+", "", Some(false)),
            ("", "", Some(true)),
            ("a", "ab*", Some(false)),
            (r"\*", r"\*", Some(true)),
            ("a+*", "a", None),
            ("[a", "a", None),
            ("[b-a]", "a", None),
        ] {
            let answer = globs_match(&[Value::from(one), Value::from(other)]);
            assert_eq!(answer.ok(), expected.map(Value::from), "{one} {other}");
        }
        // Nothing is looked at twice.
        let hard = "a*b*".repeat(50);
        assert_eq!(
            globs_match(&[Value::from(format!("{hard}c")), Value::from(format!("{hard}d"))]).ok(),
            Some(false.into())
        );
    }
}
