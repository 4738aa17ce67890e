//! Policies in Rego as rules: what a module declares, what it is asked about, and what its answers mean.
//!
//! Owns the dialects, a file or a directory each: conftest, Gatekeeper, trivy-checks, and our own. Must not know regorus, which
//! is `rego`'s, and must not report: where a verdict lies in a file is found by those who have the object's tree.

pub mod gatekeeper;

use crate::finding::{Level, Rule};
use crate::rego::Value;

/// A rule that policies declare, ready to be asked.
#[derive(Clone, Debug)]
pub struct PolicyRule {
    /// How it is listed, selected, explained and reported.
    pub rule: Rule,
    /// How its answers are read.
    pub dialect: Dialect,
    /// What it is asked about.
    pub target: Target,
    /// Which program, an index into those that were loaded together.
    pub program: usize,
    /// What is asked there: an index into the rules of the program.
    pub entry: usize,
}

/// How answers are read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Dialect {
    /// `deny`, `violation` and `warn` of conftest, with what our own convention adds to their results.
    Conftest,
    /// `violation` of a ConstraintTemplate, with a constraint.
    Gatekeeper,
    /// `deny` with `result.new` of trivy-checks.
    Trivy,
}

/// What a rule is asked about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// Each object that is applied, of these kinds (any when empty).
    Object(Vec<String>),
    /// The objects that one kustomization applies together.
    Unit,
    /// Each job of a pipeline.
    Pipeline,
    /// The repository as a whole: nothing but `data.repo`.
    Repository,
    /// Each document of each file, as it is written.
    Document,
}

/// What a policy says against its input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// What is wrong.
    pub message: String,
    /// How bad, where the policy says so.
    pub level: Option<Level>,
    /// Why it matters, where the policy says so.
    pub why: Option<String>,
    /// What to do, where the policy says so.
    pub help: Option<String>,
    /// Where, the most precise first: the first that leads somewhere counts.
    pub places: Vec<Place>,
}

/// A place as a policy names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// Keys and indices from the root of the object.
    Path(Vec<Key>),
    /// A file of the repository, as conftest's `_loc` has it: path, line and column from 1; 0 where it names none.
    File(String, u32, u32),
    /// A piece of the input that the policy handed back.
    Piece(Value),
}

/// A step of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Key {
    /// A field.
    Name(String),
    /// An item.
    Index(usize),
}
