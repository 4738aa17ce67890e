//! How far an edge of the graph could be followed.

use std::borrow::Cow;

/// The verdict on an edge: what an owner names, and whether it is there.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Status {
    /// It leads to something in the repository.
    Resolved,
    /// It leads to a place of this repository where there is nothing; says what is missing.
    Missing(String),
    /// It leads out of the repository, to a chart or another repository.
    External,
    /// Nobody can tell from the repository alone; says why.
    Unverifiable(Cow<'static, str>),
}
