//! What a value of a template may be, as far as it has to do with values of a chart.
//!
//! Owns sets of such things. Must not know templates.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// So many things, and things in things, are told apart.
const MOST: usize = 48;

/// All that a value may be. What has nothing to do with values of a chart is not in it.
pub(super) type Known = BTreeSet<Atom>;

/// One of the things that a value may be.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Atom {
    /// What the templates of a chart see: `.Values`, `.Release` and so on.
    Root(u32),
    /// A place in the values of a chart.
    Place(u32),
    /// A map that a template puts together.
    Map(Rc<BTreeMap<Box<str>, Known>>),
    /// A list that a template puts together, of which any item may be any of these.
    List(Rc<Known>),
}

/// How many things there are in some; `None` when they are too many.
pub(super) fn weight(known: &Known) -> Option<usize> {
    let mut open: Vec<&Known> = vec![known];
    let mut weight = 0;
    while let Some(known) = open.pop() {
        weight += known.len();
        for atom in known {
            match atom {
                Atom::Map(map) => {
                    weight += map.len();
                    open.extend(map.values());
                }
                Atom::List(items) => open.push(items),
                Atom::Root(_) | Atom::Place(_) => {}
            }
        }
        if weight > MOST {
            return None;
        }
    }
    Some(weight)
}

/// The items of lists, and the values of maps.
pub(super) fn inside(known: &Known) -> Known {
    let mut all = Known::new();
    for atom in known {
        match atom {
            Atom::Map(map) => all.extend(map.values().flatten().cloned()),
            Atom::List(items) => all.extend(items.iter().cloned()),
            Atom::Root(_) | Atom::Place(_) => {}
        }
    }
    all
}
