//! Finds the files of a repository and reads them.

mod coverage;

pub use coverage::{Coverage, Skip, SkipReason};
