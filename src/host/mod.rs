//! The only door to the file system, the environment, the clock and the process's streams.
//!
//! Everything else is a function of its input, so the whole program runs on an in-memory host in tests and in an
//! editor. `clippy.toml` bans `std::fs`, `std::env` and `std::process` outside this module.

#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "this is the door")]

mod git;
mod history;
mod memory;
mod os;
mod os_git;
mod os_history;
mod os_revision;
mod revision;
mod snapshot;

pub use git::{Branch, Git};
pub use history::{Commit, History, HistoryEnd, HistoryQuery, OldFile};
pub use memory::MemHost;
pub use os::OsHost;
pub use revision::{BlobId, RevisionError, Tree, TreeEntry};
pub use snapshot::Snapshot;

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

/// What stands at a path.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A symbolic link; it is not followed.
    SymbolicLink,
    /// Not entered or not readable as text paths; see the walk's errors.
    Other,
}

/// A file that a walk came by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Entry {
    /// Path relative to the root of the walk, with `/` separators.
    pub path: Utf8PathBuf,
    /// What it is.
    pub kind: EntryKind,
}

/// The result of a walk, sorted by path.
#[derive(Clone, Default, Debug)]
pub struct Walk {
    /// Files and links.
    pub entries: Vec<Entry>,
    /// Places that could not be looked at: path relative to the root where known, and the error.
    pub errors: Vec<(Utf8PathBuf, String)>,
}

/// Decides whether a walk enters a directory (second argument true) or lists a file.
pub type Filter<'a> = &'a (dyn Fn(&Utf8Path, bool) -> bool + Sync);

/// Which of the process's streams.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stream {
    /// Results.
    Stdout,
    /// Everything else.
    Stderr,
}

/// The outside world.
pub trait Host: Sync {
    /// The directory relative paths start from, absolute.
    fn current_dir(&self) -> io::Result<Utf8PathBuf>;
    /// The value of an environment variable, when set and Unicode.
    fn env(&self, name: &str) -> Option<String>;
    /// Seconds since 1970-01-01 in UTC.
    fn unix_seconds(&self) -> u64;
    /// Time since the program started.
    fn elapsed(&self) -> std::time::Duration;
    /// The absolute path without links and `..`; an error when nothing is there.
    fn canonicalize(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf>;
    /// Whether a file or directory is there.
    fn exists(&self, path: &Utf8Path) -> bool;
    /// Whether a directory is there.
    fn is_dir(&self, path: &Utf8Path) -> bool;
    /// Reads a file of at most `limit` bytes. `Ok(None)` when it is larger. Capacity for `spare` more bytes
    /// stays free, so that padding does not copy the text.
    fn read(&self, path: &Utf8Path, limit: u64, spare: usize) -> io::Result<Option<Vec<u8>>>;
    /// Reads standard input to its end.
    fn read_stdin(&self) -> io::Result<Vec<u8>>;
    /// Writes a file, replacing what is there.
    fn write(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()>;
    /// Writes a new file. An error when anything is there, also a link that leads nowhere: a repository may have one that
    /// leads out of it.
    fn create(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()>;
    /// Writes to a stream of the process. A closed pipe is not an error.
    fn print(&self, stream: Stream, text: &str) -> io::Result<()>;
    /// Whether a stream is a terminal.
    fn is_terminal(&self, stream: Stream) -> bool;
    /// Lists the files below `root` that git does not ignore, in parallel. Hidden files are listed, links are
    /// not followed.
    fn walk(&self, root: &Utf8Path, filter: Filter<'_>) -> Walk;
    /// Paths relative to `root` that git tracks; `Ok(None)` when `root` is not the root of a checkout.
    fn tracked(&self, root: &Utf8Path) -> io::Result<Option<Vec<Utf8PathBuf>>>;
    /// What git says of the checkout at `root`; `Ok(None)` when `root` is not the root of one.
    fn git(&self, root: &Utf8Path) -> io::Result<Option<Git>>;
    /// The commit that the checkout at `root` is compared with when it is compared with a revision: where the histories
    /// of `HEAD` and of the revision part. That is what `git diff REVISION...` and a pull request compare with.
    fn base(&self, root: &Utf8Path, revision: &str) -> Result<Box<dyn Tree>, RevisionError>;
    /// The history of the checkout at `root`, as far as it is asked for.
    fn history(&self, root: &Utf8Path, query: &HistoryQuery<'_>) -> Result<History, RevisionError>;
    /// The ids of files, given relative to `root`, as far as git knows them without reading the files.
    fn indexed(&self, root: &Utf8Path, paths: &[&Utf8Path]) -> io::Result<Vec<Option<BlobId>>>;
}
