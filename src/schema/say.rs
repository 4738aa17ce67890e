//! What a value lacks that does not do what its schema asks: a clause for people, and where it stands.

use std::fmt::Display;

use crate::yaml::{Cursor, Schema};

use super::demand::{Demand, Limits};
use super::holds::{Answer, holds, is_multiple, repeated};
use super::shape::Name;

/// Names beyond these make no clause that anybody reads.
const NAMES: usize = 12;

/// A clause behind `must`, and the value that it is about, which is this one or a field of it.
pub struct Clause<'w> {
    pub text: String,
    pub at: Cursor<'w>,
}

/// What is not as it is asked. Nothing where that is not certain.
pub fn unmet<'w>(value: Cursor<'w>, demand: &Demand, reader: Schema) -> Option<Clause<'w>> {
    if holds(value, demand, reader) != Answer::No {
        return None;
    }
    let is_no = |part: &Demand| holds(value, part, reader) == Answer::No;
    for part in &demand.all {
        if let Some(clause) = unmet(value, part, reader) {
            return Some(clause);
        }
    }
    let here = |text: String| Some(Clause { text, at: value });
    if super::holds::one(&demand.one, value, reader) == Answer::No {
        return Some(one(value, &demand.one, reader));
    }
    if !demand.any.is_empty() && demand.any.iter().all(is_no) {
        return here(any(&demand.any));
    }
    if let Some(not) = demand.not.as_deref()
        && holds(value, not, reader) == Answer::Yes
    {
        return Some(excluded(value, not));
    }
    for field in &demand.fields {
        let found = value.get(&field.name);
        if let Some(clause) = found.and_then(|found| unmet(found, &field.demand, reader)) {
            return Some(clause);
        }
    }
    let missing: Vec<&Name> = demand.required.iter().filter(|name| value.get(name).is_none()).collect();
    if !missing.is_empty() {
        return here(format!("set {}", listed(&missing, "and")));
    }
    if demand.is_set
        && let Some(item) = repeated(value, reader)
    {
        return Some(Clause { text: "not have an item twice".to_owned(), at: item });
    }
    here(own(demand, value))
}

/// Words in a row: `a`, `b` and `c`.
pub fn listed(names: &[impl Display], last: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((end, rest)) if !rest.is_empty() => format!("{} {last} {end}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// The fields of which alternatives want one each, when all of them say just that.
fn choices(demands: &[Demand]) -> Option<Vec<&Name>> {
    let single = demands.iter().map(|demand| match demand.only_required() {
        Some([name]) => Some(name),
        _ => None,
    });
    let names: Vec<&Name> = single.flatten().collect();
    (names.len() == demands.len() && (2..=NAMES).contains(&names.len())).then_some(names)
}

fn one<'w>(value: Cursor<'w>, demands: &[Demand], reader: Schema) -> Clause<'w> {
    let (none, rest): (Vec<&Demand>, Vec<&Demand>) =
        demands.iter().partition(|demand| demand.not.is_some() && demand.required.is_empty());
    let alternatives: Vec<&Name> = rest
        .iter()
        .filter_map(|demand| demand.only_required().filter(|names| names.len() == 1))
        .filter_map(|names| names.first())
        .collect();
    let is_plain = alternatives.len() == rest.len() && none.len() <= 1 && alternatives.len() <= NAMES;
    let mut set: Vec<Cursor<'w>> = alternatives.iter().filter_map(|name| value.get(name)).collect();
    set.sort_by_key(|field| field.index());
    if is_plain && !alternatives.is_empty() && set.len() != 1 {
        let many = if none.is_empty() { "exactly one" } else { "at most one" };
        let choice = listed(&alternatives, "and");
        return match set.last() {
            Some(last) if set.len() > 1 => Clause { text: format!("set {many} of {choice}"), at: *last },
            _ => Clause { text: format!("set {many} of {choice}, and sets none"), at: value },
        };
    }
    let count = demands.iter().filter(|demand| holds(value, demand, reader) == Answer::Yes).count();
    let fits = match count {
        0 => "none".to_owned(),
        count => count.to_string(),
    };
    let text =
        format!("fit exactly one of the {} alternatives of its `oneOf`, and fits {fits}", demands.len());
    Clause { text, at: value }
}

fn any(demands: &[Demand]) -> String {
    if let Some(names) = choices(demands) {
        return format!("set {}", listed(&names, "or"));
    }
    let patterns: Vec<String> = demands
        .iter()
        .filter_map(|demand| demand.pattern.as_ref())
        .map(|pattern| format!("`{pattern}`"))
        .collect();
    if patterns.len() == demands.len() {
        return format!("match {}", patterns.join(" or "));
    }
    let formats: Vec<&str> =
        demands.iter().filter_map(|demand| demand.format).map(|format| format.what).collect();
    if formats.len() == demands.len() {
        return format!("be {}", formats.join(" or "));
    }
    format!("fit one of the {} alternatives of its `anyOf`", demands.len())
}

fn excluded<'w>(value: Cursor<'w>, not: &Demand) -> Clause<'w> {
    let named: Vec<&Name> = match not.only_required() {
        Some(_) => not.required.iter().collect(),
        None => choices(&not.any).unwrap_or_default(),
    };
    let set: Vec<(&Name, Cursor<'w>)> =
        named.iter().filter_map(|name| Some((*name, value.get(name)?))).collect();
    let names: Vec<&Name> = set.iter().map(|(name, _)| *name).collect();
    match set.last() {
        Some((_, last)) if not.only_required().is_some() && set.len() > 1 => {
            Clause { text: format!("not set {} together", listed(&names, "and")), at: *last }
        }
        Some((_, last)) => Clause { text: format!("not set {}", listed(&names, "or")), at: *last },
        None => Clause { text: "not fit what its definition excludes (`not`)".to_owned(), at: value },
    }
}

/// The clause about a count that is too small or too large. `what` is one of them: `field`.
pub fn counted(limits: Limits, count: usize, what: &str) -> Option<String> {
    let s = |count: u64| if count == 1 { "" } else { "s" };
    match limits {
        (Some(least), _) if (count as u64) < least => {
            Some(format!("have at least {least} {what}{}", s(least)))
        }
        (_, Some(most)) if (count as u64) > most => Some(format!("have at most {most} {what}{}", s(most))),
        _ => None,
    }
}

/// What the value itself is asked.
fn own(demand: &Demand, value: Cursor<'_>) -> String {
    let bound = |bound: Option<(f64, bool)>, inside: &str, outside: &str| {
        bound.map(|(number, is_out)| format!("be {} {number}", if is_out { outside } else { inside }))
    };
    let count = value.items().count();
    let fields = value.entries().len();
    let letters = value.text().unwrap_or_default().chars().count();
    let counts = counted(demand.items_count, count, "item")
        .filter(|_| value.is_seq())
        .or_else(|| counted(demand.fields_count, fields, "field").filter(|_| value.is_map()))
        .or_else(|| counted(demand.length, letters, "character").filter(|_| value.text().is_some()));
    let number: Option<f64> = value.text().and_then(|text| text.parse().ok());
    let least = bound(demand.least, "at least", "greater than")
        .filter(|_| demand.least.is_some_and(|(least, _)| number.is_some_and(|number| number <= least)));
    let most = bound(demand.most, "at most", "less than")
        .filter(|_| demand.most.is_some_and(|(most, _)| number.is_some_and(|number| number >= most)));
    let multiple = demand.multiple_of.filter(|_| number.is_some_and(|number| !is_multiple(demand, number)));
    let multiple = multiple.map(|unit| format!("be a multiple of {unit}"));
    let is_of = |text: &str| demand.format.filter(|format| !format.fits(text));
    let format = value.text().and_then(|text| is_of(&text)).map(|format| format!("be {}", format.what));
    let pattern =
        demand.pattern.as_ref().map(|pattern| match pattern.as_str().starts_with(r"^(\+|-)?(([0-9]+(\.") {
            true => "be an amount such as `500m` or `1Gi`".to_owned(),
            false => format!("match `{pattern}`"),
        });
    let words = || {
        let allowed = demand.allowed.as_deref().unwrap_or_default();
        let words = allowed.iter().take(NAMES).map(|word| match word {
            super::demand::Literal::Text(text) => format!("`{text}`"),
            super::demand::Literal::Number(number) => number.to_string(),
            super::demand::Literal::Boolean(value) => value.to_string(),
        });
        match allowed.is_empty() {
            true => "fit what its definition asks".to_owned(),
            false => format!("be one of {}", words.collect::<Vec<_>>().join(", ")),
        }
    };
    let bounds = counts.or(least).or(most).or(multiple);
    bounds.or(format).or(pattern.filter(|_| value.text().is_some())).unwrap_or_else(words)
}
