//! Which repository a run is about.

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;

use crate::host::Host;

/// A repository and the part of it that the user asked about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Root {
    /// Absolute path of the repository: the nearest directory upwards with `.git`, else the named directory.
    pub path: Utf8PathBuf,
    /// The named paths relative to it, without repetitions; the empty path stands for all of it.
    pub named: Vec<Utf8PathBuf>,
}

/// Why there is no root.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum RootError {
    /// A named path is not there.
    #[error("no such file or directory: {0}")]
    Missing(Utf8PathBuf),
    /// A named path cannot be looked at.
    #[error("cannot look at {0}: {1}")]
    Unreadable(Utf8PathBuf, String),
    /// Two named paths lie in different repositories.
    #[error("{0} and {1} lie in different repositories; check one repository at a time")]
    TwoRepositories(Utf8PathBuf, Utf8PathBuf),
}

/// Finds the repository that all the named paths belong to. No path means the current directory.
///
/// # Errors
/// See [`RootError`].
pub fn find_root(host: &dyn Host, paths: &[Utf8PathBuf]) -> Result<Root, RootError> {
    let here = [Utf8PathBuf::from(".")];
    let paths = if paths.is_empty() { &here[..] } else { paths };
    let current = host.current_dir().map_err(|error| RootError::Unreadable(".".into(), error.to_string()))?;
    let mut found: Option<(Utf8PathBuf, &Utf8PathBuf)> = None;
    let mut named = Vec::new();
    for path in paths {
        let absolute = host.canonicalize(&current.join(path)).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => RootError::Missing(path.clone()),
            _ => RootError::Unreadable(path.clone(), error.to_string()),
        })?;
        let directory = match absolute.parent() {
            Some(parent) if !host.is_dir(&absolute) => parent.to_owned(),
            _ => absolute.clone(),
        };
        let git = directory.ancestors().find(|directory| host.exists(&directory.join(".git")));
        let root = git.map(Utf8Path::to_owned);
        match &found {
            None => found = Some((root.unwrap_or(directory), path)),
            // Outside git, the first path is the root and the others must lie in it.
            Some((known, first)) => {
                let same = root.map_or(absolute.starts_with(known), |root| root == *known);
                if !same {
                    return Err(RootError::TwoRepositories((*first).clone(), path.clone()));
                }
            }
        }
        named.push(absolute);
    }
    let path = found.map_or(current, |(root, _)| root);
    let mut named: Vec<Utf8PathBuf> = named
        .iter()
        .filter_map(|absolute| absolute.strip_prefix(&path).ok().map(Utf8Path::to_owned))
        .collect();
    named.sort_unstable();
    named.dedup();
    Ok(Root { path, named })
}
