//! A world in memory, for tests and editors.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Mutex;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::os_revision::id_of;
use super::{
    BlobId, Entry, EntryKind, Filter, Git, History, HistoryQuery, Host, RevisionError, Stream, Tree,
    TreeEntry, Walk,
};

/// Files in memory, below `/`. Nothing is ignored by git; everything that is written can be read back.
#[derive(Debug, Default)]
pub struct MemHost {
    files: Mutex<BTreeMap<Utf8PathBuf, Vec<u8>>>,
    links: BTreeSet<Utf8PathBuf>,
    stdin: Vec<u8>,
    printed: Mutex<[String; 2]>,
    git: Option<Git>,
    variables: BTreeMap<String, String>,
    revisions: BTreeMap<String, MemTree>,
    history: Option<History>,
}

/// The files of a commit in memory.
#[derive(Clone, Debug)]
struct MemTree {
    name: String,
    entries: Vec<TreeEntry>,
    contents: BTreeMap<BlobId, Vec<u8>>,
}

impl MemHost {
    /// A host with these files; relative paths lie below `/`.
    pub fn new<P: AsRef<str>, C: Into<Vec<u8>>>(files: impl IntoIterator<Item = (P, C)>) -> Self {
        let files = files.into_iter().map(|(path, text)| (absolute(path.as_ref().into()), text.into()));
        Self { files: Mutex::new(files.collect()), ..Self::default() }
    }

    /// Adds a symbolic link. It leads nowhere, since links are never followed.
    #[must_use]
    pub fn with_link(mut self, path: &str) -> Self {
        self.links.insert(absolute(path.into()));
        self
    }

    /// Sets what standard input gives.
    #[must_use]
    pub fn with_stdin(mut self, text: &str) -> Self {
        self.stdin = text.into();
        self
    }

    /// Sets what git says; without it there is no checkout.
    #[must_use]
    pub fn with_git(mut self, git: Git) -> Self {
        self.git = Some(git);
        self
    }

    /// Adds a revision with these files. It is where the history of `HEAD` and its own part.
    #[must_use]
    pub fn with_revision<P: AsRef<str>, C: Into<Vec<u8>>>(
        mut self,
        name: &str,
        files: impl IntoIterator<Item = (P, C)>,
    ) -> Self {
        let mut tree = MemTree { name: name.to_owned(), entries: Vec::new(), contents: BTreeMap::new() };
        for (path, text) in files {
            let text = text.into();
            let id = tree.id_of(&text);
            tree.entries.push(TreeEntry { path: path.as_ref().into(), kind: EntryKind::File, id });
            tree.contents.insert(id, text);
        }
        tree.entries.sort_by(|a, b| a.path.cmp(&b.path));
        self.revisions.insert(name.to_owned(), tree);
        self
    }

    /// Sets the history of the checkout; without it there is none.
    #[must_use]
    pub fn with_history(mut self, history: History) -> Self {
        self.history = Some(history);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// What was printed on a stream so far.
    pub fn printed(&self, stream: Stream) -> String {
        self.printed.lock().map(|printed| printed[stream as usize].clone()).unwrap_or_default()
    }

    fn has_below(&self, path: &Utf8Path) -> bool {
        self.files.lock().is_ok_and(|files| files.keys().any(|file| file.starts_with(path) && file != path))
    }
}

fn absolute(path: Utf8PathBuf) -> Utf8PathBuf {
    Utf8PathBuf::from("/").join(path)
}

fn poisoned<T>(_: T) -> io::Error {
    io::Error::other("another thread panicked")
}

impl Host for MemHost {
    fn current_dir(&self) -> io::Result<Utf8PathBuf> {
        Ok("/".into())
    }

    fn env(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn unix_seconds(&self) -> u64 {
        // 2026-01-01
        1_767_225_600
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn canonicalize(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        let mut canonical = Utf8PathBuf::from("/");
        for part in path.components() {
            match part.as_str() {
                "." | "/" => {}
                ".." => {
                    canonical.pop();
                }
                name => canonical.push(name),
            }
        }
        if canonical == "/" || self.exists(&canonical) {
            Ok(canonical)
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }

    fn exists(&self, path: &Utf8Path) -> bool {
        self.files.lock().is_ok_and(|files| files.contains_key(path)) || self.is_dir(path)
    }

    fn is_dir(&self, path: &Utf8Path) -> bool {
        self.has_below(path)
    }

    fn read(&self, path: &Utf8Path, limit: u64, spare: usize) -> io::Result<Option<Vec<u8>>> {
        let files = self.files.lock().map_err(poisoned)?;
        let text = files.get(path).ok_or(io::ErrorKind::NotFound)?;
        let mut bytes = Vec::with_capacity(text.len() + spare);
        bytes.extend_from_slice(text);
        Ok((bytes.len() as u64 <= limit).then_some(bytes))
    }

    fn read_stdin(&self) -> io::Result<Vec<u8>> {
        Ok(self.stdin.clone())
    }

    fn write(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()> {
        self.files.lock().map_err(poisoned)?.insert(absolute(path.to_owned()), contents.to_owned());
        Ok(())
    }

    fn create(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()> {
        if self.exists(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.write(path, contents)
    }

    fn print(&self, stream: Stream, text: &str) -> io::Result<()> {
        self.printed.lock().map_err(poisoned)?[stream as usize].push_str(text);
        Ok(())
    }

    fn is_terminal(&self, _: Stream) -> bool {
        false
    }

    fn walk(&self, root: &Utf8Path, filter: Filter<'_>) -> Walk {
        let files =
            self.files.lock().map(|files| files.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
        let links = self.links.iter().map(|path| (path.clone(), EntryKind::SymbolicLink));
        let mut walk = Walk::default();
        for (path, kind) in files.into_iter().map(|path| (path, EntryKind::File)).chain(links) {
            let Ok(relative) = path.strip_prefix(root) else { continue };
            let mut directories: Vec<&Utf8Path> = relative.ancestors().skip(1).collect();
            // From the top down, as a walk asks; the last ancestor is the root itself.
            directories.pop();
            let entered =
                directories.iter().rev().all(|path| path.file_name() != Some(".git") && filter(path, true));
            if entered && filter(relative, false) {
                walk.entries.push(Entry { path: relative.to_owned(), kind });
            }
        }
        walk.entries.sort_unstable();
        walk
    }

    fn tracked(&self, _: &Utf8Path) -> io::Result<Option<Vec<Utf8PathBuf>>> {
        Ok(None)
    }

    fn git(&self, _: &Utf8Path) -> io::Result<Option<Git>> {
        Ok(self.git.clone())
    }

    fn base(&self, _: &Utf8Path, revision: &str) -> Result<Box<dyn Tree>, RevisionError> {
        match self.revisions.get(revision) {
            Some(tree) => Ok(Box::new(tree.clone())),
            None => Err(RevisionError::Unknown { name: revision.to_owned(), shallow: false }),
        }
    }

    fn history(&self, root: &Utf8Path, query: &HistoryQuery<'_>) -> Result<History, RevisionError> {
        let mut history = self.history.clone().ok_or_else(|| RevisionError::NoCheckout(root.to_owned()))?;
        history.files.retain(|file| (query.wants_path)(&file.path) && (query.wants_content)(&file.content));
        Ok(history)
    }

    fn indexed(&self, _: &Utf8Path, paths: &[&Utf8Path]) -> io::Result<Vec<Option<BlobId>>> {
        Ok(vec![None; paths.len()])
    }
}

impl Tree for MemTree {
    fn commit(&self) -> &str {
        &self.name
    }

    fn messages(&self) -> &[String] {
        &[]
    }

    fn entries(&self) -> &[TreeEntry] {
        &self.entries
    }

    fn submodules(&self) -> &[Utf8PathBuf] {
        &[]
    }

    fn unreadable(&self) -> &[String] {
        &[]
    }

    fn read(&self, id: BlobId, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let content = self.contents.get(&id).ok_or(io::ErrorKind::NotFound)?;
        Ok((content.len() as u64 <= limit).then(|| content.clone()))
    }

    fn id_of(&self, content: &[u8]) -> BlobId {
        BlobId(id_of(gix_hash::Kind::Sha1, content))
    }
}
