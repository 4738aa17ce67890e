//! Rules about who decides what is merged.

pub mod codeowners_missing;
pub mod codeowners_uncovered_path;
mod protected;
