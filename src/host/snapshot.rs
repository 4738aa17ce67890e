//! A host whose repository is a commit: the same questions, answered from a tree.
//!
//! Owns how paths lead through a tree, links included. Everything outside of the repository is the real host's.

use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use super::revision::{BlobId, RevisionError, Tree, TreeEntry};
use super::{Entry, EntryKind, Filter, Git, History, HistoryQuery, Host, Stream, Walk};

/// Links that lead on are followed this far.
const LONGEST_CHAIN: usize = 40;

/// A host that has a commit's files where the repository is.
pub struct Snapshot<'h> {
    host: &'h dyn Host,
    root: Utf8PathBuf,
    tree: &'h dyn Tree,
    /// Contents that are in memory already.
    known: FxHashMap<BlobId, &'h [u8]>,
}

impl<'h> Snapshot<'h> {
    /// The files of `tree` at `root`, an absolute path.
    pub fn new(host: &'h dyn Host, root: &Utf8Path, tree: &'h dyn Tree) -> Self {
        Self { host, root: root.to_owned(), tree, known: FxHashMap::default() }
    }

    /// The same, with contents that need not be read again.
    #[must_use]
    pub fn knowing(mut self, known: impl IntoIterator<Item = (BlobId, &'h [u8])>) -> Self {
        self.known.extend(known);
        self
    }

    /// The path relative to the root, of one that the commit answers for. Its git directory is still the real one, and
    /// the repositories checked out below it have no other state than that.
    fn inside<'p>(&self, path: &'p Utf8Path) -> Option<&'p Utf8Path> {
        let relative = path.strip_prefix(&self.root).ok()?;
        let is_git = relative.components().next().is_some_and(|first| first.as_str() == ".git");
        let is_elsewhere = is_git || self.tree.submodules().iter().any(|module| relative.starts_with(module));
        (!is_elsewhere).then_some(relative)
    }

    fn entry(&self, path: &Utf8Path) -> Option<&'h TreeEntry> {
        let entries = self.tree.entries();
        let at = entries.binary_search_by(|entry| entry.path.as_path().cmp(path)).ok()?;
        entries.get(at)
    }

    fn is_directory(&self, path: &Utf8Path) -> bool {
        let entries = self.tree.entries();
        let at = entries.partition_point(|entry| entry.path.as_path() <= path);
        let holds = |other: &Utf8Path| other.starts_with(path);
        path.as_str().is_empty()
            || entries.get(at).is_some_and(|entry| holds(&entry.path))
            || self.tree.submodules().iter().any(|module| holds(module))
    }

    /// Where a relative path leads without links and `..`. `None` when it leads out of the repository, or nowhere.
    fn resolve(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let parts = |path: &str| path.split('/').rev().map(str::to_owned).collect::<Vec<_>>();
        let mut todo = parts(path.as_str());
        let mut done = Utf8PathBuf::new();
        let mut links = 0;
        while let Some(part) = todo.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." if done.pop() => continue,
                ".." => return None,
                name => done.push(name),
            }
            let link = self.entry(&done).filter(|entry| entry.kind == EntryKind::SymbolicLink);
            if let Some(link) = link {
                links += 1;
                let target = self.content(link, 4096).ok().flatten()?;
                let target = String::from_utf8(target).ok()?;
                if links > LONGEST_CHAIN || target.starts_with('/') {
                    return None;
                }
                done.pop();
                todo.extend(parts(&target));
            }
        }
        Some(done)
    }

    fn content(&self, entry: &TreeEntry, limit: u64) -> io::Result<Option<Vec<u8>>> {
        match self.known.get(&entry.id) {
            Some(known) => Ok((known.len() as u64 <= limit).then(|| known.to_vec())),
            None => self.tree.read(entry.id, limit),
        }
    }
}

impl Host for Snapshot<'_> {
    fn current_dir(&self) -> io::Result<Utf8PathBuf> {
        self.host.current_dir()
    }

    fn env(&self, name: &str) -> Option<String> {
        self.host.env(name)
    }

    fn unix_seconds(&self) -> u64 {
        self.host.unix_seconds()
    }

    fn elapsed(&self) -> Duration {
        self.host.elapsed()
    }

    fn canonicalize(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        let Some(relative) = self.inside(path) else { return self.host.canonicalize(path) };
        let real = self.resolve(relative).ok_or(io::ErrorKind::NotFound)?;
        let absolute = if real.as_str().is_empty() { self.root.clone() } else { self.root.join(&real) };
        if self.inside(&absolute).is_none() {
            return self.host.canonicalize(&absolute);
        }
        let is_there = self.entry(&real).is_some() || self.is_directory(&real);
        if is_there { Ok(absolute) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    fn exists(&self, path: &Utf8Path) -> bool {
        match self.inside(path) {
            None => self.host.exists(path),
            Some(_) => self.canonicalize(path).is_ok(),
        }
    }

    fn is_dir(&self, path: &Utf8Path) -> bool {
        match self.inside(path) {
            None => self.host.is_dir(path),
            Some(relative) => self.resolve(relative).is_some_and(|real| self.is_directory(&real)),
        }
    }

    fn read(&self, path: &Utf8Path, limit: u64, spare: usize) -> io::Result<Option<Vec<u8>>> {
        let Some(relative) = self.inside(path) else { return self.host.read(path, limit, spare) };
        let real = self.resolve(relative).ok_or(io::ErrorKind::NotFound)?;
        let absolute = self.root.join(&real);
        if self.inside(&absolute).is_none() {
            return self.host.read(&absolute, limit, spare);
        }
        let entry = self.entry(&real).ok_or(io::ErrorKind::NotFound)?;
        let content = self.content(entry, limit)?;
        Ok(content.map(|mut bytes| {
            bytes.reserve_exact(spare);
            bytes
        }))
    }

    fn read_stdin(&self) -> io::Result<Vec<u8>> {
        self.host.read_stdin()
    }

    fn write(&self, _: &Utf8Path, _: &[u8]) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::ReadOnlyFilesystem, "a commit cannot be written to"))
    }

    fn create(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()> {
        self.write(path, contents)
    }

    fn print(&self, stream: Stream, text: &str) -> io::Result<()> {
        self.host.print(stream, text)
    }

    fn is_terminal(&self, stream: Stream) -> bool {
        self.host.is_terminal(stream)
    }

    fn walk(&self, root: &Utf8Path, filter: Filter<'_>) -> Walk {
        let Some(below) = self.inside(root) else { return self.host.walk(root, filter) };
        let entries = self.tree.entries();
        let start = entries.partition_point(|entry| entry.path.as_path() < below);
        let mut walk = Walk::default();
        let mut entered: FxHashMap<Utf8PathBuf, bool> = FxHashMap::default();
        for entry in &entries[start..] {
            let Ok(path) = entry.path.strip_prefix(below) else { break };
            if enters(path, filter, &mut entered) && filter(path, false) {
                walk.entries.push(Entry { path: path.to_owned(), kind: entry.kind });
            }
        }
        for module in self.tree.submodules() {
            let Ok(path) = module.strip_prefix(below) else { continue };
            if enters(&path.join("_"), filter, &mut entered) {
                let inner = self
                    .host
                    .walk(&self.root.join(module), &|inner, is_dir| filter(&path.join(inner), is_dir));
                let moved = |entry: Entry| Entry { path: path.join(entry.path), ..entry };
                walk.entries.extend(inner.entries.into_iter().map(moved));
                walk.errors.extend(inner.errors);
            }
        }
        let unreadable = self.tree.unreadable().iter();
        walk.errors.extend(unreadable.map(|path| (path.into(), "the name is not UTF-8".to_owned())));
        walk.entries.sort_unstable();
        walk
    }

    fn tracked(&self, _: &Utf8Path) -> io::Result<Option<Vec<Utf8PathBuf>>> {
        // Everything that a commit lists is tracked, and a walk lists all of it.
        Ok(None)
    }

    fn git(&self, root: &Utf8Path) -> io::Result<Option<Git>> {
        self.host.git(root)
    }

    fn base(&self, root: &Utf8Path, name: &str) -> Result<Box<dyn Tree>, RevisionError> {
        self.host.base(root, name)
    }

    fn history(&self, root: &Utf8Path, query: &HistoryQuery<'_>) -> Result<History, RevisionError> {
        self.host.history(root, query)
    }

    fn indexed(&self, _: &Utf8Path, paths: &[&Utf8Path]) -> io::Result<Vec<Option<BlobId>>> {
        Ok(paths.iter().map(|path| self.entry(path).map(|entry| entry.id)).collect())
    }
}

/// Whether a walk enters all directories on the way to a file, from the top down.
fn enters(file: &Utf8Path, filter: Filter<'_>, known: &mut FxHashMap<Utf8PathBuf, bool>) -> bool {
    let Some(directory) = file.parent().filter(|directory| !directory.as_str().is_empty()) else {
        return true;
    };
    if let Some(&entered) = known.get(directory) {
        return entered;
    }
    let entered = enters(directory, filter, known) && filter(directory, true);
    known.insert(directory.to_owned(), entered);
    entered
}
