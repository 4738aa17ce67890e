//! Walks the history of a branch in a git directory, along first parents, and compares each tree with the one before.
//!
//! Equal directories have equal ids and are never entered, so a commit costs what it changed.

use camino::{Utf8Path, Utf8PathBuf};
use gix_hash::ObjectId;
use gix_object::tree::EntryKind as GitKind;
use gix_object::{CommitRefIter, FindHeader as _, Kind, TreeRefIter};
use rustc_hash::{FxHashMap, FxHashSet};

use super::history::{Commit, History, HistoryEnd, HistoryQuery, OldFile};
use super::os_revision::{Database, Repository, git};
use super::revision::{RevisionError, is_plain};

/// Entries of trees that are looked at in all; trees that name themselves again and again have more.
const MOST_ENTRIES: usize = 20_000_000;
/// Changed files that are remembered of one commit.
const MOST_CHANGED: usize = 1000;
/// The largest content that is read, and all contents that are kept, in bytes.
const LARGEST: u64 = 1 << 20;
const MOST_KEPT: usize = 64 << 20;

/// The history of the checkout at `root`.
pub(super) fn history(root: &Utf8Path, query: &HistoryQuery<'_>) -> Result<History, RevisionError> {
    let repository = Repository::at(root)?;
    let mut found = None;
    for name in query.starts.iter().map(String::as_str).chain(["HEAD"]) {
        if let Some(id) = repository.reference(name)? {
            found = Some((repository.database.peel(id, name)?, name.to_owned()));
            break;
        }
    }
    let (start, from) = found.ok_or(RevisionError::Unborn)?;
    let mut walk = Walk {
        database: &repository.database,
        query,
        history: History { from, ..History::default() },
        met: FxHashSet::default(),
        entries: 0,
        kept: 0,
    };
    walk.run(start)?;
    Ok(walk.history)
}

struct Walk<'w> {
    database: &'w Database,
    query: &'w HistoryQuery<'w>,
    history: History,
    /// Contents that were looked at.
    met: FxHashSet<ObjectId>,
    entries: usize,
    kept: usize,
}

/// One entry of a tree.
type Entries = FxHashMap<String, (GitKind, ObjectId)>;

impl Walk<'_> {
    fn run(&mut self, start: ObjectId) -> Result<(), RevisionError> {
        let mut next = Some(start);
        // The tree of the commit before, in the order of the walk: the first one is compared with nothing.
        while let Some(id) = next {
            if self.history.commits.len() >= self.query.commits || self.entries > MOST_ENTRIES {
                self.history.end = HistoryEnd::Bound;
                return Ok(());
            }
            let data = self.database.data(id, Kind::Commit)?;
            let parents: Vec<ObjectId> =
                CommitRefIter::from_bytes(&data, self.database.hash).parent_ids().collect();
            let mut commit = read(id, &data, parents.len());
            let parent = parents.first().copied();
            if parent.is_some_and(|parent| !self.database.has(parent)) {
                self.history.commits.push(commit);
                self.history.end = HistoryEnd::Cut;
                return Ok(());
            }
            let new = self.tree(&data)?;
            let old = match parent {
                Some(parent) => Some((parent, self.tree(&self.database.data(parent, Kind::Commit)?)?)),
                None => None,
            };
            commit.changed = self.compare(old, new)?;
            self.history.commits.push(commit);
            next = parent;
        }
        Ok(())
    }

    fn tree(&self, commit: &[u8]) -> Result<ObjectId, RevisionError> {
        CommitRefIter::from_bytes(commit, self.database.hash).tree_id().map_err(git)
    }

    /// The files that differ. Contents that were there before and are wanted are kept.
    fn compare(
        &mut self,
        old: Option<(ObjectId, ObjectId)>,
        new: ObjectId,
    ) -> Result<Vec<Utf8PathBuf>, RevisionError> {
        let mut changed = Vec::new();
        let commit = old.map(|(commit, _)| commit);
        let mut open = vec![(Utf8PathBuf::new(), old.map(|(_, tree)| tree), Some(new))];
        while let Some((directory, old, new)) = open.pop() {
            if old == new || self.entries > MOST_ENTRIES {
                continue;
            }
            let before = self.entries(old)?;
            let mut after = self.entries(new)?;
            for (name, (kind, id)) in before {
                let now = after.remove(&name);
                if now == Some((kind, id)) {
                    continue;
                }
                let path = directory.join(&name);
                let below = now.filter(|(kind, _)| *kind == GitKind::Tree).map(|(_, id)| id);
                match kind {
                    GitKind::Tree => open.push((path, Some(id), below)),
                    GitKind::Blob | GitKind::BlobExecutable => {
                        if let Some(commit) = commit.filter(|_| now.is_none_or(|(_, now)| now != id)) {
                            self.keep(&path, id, commit);
                        }
                        open.extend(below.map(|below| (path.clone(), None, Some(below))));
                        changed.push(path);
                    }
                    GitKind::Link | GitKind::Commit => changed.push(path),
                }
            }
            for (name, (kind, id)) in after {
                let path = directory.join(&name);
                match kind {
                    GitKind::Tree => open.push((path, None, Some(id))),
                    _ => changed.push(path),
                }
            }
        }
        changed.sort_unstable();
        changed.truncate(MOST_CHANGED);
        Ok(changed)
    }

    fn entries(&mut self, tree: Option<ObjectId>) -> Result<Entries, RevisionError> {
        let Some(tree) = tree else { return Ok(Entries::default()) };
        let data = self.database.data(tree, Kind::Tree)?;
        let mut entries = Entries::default();
        for entry in TreeRefIter::from_bytes(&data, self.database.hash) {
            let entry = entry.map_err(git)?;
            self.entries += 1;
            // What no checkout can hold is no file of anybody.
            if let Some(name) = std::str::from_utf8(entry.filename).ok().filter(|name| is_plain(name)) {
                entries.insert(name.to_owned(), (entry.mode.kind(), entry.oid.to_owned()));
            }
        }
        Ok(entries)
    }

    /// Keeps a content that a later commit no longer has.
    fn keep(&mut self, path: &Utf8Path, id: ObjectId, commit: ObjectId) {
        if !(self.query.wants_path)(path) || !self.met.insert(id) {
            return;
        }
        let size = self.database.objects.try_header(&id).ok().flatten().map(|header| header.size);
        if size.is_none_or(|size| size > LARGEST) || self.kept > MOST_KEPT {
            self.history.unread += 1;
            return;
        }
        match self.database.data(id, Kind::Blob) {
            Ok(content) if (self.query.wants_content)(&content) => {
                self.kept += content.len();
                let (path, commit) = (path.to_owned(), commit.to_string());
                self.history.files.push(OldFile { path, commit, content });
            }
            Ok(_) => {}
            Err(_) => self.history.unread += 1,
        }
    }
}

/// A commit as it is written: header lines, an empty line, the message.
fn read(id: ObjectId, data: &[u8], parents: usize) -> Commit {
    let text = String::from_utf8_lossy(data);
    let (header, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let author = header.lines().find_map(|line| line.strip_prefix("author ")).unwrap_or_default();
    let author = author.rsplit_once('>').map_or_else(String::new, |(author, _)| format!("{author}>"));
    // Of OpenPGP, SSH and X.509 alike.
    let is_signature = |line: &str| line.starts_with("gpgsig ") || line.starts_with("gpgsig-sha256 ");
    Commit {
        id: id.to_string(),
        author,
        message: message.to_owned(),
        parents,
        is_signed: header.lines().any(is_signature),
        changed: Vec::new(),
    }
}
