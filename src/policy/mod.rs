//! Policies in Rego as rules: what a module declares, what it is asked about, and what its answers mean.
//!
//! Owns the dialects, a file or a directory each: conftest, Gatekeeper, trivy-checks, and our own. Must not know regorus, which
//! is `rego`'s, and must not report: where a verdict lies in a file is found by those who have the object's tree.

mod answer;
mod conftest;
mod data;
mod doubts;
mod facts;
pub mod files;
pub mod gatekeeper;
mod header;
pub mod input;
mod load;
pub mod locate;
mod prepare;
mod shipped;
mod suite;
mod trivy;
mod unused;

pub use conftest::{combined, with_file};
pub use facts::{facts, job, schema};
pub use load::{Loaded, load};
pub use prepare::{DataText, Given, Reading, Text};
pub use shipped::{Shipped, ShippedRule};
pub use suite::{Coverage, Outcome, Suite, Test, TestRun};
pub use trivy::dockerfile;
pub use unused::{Unused, unused};

use crate::finding::{Level, Rule};
use crate::rego::{Machine, Stop, Value};

use input::Format;

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
    /// What may except from it, as conftest has it.
    pub exception: Option<Exception>,
    /// The policy that declares it, an index into those that were given.
    pub policy: usize,
    /// The file in which it is written.
    pub file: String,
    /// The line of its first head, from 1.
    pub line: u32,
}

/// What excepts from a rule: `exception` of its package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exception {
    /// An index into the rules of the program.
    pub entry: usize,
    /// What the rule is called there: its name behind `deny_`; empty for `deny`.
    pub name: String,
}

/// What a rule says about an input.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Said {
    /// What is wrong. Empty where something excepts.
    pub verdicts: Vec<Verdict>,
    /// How many exceptions apply.
    pub exceptions: usize,
}

impl PolicyRule {
    /// Where it is written: `policy/a.rego:12`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    /// Asks the rule about the input of a machine of its program.
    ///
    /// # Errors
    /// A question without an answer, and an answer that the dialect does not know.
    pub fn ask(&self, machine: &mut Machine<'_>) -> Result<Said, Stop> {
        if let Some(exception) = &self.exception {
            let exceptions = machine.ask(exception.entry)?;
            let exceptions = exceptions.map_or(0, |value| conftest::exceptions(&value, &exception.name));
            if exceptions > 0 {
                return Ok(Said { verdicts: Vec::new(), exceptions });
            }
        }
        let verdicts = match machine.ask(self.entry)? {
            Some(value) => answer::verdicts(&value).map_err(Stop::Error)?,
            None => Vec::new(),
        };
        Ok(Said { verdicts, exceptions: 0 })
    }
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
    /// Each owner of these kinds (any when empty), as the controller gets it. Those that another one makes are asked about
    /// unless that one is of these kinds as well: it has their template.
    Owner(Vec<String>),
    /// The objects of these kinds (any when empty) that one kustomization applies together.
    Unit(Vec<String>),
    /// Each job of a pipeline.
    Pipeline,
    /// All documents of the repository at once, each with its path, as conftest's `--combine` gives them.
    Combined,
    /// The repository as a whole: nothing but `data.repo`.
    Repository,
    /// Each document of each file, as it is written, of these formats (any when empty).
    Document(Vec<Format>),
    /// Files whose paths are like these globs, as conftest reads them.
    File(Vec<String>),
}

impl Target {
    /// What it is called in a header, and the kinds behind it.
    pub fn shown(&self) -> (&'static str, &[String]) {
        match self {
            Target::Object(kinds) => ("object", kinds),
            Target::Owner(kinds) => ("owner", kinds),
            Target::Unit(kinds) => ("unit", kinds),
            Target::Pipeline => ("pipeline", &[]),
            Target::Combined => ("combined", &[]),
            Target::Repository => ("repo", &[]),
            Target::Document(_) => ("document", &[]),
            Target::File(globs) => ("file", globs),
        }
    }

    /// Whether an object of this kind is asked about. Letters count as equal, since trivy-checks write `pod`.
    pub fn is_about(&self, kind: &str) -> bool {
        match self {
            Target::Object(kinds) => {
                kinds.is_empty() || kinds.iter().any(|known| known.eq_ignore_ascii_case(kind))
            }
            _ => false,
        }
    }

    /// Whether an owner of this kind is asked about.
    pub fn is_about_owner(&self, kind: &str) -> bool {
        matches!(self, Target::Owner(kinds) if kinds.is_empty() || kinds.iter().any(|known| known == kind))
    }

    /// Whether owners of this kind are asked about by name.
    pub fn names_owner(&self, kind: &str) -> bool {
        matches!(self, Target::Owner(kinds) if kinds.iter().any(|known| known == kind))
    }

    /// Whether the documents of a file are asked about, by its path.
    pub fn is_about_document(&self, path: &str) -> bool {
        let Target::Document(formats) = self else { return false };
        formats.is_empty() || Format::of(path).is_some_and(|format| formats.contains(&format))
    }
}

/// What a policy says against its input.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
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
    /// Other places that explain it.
    pub related: Vec<Place>,
    /// How to repair it, as the policy says it: `{op, path, value}` of RFC 6902. Kept as data.
    pub fix: Option<Value>,
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
