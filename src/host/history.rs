//! The history of a branch along first parents, as data: commits, and contents that are gone.
//!
//! Owns what is asked of a history and how far an answer reaches. Must not know where objects are stored, nor what makes
//! a content interesting.

use camino::{Utf8Path, Utf8PathBuf};

/// What somebody wants to know of a history. Whatever it is, it is bounded.
pub struct HistoryQuery<'q> {
    /// References to start at: the first that is there counts. `HEAD` is tried last.
    pub starts: Vec<String>,
    /// How many commits are read at most.
    pub commits: usize,
    /// Whether a file at a path is of interest when it was changed or deleted.
    pub wants_path: &'q (dyn Fn(&Utf8Path) -> bool + Sync),
    /// Whether its content is.
    pub wants_content: &'q (dyn Fn(&[u8]) -> bool + Sync),
}

/// What was found.
#[derive(Clone, Default, Debug)]
pub struct History {
    /// The reference that it starts at.
    pub from: String,
    /// The newest commit first, then its first parent, and so on.
    pub commits: Vec<Commit>,
    /// Why it ends there.
    pub end: HistoryEnd,
    /// Contents that were wanted and that a later commit changed or deleted, the newest first, each once.
    pub files: Vec<OldFile>,
    /// Contents that could not be read, or were more than anybody keeps.
    pub unread: usize,
}

/// Why a history ends.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum HistoryEnd {
    /// The last commit has no parents.
    #[default]
    Root,
    /// The parent of the last commit is not in this clone.
    Cut,
    /// Enough was read.
    Bound,
}

/// A commit.
#[derive(Clone, Default, Debug)]
pub struct Commit {
    /// Its hash, in hexadecimal digits.
    pub id: String,
    /// Name and address of who wrote it: `Ada <ada@acme.com>`.
    pub author: String,
    /// What was written about it.
    pub message: String,
    /// How many parents it has.
    pub parents: usize,
    /// Whether it carries a signature. Nobody has looked whose.
    pub is_signed: bool,
    /// The files that it changed, compared with its first parent; of one that changed very many, the first ones.
    pub changed: Vec<Utf8PathBuf>,
}

/// A content that a branch had.
#[derive(Clone, Debug)]
pub struct OldFile {
    /// Its path, relative to the root of the repository.
    pub path: Utf8PathBuf,
    /// The last commit that had it, in hexadecimal digits.
    pub commit: String,
    /// The content.
    pub content: Vec<u8>,
}
