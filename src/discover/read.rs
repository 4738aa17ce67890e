//! Walks a repository and reads what is worth reading.

use std::sync::Mutex;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::host::{Entry, EntryKind, Host};
use crate::source::{Beside, PADDING, Source, SourceId, SourceKind};

use super::kind::chart_directories;
use super::{Coverage, Exclude, FileKind, Skip, SkipReason};

/// The files of a repository, sorted by path.
#[derive(Debug)]
pub struct Discovered<T = Source> {
    /// Texts.
    pub sources: Vec<T>,
    /// How each is to be read.
    pub kinds: Vec<FileKind>,
    /// What was seen and what was left out.
    pub coverage: Coverage,
    /// The directories that hold a chart, which decide what a file in them is.
    charts: FxHashSet<Utf8PathBuf>,
}

impl<T> Default for Discovered<T> {
    fn default() -> Self {
        let (sources, kinds, coverage, charts) = Default::default();
        Self { sources, kinds, coverage, charts }
    }
}

impl Discovered {
    /// Puts a text in the place of a file's, or adds the file: what an editor has not saved yet.
    pub fn replace(&mut self, path: &Utf8Path, bytes: Vec<u8>) {
        let mut one = read_as(path, bytes, &self.charts);
        let known = self.coverage.skipped.len();
        self.coverage.skipped.retain(|skip| skip.path != path);
        // It is counted again below, with what it is now.
        self.coverage.seen -= known - self.coverage.skipped.len();
        self.coverage.skipped.append(&mut one.coverage.skipped);
        let at = self.sources.binary_search_by(|source| source.path().cmp(path));
        match (at, one.sources.pop(), one.kinds.pop()) {
            (Ok(at), Some(source), _) => self.sources[at] = source,
            (Err(at), Some(source), Some(kind)) => {
                self.sources.insert(at, source);
                self.kinds.insert(at, kind);
                self.coverage.seen += 1;
            }
            (Ok(at), ..) => {
                self.sources.remove(at);
                self.kinds.remove(at);
            }
            (Err(_), ..) => self.coverage.seen += one.coverage.seen,
        }
        self.coverage.analysed = self.sources.len();
    }
}

/// Finds and reads the files below `root`, an absolute path. Files over `limit` bytes are left out.
pub fn discover(host: &dyn Host, root: &Utf8Path, exclude: &Exclude, limit: u64) -> Discovered {
    discover_with(host, root, exclude, |path| {
        let text = read_text(host, &root.join(path), limit)?;
        Ok(Source::new(path, SourceKind::File, text))
    })
}

/// The same for another revision. `same` gives the files whose texts are known.
pub fn discover_beside(
    host: &dyn Host,
    root: &Utf8Path,
    exclude: &Exclude,
    limit: u64,
    same: impl Fn(&Utf8Path) -> Option<SourceId> + Sync,
) -> Discovered<Beside> {
    discover_with(host, root, exclude, |path| match same(path) {
        Some(id) => Ok(Beside::Same(id)),
        None => {
            let text = read_text(host, &root.join(path), limit)?;
            Ok(Beside::Other(Source::new(path, SourceKind::File, text)))
        }
    })
}

fn discover_with<T: Send>(
    host: &dyn Host,
    root: &Utf8Path,
    exclude: &Exclude,
    read: impl Fn(&Utf8Path) -> Result<T, SkipReason> + Sync,
) -> Discovered<T> {
    let mut coverage = Coverage::default();
    let entries = entries(host, root, exclude, &mut coverage);
    let charts = chart_directories(entries.iter().map(|entry| entry.path.as_path()));
    coverage.seen = entries.len();

    let read: Vec<Result<(T, FileKind), Skip>> = entries
        .into_par_iter()
        .with_min_len(16)
        .map(|entry| {
            let skip = |reason| Skip { path: entry.path.clone(), reason };
            match entry.kind {
                EntryKind::SymbolicLink => return Err(skip(SkipReason::SymbolicLink)),
                EntryKind::Other => return Err(skip(SkipReason::NotConfiguration)),
                EntryKind::File => {}
            }
            let kind = FileKind::of(&entry.path, &charts)
                .filter(|kind| *kind != FileKind::Markdown || !exclude.leaves_runbooks_out())
                .ok_or_else(|| skip(SkipReason::NotConfiguration))?;
            Ok((read(&entry.path).map_err(skip)?, kind))
        })
        .collect();

    let mut discovered = Discovered { coverage, charts, ..Discovered::default() };
    for result in read {
        match result {
            Ok((source, kind)) => {
                discovered.sources.push(source);
                discovered.kinds.push(kind);
            }
            Err(skip) => discovered.coverage.skipped.push(skip),
        }
    }
    discovered.coverage.skipped.sort();
    discovered.coverage.analysed = discovered.sources.len();
    discovered
}

/// One file whose text did not come from the file system: standard input under a name.
pub fn discover_one(name: &Utf8Path, bytes: Vec<u8>) -> Discovered {
    read_as(name, bytes, &FxHashSet::default())
}

fn read_as(name: &Utf8Path, bytes: Vec<u8>, charts: &FxHashSet<Utf8PathBuf>) -> Discovered {
    let mut discovered = Discovered::default();
    discovered.coverage.seen = 1;
    let kind = FileKind::of(name, charts).ok_or(SkipReason::NotConfiguration);
    match kind.and_then(|kind| Ok((kind, text_of(bytes)?))) {
        Ok((kind, text)) => {
            discovered.sources.push(Source::new(name, SourceKind::File, text));
            discovered.kinds.push(kind);
            discovered.coverage.analysed = 1;
        }
        Err(reason) => discovered.coverage.skipped.push(Skip { path: name.to_owned(), reason }),
    }
    discovered
}

/// The files to look at: those git does not ignore, those it tracks although it would ignore them, and those
/// the user named.
fn entries(host: &dyn Host, root: &Utf8Path, exclude: &Exclude, coverage: &mut Coverage) -> Vec<Entry> {
    let excluded: Mutex<Vec<Skip>> = Mutex::default();
    let wanted = |path: &Utf8Path, is_dir: bool| {
        let Some(pattern) = exclude.pattern(path, is_dir) else { return true };
        if let Ok(mut excluded) = excluded.lock() {
            let reason = SkipReason::Excluded(pattern.to_owned());
            excluded.push(Skip { path: path.to_owned(), reason });
        }
        false
    };
    let mut walk = host.walk(root, &wanted);
    for named in exclude.named() {
        // A path that git ignores is looked at when it is named.
        let absolute = root.join(named);
        let is_dir = host.is_dir(&absolute);
        if !walk.entries.iter().any(|entry| entry.path.starts_with(named)) && wanted(named, is_dir) {
            if is_dir {
                let below = host.walk(&absolute, &|path, is_dir| wanted(&named.join(path), is_dir));
                let entry = |entry: Entry| Entry { path: named.join(entry.path), ..entry };
                walk.entries.extend(below.entries.into_iter().map(entry));
                walk.errors.extend(below.errors);
            } else {
                walk.entries.push(Entry { path: named.clone(), kind: EntryKind::File });
            }
        }
    }
    let tracked = host.tracked(root).unwrap_or_else(|error| {
        walk.errors.push((".git/index".into(), error.to_string()));
        None
    });
    let known: FxHashSet<&Utf8PathBuf> = walk.entries.iter().map(|entry| &entry.path).collect();
    let forced: Vec<Entry> = tracked
        .unwrap_or_default()
        .into_iter()
        .filter(|path| !known.contains(path) && !is_excluded(exclude, path))
        // Tracked files may be deleted in the work tree, and submodules are tracked as directories.
        .filter(|path| host.exists(&root.join(path)) && !host.is_dir(&root.join(path)))
        // A tracked link, or a tracked file behind a directory that has become one, may lead anywhere.
        .map(|path| {
            let absolute = root.join(&path);
            let is_itself = host.canonicalize(&absolute).is_ok_and(|real| real == absolute);
            let kind = if is_itself { EntryKind::File } else { EntryKind::SymbolicLink };
            Entry { path, kind }
        })
        .collect();
    walk.entries.extend(forced);
    walk.entries.sort_unstable();
    walk.entries.dedup_by(|a, b| a.path == b.path);

    coverage.skipped = excluded.into_inner().unwrap_or_default();
    let unreadable = |(path, error)| Skip { path, reason: SkipReason::Unreadable(error) };
    coverage.skipped.extend(walk.errors.into_iter().map(unreadable));
    // A named path is asked for by the walk and by name.
    coverage.skipped.sort();
    coverage.skipped.dedup();
    walk.entries
}

/// Whether a file or a directory on the way to it is excluded. A walk does not enter such a directory; the list of
/// tracked files knows no directories.
fn is_excluded(exclude: &Exclude, path: &Utf8Path) -> bool {
    let mut directories = path.ancestors().skip(1).filter(|directory| !directory.as_str().is_empty());
    exclude.pattern(path, false).is_some()
        || directories.any(|directory| exclude.pattern(directory, true).is_some())
}

fn read_text(host: &dyn Host, path: &Utf8Path, limit: u64) -> Result<String, SkipReason> {
    match host.read(path, limit, PADDING) {
        Ok(Some(bytes)) => text_of(bytes),
        Ok(None) => Err(SkipReason::TooLarge(limit)),
        Err(error) => Err(SkipReason::Unreadable(error.to_string())),
    }
}

fn text_of(bytes: Vec<u8>) -> Result<String, SkipReason> {
    const ENCRYPTED: [(&[u8], &str); 4] = [
        (b"\0GITCRYPT\0", "git-crypt"),
        (b"$ANSIBLE_VAULT;", "ansible-vault"),
        (b"-----BEGIN AGE ENCRYPTED FILE-----", "age"),
        (b"age-encryption.org/v1", "age"),
    ];
    if let Some((_, tool)) = ENCRYPTED.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Err(SkipReason::Encrypted(tool));
    }
    String::from_utf8(bytes).map_err(|error| SkipReason::NotUtf8(error.utf8_error().valid_up_to()))
}
