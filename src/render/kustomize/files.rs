//! What kustomizations read: directories, texts and documents of one repository, each at most once.
//!
//! Owns the way from a path as written to a file: nothing outside the repository root is ever read, not through
//! `..` and not through links. Must not know what a file is read for.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::host::{EntryKind, Host};
use crate::model::Repository;
use crate::render::{EventKind, Gap, ReadLimits};
use crate::source::{PADDING, Source, SourceId, SourceKind, SourceMap, Span};
use crate::yaml::{self, Cursor, Parsed, Problem, ProblemKind, Tree, inflate, segments};

use super::error::{BuildError, Result};

/// A file as a generator reads it.
pub(in crate::render) struct Content {
    /// The file as a source; its text is empty when it is not UTF-8.
    pub source: SourceId,
    /// Its bytes when they are not UTF-8.
    pub bytes: Option<Arc<[u8]>>,
}

/// The YAML documents of a text.
#[derive(Debug, Default)]
pub(in crate::render) struct Documents {
    /// Those with content, without aliases and merge keys.
    pub trees: Vec<Tree>,
    /// What made the text unreadable: the place and what is wrong there.
    pub problem: Option<(Span, String)>,
    /// Keys that stand twice: the second one, and its name.
    pub duplicates: Vec<(Span, String)>,
}

/// A file that was read.
#[derive(Debug)]
struct Loaded {
    source: SourceId,
    bytes: Option<Arc<[u8]>>,
    documents: OnceLock<Arc<Documents>>,
}

/// What stands at a path below the root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::render) enum Place {
    /// A file; its path relative to the root, without links.
    File(Utf8PathBuf),
    /// A directory.
    Directory(Utf8PathBuf),
    /// Nothing.
    Missing,
    /// It is not in the repository.
    Outside,
}

/// The files of one repository.
pub(in crate::render) struct Files<'w> {
    pub map: &'w SourceMap,
    repository: &'w Repository,
    host: &'w dyn Host,
    /// The root of the repository, absolute, without links.
    root: Utf8PathBuf,
    limits: ReadLimits,
    /// Directories that hold files of the repository.
    directories: FxHashSet<Utf8PathBuf>,
    loaded: RwLock<FxHashMap<Utf8PathBuf, Arc<Loaded>>>,
}

impl<'w> Files<'w> {
    pub fn new(
        map: &'w SourceMap,
        repository: &'w Repository,
        host: &'w dyn Host,
        root: Utf8PathBuf,
        limits: ReadLimits,
    ) -> Self {
        let mut directories = FxHashSet::default();
        for source in map.files() {
            for directory in source.path().ancestors().skip(1) {
                if !directories.insert(directory.to_owned()) {
                    break;
                }
            }
        }
        Self { map, repository, host, root, limits, directories, loaded: RwLock::default() }
    }

    /// What may be read of a document.
    pub fn limits(&self) -> yaml::Limits {
        self.limits.yaml
    }

    /// The files and links below a directory, relative to it, sorted. What git ignores is not among them.
    pub fn list(&self, directory: &Utf8Path) -> Vec<(Utf8PathBuf, EntryKind)> {
        let root = if directory.as_str().is_empty() { self.root.clone() } else { self.root.join(directory) };
        let walk = self.host.walk(&root, &|path, is_dir| !(is_dir && path.file_name() == Some(".git")));
        walk.entries.into_iter().map(|entry| (entry.path, entry.kind)).collect()
    }

    /// The files of the repository that have a name. Those that the walk did not read are looked for where it ends.
    pub fn all_named(&self, name: &str) -> Vec<Utf8PathBuf> {
        let is_it = |path: &Utf8Path| path.file_name() == Some(name);
        if self.map.files().len() > 0 {
            return self
                .map
                .files()
                .map(Source::path)
                .filter(|path| is_it(path))
                .map(Utf8Path::to_owned)
                .collect();
        }
        // Outside of a repository nothing says where to stop.
        if !self.host.exists(&self.root.join(".git")) {
            return Vec::new();
        }
        self.list(Utf8Path::new("")).into_iter().map(|(path, _)| path).filter(|path| is_it(path)).collect()
    }

    /// Whether the walk read a file.
    pub fn has(&self, path: &Utf8Path) -> bool {
        self.repository.file(path).is_some()
    }

    /// Whether the walk saw a file and left it out.
    pub fn has_seen(&self, path: &Utf8Path) -> bool {
        self.repository.left_out.contains(path)
    }

    /// What `written` leads to from `directory`, a directory of the repository.
    pub fn place(&self, directory: &Utf8Path, written: &str) -> Place {
        if Utf8Path::new(written).is_absolute() {
            return Place::Outside;
        }
        let Some(path) = normalise(&directory.join(written)) else { return Place::Outside };
        // What the walk found stands where it says: the walk follows no links.
        if self.repository.file(&path).is_some() {
            return Place::File(path);
        }
        if self.directories.contains(&path) {
            return Place::Directory(path);
        }
        // Most names that are tried are not there, which one look tells; the way of a link takes one for each directory.
        let absolute = self.root.join(&path);
        let Some(real) = self.host.exists(&absolute).then(|| self.host.canonicalize(&absolute)) else {
            return Place::Missing;
        };
        let Ok(real) = real else { return Place::Missing };
        let Ok(real) = real.strip_prefix(&self.root) else { return Place::Outside };
        match self.host.is_dir(&self.root.join(real)) {
            true => Place::Directory(real.to_owned()),
            false => Place::File(real.to_owned()),
        }
    }

    /// The documents of a file, by its path relative to the root. `at` is where the file is named.
    pub fn documents(&self, path: &Utf8Path, at: Span) -> Result<Arc<Documents>> {
        let loaded = self.load(path, at)?;
        if loaded.bytes.is_some() {
            return Err(BuildError::new(at, format!("`{path}` is not UTF-8 text")));
        }
        let documents = loaded.documents.get_or_init(|| {
            let known = self.repository.file(path).filter(|file| !file.parsed.arena.nodes.is_empty());
            Arc::new(match known {
                Some(file) => read(self.map, &file.parsed),
                None => self.parse(loaded.source),
            })
        });
        Ok(Arc::clone(documents))
    }

    /// The content of a file, by its path relative to the root.
    pub fn content(&self, path: &Utf8Path, at: Span) -> Result<Content> {
        let loaded = self.load(path, at)?;
        Ok(Content { source: loaded.source, bytes: loaded.bytes.clone() })
    }

    /// The source of a file that was read, by its path relative to the root.
    pub fn source(&self, path: &Utf8Path) -> Option<SourceId> {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        loaded.get(path).map(|loaded| loaded.source)
    }

    /// The documents inside a scalar; their spans map back to the file.
    pub fn embedded(&self, scalar: Cursor<'_>) -> Documents {
        let host = scalar.span();
        let outer = self.map.source(host.source);
        let kind = SourceKind::Embedded { host, segments: segments(outer.text(), scalar.node()) };
        let text = scalar.text().unwrap_or_default().into_owned();
        self.parse(self.map.derive(Source::new(outer.path(), kind, text)))
    }

    /// The documents of a source.
    pub fn parse(&self, source: SourceId) -> Documents {
        read(self.map, &yaml::parse(self.map.source(source), source, self.limits.yaml))
    }

    fn load(&self, path: &Utf8Path, at: Span) -> Result<Arc<Loaded>> {
        let known = self.loaded.read().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let loaded = match self.repository.file(path) {
            Some(file) => Loaded { source: file.source, bytes: None, documents: OnceLock::new() },
            None => self.read(path, at)?,
        };
        let mut all = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(all.entry(path.to_owned()).or_insert_with(|| Arc::new(loaded))))
    }

    /// Reads a file that the walk left out: one that is no configuration by its name, is ignored, or excluded.
    fn read(&self, path: &Utf8Path, at: Span) -> Result<Loaded> {
        let bytes = self.host.read(&self.root.join(path), self.limits.file_size, PADDING);
        let bytes = bytes
            .map_err(|error| BuildError::missing(at, format!("`{path}` cannot be read: {error}")))?
            .ok_or_else(|| {
                let limit = self.limits.file_size;
                let message = format!("`{path}` is larger than {limit} bytes (`limits.file-size`)");
                BuildError { kind: EventKind::NotRendered(Gap::LargeFile), ..BuildError::new(at, message) }
            })?;
        let (text, bytes) = match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => (String::new(), Some(error.into_bytes().into())),
        };
        let source = self.map.derive(Source::new(path, SourceKind::File, text));
        Ok(Loaded { source, bytes, documents: OnceLock::new() })
    }
}

/// Whether a key that stands twice is written alike both times, whatever the quotes.
fn is_same_text(map: &SourceMap, problem: &Problem) -> bool {
    let text = |span: Span| map.slice(span).trim_matches(['"', '\'']);
    problem.related.as_ref().is_none_or(|(first, _)| text(*first) == text(problem.span))
}

/// The documents of a text that was read, as the renderer wants them.
fn read(map: &SourceMap, parsed: &Parsed) -> Documents {
    let mut documents = Documents::default();
    for problem in &parsed.problems {
        match problem.kind {
            // What only Kubernetes reads as one key, `on` and `yes`, are two to Kustomize.
            ProblemKind::DuplicateKey if !is_same_text(map, problem) => {}
            ProblemKind::DuplicateKey => {
                documents.duplicates.push((problem.span, map.slice(problem.span).to_owned()));
            }
            _ if documents.problem.is_none() => {
                documents.problem = Some((problem.span, problem.message.to_string()));
            }
            _ => {}
        }
    }
    for tree in parsed.trees() {
        let root = Cursor::new(map, &tree);
        if root.is_null() {
            continue;
        }
        match inflate(map, &tree) {
            Some(tree) => documents.trees.push(tree),
            None => {
                let too_much = "aliases that name themselves or grow beyond all limits".to_owned();
                documents.problem.get_or_insert((root.span(), too_much));
            }
        }
    }
    documents
}

/// Resolves `.` and `..` without looking at the file system; `None` when the path leaves the root.
fn normalise(path: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.components() {
        match part.as_str() {
            "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.iter().collect())
}
