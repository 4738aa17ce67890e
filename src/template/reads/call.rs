//! What functions do with values of a chart.
//!
//! Owns which functions hand on what they are given; every other one reads all of it.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::abstracted::{Atom, Known, inside};
use super::follow::{Follow, Frame};
use crate::template::ast::{Operand, Term};
use crate::template::functions::{Function, Run};

/// A literal text, or nothing.
fn literal(operand: Option<&Operand>) -> Option<&str> {
    match operand.map(|operand| (&operand.term, operand.fields.is_empty())) {
        Some((Term::Text(text, _), true)) => Some(text),
        _ => None,
    }
}

impl<'t> Follow<'_, 't> {
    /// What a call gives. `piped` is the last argument.
    pub(super) fn function(
        &mut self,
        function: &'static Function,
        arguments: &'t [Operand],
        piped: Option<&Known>,
        dot: &Known,
        frame: &mut Frame<'t>,
    ) -> Known {
        let mut values: Vec<Known> = Vec::new();
        for argument in arguments {
            values.push(self.operand(argument, dot, frame));
        }
        values.extend(piped.cloned());
        if let Run::Special(special) = function.run {
            return self.special(special, arguments, &values, frame);
        }
        let text = |index: usize| literal(arguments.get(index));
        let all = |values: &[Known]| -> Known { values.iter().flatten().cloned().collect() };
        let list = |items: Known| Known::from([Atom::List(Rc::new(items))]);
        match function.name {
            "not" | "empty" | "kindIs" | "kindOf" | "typeIs" | "typeOf" | "typeIsLike" => {
                values.iter().for_each(|value| self.test(value));
                Known::new()
            }
            "default" | "coalesce" | "ternary" => {
                values.iter().for_each(|value| self.test(value));
                all(&values)
            }
            "deepCopy" | "mustDeepCopy" | "unset" | "pick" | "omit" => {
                values.iter().skip(1).for_each(|value| self.take(value));
                values.first().cloned().unwrap_or_default()
            }
            "merge" | "mustMerge" | "mergeOverwrite" | "mustMergeOverwrite" => {
                // The first gets what is in the others, under whatever name it has elsewhere.
                let is_fresh = matches!(arguments.first().map(|first| &first.term), Some(Term::Pipe(_)));
                let is_made = values.first().is_some_and(|first| first.iter().all(is_made));
                if !(is_fresh && is_made) {
                    values.iter().skip(1).for_each(|value| self.take(value));
                }
                all(&values)
            }
            "dict" => self.dict(arguments, &values),
            "list" | "tuple" => list(all(&values)),
            "append" | "mustAppend" | "push" | "mustPush" | "prepend" | "mustPrepend" => {
                let mut items = all(values.get(1..).unwrap_or_default());
                items.extend(values.first().map(|first| self.items(first)).unwrap_or_default());
                list(items)
            }
            "concat" => {
                let items = values.iter().flat_map(|value| self.items(value)).collect();
                list(items)
            }
            "first" | "last" | "mustFirst" | "mustLast" => {
                values.first().map(|first| self.items(first)).unwrap_or_default()
            }
            "index" => {
                let Some(mut value) = values.first().cloned() else { return Known::new() };
                for place in 1..values.len() {
                    value = self.entry(&value, text(place));
                    values.get(place).into_iter().for_each(|name| self.take(name));
                }
                value
            }
            "get" => {
                let value = self.entry(&values.first().cloned().unwrap_or_default(), text(1));
                values.iter().skip(1).for_each(|name| self.take(name));
                value
            }
            "dig" => {
                let Some((map, names)) = values.split_last() else { return Known::new() };
                let Some((default, names)) = names.split_last() else { return Known::new() };
                let mut value = map.clone();
                for place in 0..names.len() {
                    value = self.entry(&value, text(place));
                }
                names.iter().for_each(|name| self.take(name));
                value.extend(default.iter().cloned());
                value
            }
            "hasKey" => {
                let value = self.entry(&values.first().cloned().unwrap_or_default(), text(1));
                self.test(&value);
                values.iter().skip(1).for_each(|name| self.take(name));
                Known::new()
            }
            "set" => self.set(text(1), &values),
            _ => {
                values.iter().for_each(|value| self.take(value));
                Known::new()
            }
        }
    }

    fn dict(&mut self, arguments: &[Operand], values: &[Known]) -> Known {
        let mut map: BTreeMap<Box<str>, Known> = BTreeMap::new();
        for (place, pair) in values.chunks(2).enumerate() {
            let [name, value] = pair else { continue };
            match literal(arguments.get(place * 2)) {
                Some(key) => map.entry(key.into()).or_default().extend(value.iter().cloned()),
                None => {
                    self.take(name);
                    self.take(value);
                }
            }
        }
        Known::from([Atom::Map(Rc::new(map))])
    }

    /// The items of lists that templates made; lists of values are taken whole.
    fn items(&mut self, known: &Known) -> Known {
        let whole: Known = known.iter().filter(|atom| !is_made(atom)).cloned().collect();
        self.take(&whole);
        inside(known)
    }

    /// What stands under a name, or under any when it is made up.
    fn entry(&mut self, known: &Known, name: Option<&str>) -> Known {
        match name {
            Some(name) => {
                let mut found = self.field(known, name);
                let lists: Known =
                    known.iter().filter(|atom| matches!(atom, Atom::List(_))).cloned().collect();
                found.extend(inside(&lists));
                found
            }
            None => self.items(known),
        }
    }

    /// `set` changes a map for everyone who has it.
    fn set(&mut self, name: Option<&str>, values: &[Known]) -> Known {
        let map = values.first().cloned().unwrap_or_default();
        values.iter().skip(1).for_each(|value| self.take(value));
        let is_root = map.iter().any(|atom| matches!(atom, Atom::Root(_)));
        // Values that are other values from then on.
        self.reads.is_lost |= is_root && name.is_none_or(|name| name == "Values");
        map
    }
}

fn is_made(atom: &Atom) -> bool {
    matches!(atom, Atom::Map(_) | Atom::List(_))
}
