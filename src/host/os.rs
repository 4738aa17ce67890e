//! The real world.

use std::io::{self, IsTerminal, Read, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    BlobId, Entry, EntryKind, Filter, Git, History, HistoryQuery, Host, RevisionError, Stream, Tree, Walk,
    os_git, os_history, os_revision,
};

/// The operating system.
#[derive(Debug)]
pub struct OsHost {
    started: Instant,
}

impl OsHost {
    /// A host whose clock starts now.
    #[expect(clippy::new_without_default, reason = "a default that reads the clock would surprise")]
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Host for OsHost {
    fn current_dir(&self) -> io::Result<Utf8PathBuf> {
        utf8(std::env::current_dir()?)
    }

    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn unix_seconds(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn canonicalize(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        path.canonicalize_utf8()
    }

    fn exists(&self, path: &Utf8Path) -> bool {
        path.exists()
    }

    fn is_dir(&self, path: &Utf8Path) -> bool {
        path.is_dir()
    }

    fn read(&self, path: &Utf8Path, limit: u64, spare: usize) -> io::Result<Option<Vec<u8>>> {
        let file = std::fs::File::open(path)?;
        let size = file.metadata()?.len();
        if size > limit {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(size as usize + spare);
        // A file may grow while it is read, or be a device that never ends.
        file.take(limit + 1).read_to_end(&mut bytes)?;
        Ok((bytes.len() as u64 <= limit).then_some(bytes))
    }

    fn read_stdin(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()> {
        std::fs::write(path, contents)
    }

    fn create(&self, path: &Utf8Path, contents: &[u8]) -> io::Result<()> {
        std::fs::File::create_new(path)?.write_all(contents)
    }

    fn print(&self, stream: Stream, text: &str) -> io::Result<()> {
        let written = match stream {
            Stream::Stdout => io::stdout().lock().write_all(text.as_bytes()),
            Stream::Stderr => io::stderr().lock().write_all(text.as_bytes()),
        };
        // `plimsoll check | head` closes the pipe when it has seen enough.
        written.or_else(|error| if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
    }

    fn is_terminal(&self, stream: Stream) -> bool {
        match stream {
            Stream::Stdout => io::stdout().is_terminal(),
            Stream::Stderr => io::stderr().is_terminal(),
        }
    }

    fn walk(&self, root: &Utf8Path, filter: Filter<'_>) -> Walk {
        let walk = Mutex::new(Walk::default());
        let walker = ignore::WalkBuilder::new(root)
            .standard_filters(false)
            .git_ignore(true)
            .git_exclude(true)
            // What the user's own machine ignores must not change the result of a check.
            .git_global(false)
            .require_git(false)
            .follow_links(false)
            .build_parallel();
        // The visitor borrows the filter, which `filter_entry` could not.
        walker.run(|| {
            let walk = &walk;
            Box::new(move |entry| {
                let (found, state) = visit(root, entry, filter);
                if let (Some(found), Ok(mut walk)) = (found, walk.lock()) {
                    match found {
                        Ok(entry) => walk.entries.push(entry),
                        Err(error) => walk.errors.push(error),
                    }
                }
                state
            })
        });
        let mut walk = walk.into_inner().unwrap_or_default();
        walk.entries.sort_unstable();
        walk.errors.sort_unstable();
        walk
    }

    fn tracked(&self, root: &Utf8Path) -> io::Result<Option<Vec<Utf8PathBuf>>> {
        os_git::tracked(root)
    }

    fn git(&self, root: &Utf8Path) -> io::Result<Option<Git>> {
        os_git::git(root)
    }

    fn base(&self, root: &Utf8Path, revision: &str) -> Result<Box<dyn Tree>, RevisionError> {
        os_revision::base(root, revision)
    }

    fn history(&self, root: &Utf8Path, query: &HistoryQuery<'_>) -> Result<History, RevisionError> {
        os_history::history(root, query)
    }

    fn indexed(&self, root: &Utf8Path, paths: &[&Utf8Path]) -> io::Result<Vec<Option<BlobId>>> {
        os_revision::indexed(root, paths)
    }
}

type Visited = Result<Entry, (Utf8PathBuf, String)>;

fn visit(
    root: &Utf8Path,
    entry: Result<ignore::DirEntry, ignore::Error>,
    filter: Filter<'_>,
) -> (Option<Visited>, ignore::WalkState) {
    use ignore::WalkState::{Continue, Skip};
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => return (Some(Err((Utf8PathBuf::new(), error.to_string()))), Continue),
    };
    let Some(path) = Utf8Path::from_path(entry.path()) else {
        let path = entry.path().strip_prefix(root.as_std_path()).unwrap_or(entry.path());
        let path = path.to_string_lossy().into_owned();
        return (Some(Err((path.into(), "the name is not UTF-8".to_owned()))), Skip);
    };
    let relative = path.strip_prefix(root).unwrap_or(path);
    if relative.as_str().is_empty() {
        return (None, Continue);
    }
    let relative = slashes(relative);
    match entry.file_type() {
        Some(kind) if kind.is_dir() => {
            let enter = relative.file_name() != Some(".git") && filter(&relative, true);
            (None, if enter { Continue } else { Skip })
        }
        Some(kind) if relative.file_name() != Some(".git") && filter(&relative, false) => {
            let kind = match () {
                () if kind.is_file() => EntryKind::File,
                () if kind.is_symlink() => EntryKind::SymbolicLink,
                () => EntryKind::Other,
            };
            (Some(Ok(Entry { path: relative, kind })), Continue)
        }
        _ => (None, Continue),
    }
}

fn slashes(path: &Utf8Path) -> Utf8PathBuf {
    if std::path::MAIN_SEPARATOR == '/' { path.to_owned() } else { path.as_str().replace('\\', "/").into() }
}

fn utf8(path: std::path::PathBuf) -> io::Result<Utf8PathBuf> {
    Utf8PathBuf::from_path_buf(path)
        .map_err(|path| io::Error::other(format!("the path {} is not UTF-8", path.display())))
}
