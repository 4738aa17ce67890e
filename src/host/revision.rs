//! A commit as files: what its tree lists, how a revision is named, and why there is none.
//!
//! Owns the words for people who asked for a revision that cannot be had. Must not know where objects are stored.

use std::fmt::Debug;
use std::io;

use camino::Utf8PathBuf;
use thiserror::Error;

use super::EntryKind;

/// The name that git gives to a content: two files with the same id hold the same bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BlobId(pub(super) gix_hash::ObjectId);

/// A file of a commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TreeEntry {
    /// Path relative to the root of the repository.
    pub path: Utf8PathBuf,
    /// What it is.
    pub kind: EntryKind,
    /// Its content; of a link, where it leads.
    pub id: BlobId,
}

/// The files of a commit.
pub trait Tree: Send + Sync + Debug {
    /// The commit, in hexadecimal digits.
    fn commit(&self) -> &str;
    /// What was written about the commits from here to `HEAD`, along the first parents.
    fn messages(&self) -> &[String];
    /// Its files and links, sorted by path.
    fn entries(&self) -> &[TreeEntry];
    /// Where other repositories are checked out; their files are not part of the commit.
    fn submodules(&self) -> &[Utf8PathBuf];
    /// Paths that are no text, as far as they can be written.
    fn unreadable(&self) -> &[String];
    /// The bytes of a file; `Ok(None)` when they are more than `limit`.
    fn read(&self, id: BlobId, limit: u64) -> io::Result<Option<Vec<u8>>>;
    /// The id that a content has here.
    fn id_of(&self, content: &[u8]) -> BlobId;
}

/// Why there is no tree to compare with. Each says what to do about it.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum RevisionError {
    /// There is no work tree with a git directory.
    #[error(
        "{0} is not in a git checkout with a work tree, so there is nothing to compare with; --base-dir DIR compares with a directory"
    )]
    NoCheckout(Utf8PathBuf),
    /// References are kept in a format that is not read.
    #[error(
        "references are kept as a reftable, which plimsoll does not read; convert them with `git refs migrate \
         --ref-format=files`, or compare with a directory: --base-dir DIR"
    )]
    Reftable,
    /// `HEAD` has no commit.
    #[error("HEAD has no commit yet, so there is nothing to compare; commit first")]
    Unborn,
    /// It is not the name of one commit.
    #[error(
        "`{0}` is not how plimsoll names a commit; give a branch, a tag, a hash, HEAD, and ~N or ^N behind it"
    )]
    Syntax(String),
    /// There is no such commit in a repository that may lack it.
    #[error("there is no commit `{name}` here{}; {}", cut(*.shallow), fetch(*.shallow))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Whether history was cut off when it was fetched.
        shallow: bool,
    },
    /// An abbreviated hash of several.
    #[error("`{0}` is the beginning of several hashes; give more digits")]
    Ambiguous(String),
    /// No commit is in both histories, as far as they are here.
    #[error("HEAD and `{name}` have no common commit{}; {}", cut(*.shallow), join(*.shallow))]
    NoMergeBase {
        /// What was asked for.
        name: String,
        /// Whether history was cut off when it was fetched.
        shallow: bool,
    },
    /// An object that the commit names is not here.
    #[error("{what} is not in this clone{}; {}", cut(*.shallow), objects(*.partial))]
    MissingObject {
        /// The object.
        what: String,
        /// Whether history was cut off when it was fetched.
        shallow: bool,
        /// Whether objects were left out when it was fetched.
        partial: bool,
    },
    /// It lists more files than anybody has.
    #[error("the commit `{0}` lists more than {1} files")]
    TooManyFiles(String, usize),
    /// The git directory could not be read.
    #[error("the git directory could not be read: {0}")]
    Git(String),
}

fn cut(shallow: bool) -> &'static str {
    if shallow { ": the clone is shallow" } else { "" }
}

fn fetch(shallow: bool) -> &'static str {
    if shallow {
        "fetch the whole history: `fetch-depth: 0` for actions/checkout, `GIT_DEPTH: 0` for GitLab CI, or `git fetch \
         --unshallow`"
    } else {
        "fetch it first: `git fetch origin`"
    }
}

fn join(shallow: bool) -> &'static str {
    if shallow {
        fetch(true)
    } else {
        "name a commit of the same history, or compare directories: --base-dir DIR"
    }
}

fn objects(partial: bool) -> &'static str {
    if partial {
        "it is a partial clone, and plimsoll fetches nothing: `git fetch --refetch --no-filter`, or clone without \
         --filter"
    } else {
        "fetch it again, or look with `git fsck`"
    }
}

/// A revision taken apart: where it starts, and the way from there.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Name<'t> {
    /// A reference or a hash.
    pub start: &'t str,
    /// Which parent, from one commit to the next.
    pub parents: Vec<usize>,
}

/// No history that anybody walks back by hand is longer.
const LONGEST_WAY: usize = 100_000;

impl<'t> Name<'t> {
    /// Reads `main~2^2` (gitrevisions(7)). Ranges, dates and messages do not name a commit of a pull request.
    pub(super) fn parse(text: &'t str) -> Result<Self, RevisionError> {
        let wrong = || RevisionError::Syntax(text.to_owned());
        let end = text.find(['~', '^']).unwrap_or(text.len());
        let (start, mut rest) = text.split_at(end);
        let is_odd =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, ':' | '?' | '*' | '[' | '\\');
        if start.is_empty()
            || start.starts_with('-')
            || start.contains("..")
            || start.contains("@{")
            || start.contains(is_odd)
        {
            return Err(wrong());
        }
        let mut parents = Vec::new();
        while let Some(sign) = rest.chars().next() {
            let digits = &rest[1..];
            let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
            let number = match &digits[..end] {
                "" => 1,
                digits => digits.parse().map_err(|_| wrong())?,
            };
            match sign {
                '~' if number <= LONGEST_WAY => parents.extend(std::iter::repeat_n(1, number)),
                // `^0` is the commit itself.
                '^' if number > 0 => parents.push(number),
                '^' => {}
                _ => return Err(wrong()),
            }
            rest = &digits[end..];
        }
        if parents.len() > LONGEST_WAY {
            return Err(wrong());
        }
        Ok(Self { start: if start == "@" { "HEAD" } else { start }, parents })
    }
}

/// Whether a name in a tree is one that a checkout would have: nothing that leads elsewhere.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !matches!(name, "." | "..")
        && !name.contains(['/', '\0'])
        && !name.eq_ignore_ascii_case(".git")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_revisions() {
        for (text, start, parents) in [
            ("main", "main", &[][..]),
            ("origin/main", "origin/main", &[]),
            ("HEAD~3", "HEAD", &[1, 1, 1]),
            ("HEAD^", "HEAD", &[1]),
            ("@^2~", "HEAD", &[2, 1]),
            ("v1.0^0", "v1.0", &[]),
            ("HEAD~0", "HEAD", &[]),
        ] {
            let name = Name::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!((name.start, &name.parents[..]), (start, parents), "{text}");
        }
        for text in [
            "",
            "~1",
            "a..b",
            "a...b",
            "HEAD@{1}",
            "HEAD^{tree}",
            "HEAD:a.yaml",
            "--all",
            "a b",
            "HEAD~99999999999999999999",
        ] {
            assert!(matches!(Name::parse(text), Err(RevisionError::Syntax(_))), "{text}");
        }
    }
}
