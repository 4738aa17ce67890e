//! Finds the files of a repository and reads them, each once. What is left out is recorded with its reason.
//!
//! Must not look into a file beyond what decides whether it is text.

mod coverage;
mod exclude;
mod kind;
mod read;
mod root;

pub use coverage::{Coverage, Skip, SkipReason};
pub use exclude::{BUILT_IN, Exclude};
pub use kind::FileKind;
pub use read::{Discovered, discover, discover_beside, discover_one};
pub use root::{Root, RootError, find_root};
