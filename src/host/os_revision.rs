//! Reads commits from git directories with the crates of gitoxide: packs, loose objects, alternates. No git program is
//! ever run, and nothing is fetched.

use std::io;
use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use gix_hash::{Kind as HashKind, ObjectId, Prefix};
use gix_object::tree::EntryKind as GitKind;
use gix_object::{CommitRefIter, Find as _, FindHeader as _, Kind, TagRefIter, TreeRefIter};
use gix_ref::Target;
use gix_ref::file::Store;
use gix_revision::{Graph, merge_base};
use rayon::prelude::*;

use super::EntryKind;
use super::os_git::{Directories, hash, index, is_partial, is_reftable};
use super::revision::{BlobId, Name, RevisionError, Tree, TreeEntry, is_plain};

/// More files than the largest repositories have; a tree that names itself again and again lists more.
const MOST_FILES: usize = 2_000_000;
/// Nobody reads more about a change.
const MOST_MESSAGES: usize = 200;
/// Tags of tags and links of links are not longer.
const LONGEST_CHAIN: usize = 10;

/// The tree of the commit where the histories of `HEAD` and of the named revision part.
pub(super) fn base(root: &Utf8Path, name: &str) -> Result<Box<dyn Tree>, RevisionError> {
    let repository = Repository::at(root)?;
    let head = repository.reference("HEAD")?.ok_or(RevisionError::Unborn)?;
    let named = repository.commit(&Name::parse(name)?, name)?;
    let database = repository.database;
    let head = database.peel(head, "HEAD")?;
    let mut graph = Graph::new(&database.objects, None);
    let bases = merge_base(head, &[named], &mut graph).map_err(git)?;
    let Some(base) = bases.map(|bases| *bases.first()) else {
        return Err(RevisionError::NoMergeBase { name: name.to_owned(), shallow: database.is_shallow });
    };
    drop(graph);
    let messages = database.messages(head, base);
    Ok(Box::new(database.tree(base, messages)?))
}

/// The ids of files that have not been written to since git looked at them.
pub(super) fn indexed(root: &Utf8Path, paths: &[&Utf8Path]) -> io::Result<Vec<Option<BlobId>>> {
    let nothing = || vec![None; paths.len()];
    let Some(directories) = Directories::of(root)? else { return Ok(nothing()) };
    let Some(index) = index(&directories)? else { return Ok(nothing()) };
    let options = gix_index::entry::stat::Options::default();
    let id = |path: &&Utf8Path| {
        let entry = index.entry_by_path(path.as_str().into())?;
        let metadata = gix_index::fs::Metadata::from_path_no_follow(root.join(path).as_std_path()).ok()?;
        let stat = gix_index::entry::Stat::from_fs(&metadata).ok()?;
        // What a filter of git's makes of a file is what the index knows; the bytes on disk may be others.
        let is_fresh = entry.stat.matches(&stat, options) && !entry.stat.is_racy(index.timestamp(), options);
        (is_fresh && metadata.is_file()).then_some(BlobId(entry.id))
    };
    Ok(paths.par_iter().with_min_len(256).map(id).collect())
}

/// The way to objects.
pub(super) type Objects = gix_odb::store::Handle<std::sync::Arc<gix_odb::Store>>;

/// References and objects of a checkout.
pub(super) struct Repository {
    references: Store,
    pub(super) database: Database,
}

/// The objects of a checkout.
pub(super) struct Database {
    pub(super) objects: Objects,
    pub(super) hash: HashKind,
    is_shallow: bool,
    is_partial: bool,
}

impl Repository {
    pub(super) fn at(root: &Utf8Path) -> Result<Self, RevisionError> {
        let directories =
            Directories::of(root).map_err(git)?.ok_or_else(|| RevisionError::NoCheckout(root.to_owned()))?;
        let config = directories.config().map_err(git)?;
        if is_reftable(&config) {
            return Err(RevisionError::Reftable);
        }
        let hash = hash(&config);
        let objects = gix_odb::at(directories.common.join("objects"), hash).map_err(git)?;
        let objects = objects.into_arc().map_err(git)?.into_inner();
        let is_shallow = directories.common.join("shallow").exists();
        let is_partial = is_partial(&config);
        let database = Database { objects, hash, is_shallow, is_partial };
        Ok(Self { references: directories.references(hash), database })
    }

    fn commit(&self, name: &Name<'_>, text: &str) -> Result<ObjectId, RevisionError> {
        let mut id = self.database.peel(self.start(name.start, text)?, text)?;
        for &parent in &name.parents {
            let data = self.database.data(id, Kind::Commit)?;
            let mut parents = CommitRefIter::from_bytes(&data, self.database.hash).parent_ids();
            id = parents.nth(parent - 1).ok_or_else(|| self.database.unknown(text))?;
            if !self.database.has(id) {
                // A shallow clone has the commit, and what it names is cut off.
                return Err(self.database.unknown(text));
            }
        }
        Ok(id)
    }

    /// What a name without `~` and `^` stands for. A whole hash is one whatever branches are called.
    fn start(&self, start: &str, text: &str) -> Result<ObjectId, RevisionError> {
        let is_hex = start.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex && start.len() == self.database.hash.len_in_hex() {
            let id = ObjectId::from_hex(start.to_lowercase().as_bytes()).map_err(git)?;
            return if self.database.has(id) { Ok(id) } else { Err(self.database.unknown(text)) };
        }
        if let Some(id) = self.reference(start)? {
            return Ok(id);
        }
        let prefix =
            self.database.prefix(start).filter(|_| is_hex).ok_or_else(|| self.database.unknown(text))?;
        let mut candidates = std::collections::HashSet::new();
        match self.database.objects.lookup_prefix(prefix, Some(&mut candidates)).map_err(git)? {
            Some(Ok(id)) => Ok(id),
            None => Err(self.database.unknown(text)),
            Some(Err(())) => {
                // git prefers the commit to trees and files whose hashes start alike.
                let is_commit = |id: &&ObjectId| {
                    let header = self.database.objects.try_header(id).ok().flatten();
                    header.is_some_and(|header| matches!(header.kind, Kind::Commit | Kind::Tag))
                };
                let mut commits = candidates.iter().filter(is_commit);
                match (commits.next(), commits.next()) {
                    (Some(id), None) => Ok(*id),
                    _ => Err(RevisionError::Ambiguous(text.to_owned())),
                }
            }
        }
    }

    /// What a reference leads to; `None` when there is no such reference, or it leads nowhere.
    pub(super) fn reference(&self, name: &str) -> Result<Option<ObjectId>, RevisionError> {
        let mut name = name.to_owned();
        for _ in 0..LONGEST_CHAIN {
            // A name that no reference can have is no reference.
            let Ok(partial) = <&gix_ref::PartialNameRef>::try_from(name.as_str()) else { return Ok(None) };
            match self.references.try_find(partial).map_err(git)?.map(|reference| reference.target) {
                None => return Ok(None),
                Some(Target::Object(id)) => return Ok(Some(id)),
                Some(Target::Symbolic(next)) => name = next.to_string(),
            }
        }
        Ok(None)
    }
}

impl Database {
    /// The commit that a tag is of.
    pub(super) fn peel(&self, id: ObjectId, text: &str) -> Result<ObjectId, RevisionError> {
        let mut id = id;
        for _ in 0..LONGEST_CHAIN {
            let mut buffer = Vec::new();
            let data = self.objects.try_find(&id, &mut buffer).map_err(git)?;
            let data = data.ok_or_else(|| self.missing(format!("the commit of `{text}`")))?;
            match data.kind {
                Kind::Commit => return Ok(id),
                Kind::Tag => id = TagRefIter::from_bytes(data.data, self.hash).target_id().map_err(git)?,
                Kind::Tree | Kind::Blob => break,
            }
        }
        Err(RevisionError::Syntax(text.to_owned()))
    }

    pub(super) fn has(&self, id: ObjectId) -> bool {
        self.objects.try_header(&id).is_ok_and(|header| header.is_some())
    }

    /// The beginning of a hash. Those of SHA-256 are padded, or they would be taken for ones of SHA-1.
    fn prefix(&self, digits: &str) -> Option<Prefix> {
        let length = self.hash.len_in_hex();
        let id = ObjectId::from_hex(format!("{:0<length$}", digits.to_lowercase()).as_bytes()).ok()?;
        Prefix::new(&id, digits.len()).ok()
    }

    pub(super) fn data(&self, id: ObjectId, kind: Kind) -> Result<Vec<u8>, RevisionError> {
        let mut buffer = Vec::new();
        let found = self.objects.try_find(&id, &mut buffer).map_err(git)?;
        match found.map(|data| data.kind) {
            None => Err(self.missing(format!("the {kind} {}", id.to_hex_with_len(12)))),
            Some(is) if is != kind => Err(RevisionError::Git(format!("{id} is a {is}, not a {kind}"))),
            Some(_) => Ok(buffer),
        }
    }

    fn unknown(&self, name: &str) -> RevisionError {
        RevisionError::Unknown { name: name.to_owned(), shallow: self.is_shallow }
    }

    fn missing(&self, what: String) -> RevisionError {
        RevisionError::MissingObject { what, shallow: self.is_shallow, partial: self.is_partial }
    }

    /// The messages of the commits after `base`, along the first parents of `head`, the newest first.
    fn messages(&self, head: ObjectId, base: ObjectId) -> Vec<String> {
        let mut messages = Vec::new();
        let mut at = Some(head);
        while let Some(id) = at.filter(|id| *id != base && messages.len() < MOST_MESSAGES) {
            let Ok(data) = self.data(id, Kind::Commit) else { break };
            let commit = CommitRefIter::from_bytes(&data, self.hash);
            messages.extend(commit.message().map(ToString::to_string));
            at = commit.parent_ids().next();
        }
        messages
    }

    /// The files of a commit.
    fn tree(self, commit: ObjectId, messages: Vec<String>) -> Result<OsTree, RevisionError> {
        let data = self.data(commit, Kind::Commit)?;
        let top = CommitRefIter::from_bytes(&data, self.hash).tree_id().map_err(git)?;
        let mut listed = (Vec::new(), Vec::new(), Vec::new());
        let (entries, submodules, unreadable) = (&mut listed.0, &mut listed.1, &mut listed.2);
        let mut directories = vec![(Utf8PathBuf::new(), top)];
        // Trees that hold nothing cost time as well.
        let mut seen = 0_usize;
        while let Some((directory, id)) = directories.pop() {
            let data = self.data(id, Kind::Tree)?;
            for entry in TreeRefIter::from_bytes(&data, self.hash) {
                let entry = entry.map_err(git)?;
                seen += 1;
                if seen > MOST_FILES {
                    return Err(RevisionError::TooManyFiles(commit.to_string(), MOST_FILES));
                }
                let name = std::str::from_utf8(entry.filename).ok().filter(|name| is_plain(name));
                let Some(name) = name else {
                    unreadable.push(directory.join(entry.filename.to_string()).into_string());
                    continue;
                };
                let (path, id) = (directory.join(name), entry.oid.to_owned());
                let kind = match entry.mode.kind() {
                    GitKind::Tree => {
                        directories.push((path, id));
                        continue;
                    }
                    GitKind::Commit => {
                        submodules.push(path);
                        continue;
                    }
                    GitKind::Link => EntryKind::SymbolicLink,
                    GitKind::Blob | GitKind::BlobExecutable => EntryKind::File,
                };
                entries.push(TreeEntry { path, kind, id: BlobId(id) });
            }
        }
        let (mut entries, mut submodules, unreadable) = listed;
        entries.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        submodules.sort_unstable();
        let commit = commit.to_string();
        Ok(OsTree { database: Mutex::new(self), commit, messages, entries, submodules, unreadable })
    }
}

/// A commit's tree and the objects it names.
struct OsTree {
    database: Mutex<Database>,
    commit: String,
    messages: Vec<String>,
    entries: Vec<TreeEntry>,
    submodules: Vec<Utf8PathBuf>,
    unreadable: Vec<String>,
}

impl std::fmt::Debug for OsTree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OsTree").field("commit", &self.commit).finish_non_exhaustive()
    }
}

impl Tree for OsTree {
    fn commit(&self) -> &str {
        &self.commit
    }

    fn messages(&self) -> &[String] {
        &self.messages
    }

    fn entries(&self) -> &[TreeEntry] {
        &self.entries
    }

    fn submodules(&self) -> &[Utf8PathBuf] {
        &self.submodules
    }

    fn unreadable(&self) -> &[String] {
        &self.unreadable
    }

    fn read(&self, id: BlobId, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        let header = database.objects.try_header(&id.0).map_err(io::Error::other)?;
        if header.is_some_and(|header| header.size > limit) {
            return Ok(None);
        }
        database.data(id.0, Kind::Blob).map(Some).map_err(io::Error::other)
    }

    fn id_of(&self, content: &[u8]) -> BlobId {
        BlobId(id_of(self.entries.first().map_or(HashKind::Sha1, |entry| entry.id.0.kind()), content))
    }
}

/// The id of a content. A content made to collide with another has the id of neither.
pub(super) fn id_of(hash: HashKind, content: &[u8]) -> ObjectId {
    gix_object::compute_hash(hash, Kind::Blob, content).unwrap_or_else(|_| ObjectId::null(hash))
}

pub(super) fn git(error: impl std::fmt::Display) -> RevisionError {
    RevisionError::Git(error.to_string())
}
