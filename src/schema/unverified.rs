//! How much of what definitions demand could not be looked at, for the account of a run.

use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::problem::{Problem, ProblemKind};

/// How many demands of its definition could not be looked at, by the place of an object in memory.
#[derive(Debug, Default)]
pub struct Unverified(Mutex<FxHashMap<(usize, u32), usize>>);

impl Unverified {
    /// Takes in what was found about an object. One that is looked at again counts once.
    pub fn add(&self, object: (usize, u32), problems: &[Problem]) {
        let left =
            problems.iter().filter(|problem| matches!(problem.kind, ProblemKind::Unverified(_))).count();
        if left > 0 {
            // A poisoned lock only means that somebody panicked while they added a number.
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(object, left);
        }
    }

    /// All of them.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}
