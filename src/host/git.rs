//! What git knows of a checkout, as plain facts.
//!
//! Owns the facts and how they follow from a configuration and references. Must not know where those are read, nor
//! what the facts are good for.

/// What the git directory of a checkout says.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Git {
    /// Addresses of the remotes, for fetching and for pushing, as they are written and as `url.*.insteadOf` makes
    /// them; sorted. They may hold credentials.
    pub addresses: Vec<String>,
    /// The branch that is checked out; `None` when `HEAD` is detached, as it often is in CI.
    pub head: Option<String>,
    /// The default branch, where it can be told.
    pub default_branch: Option<String>,
    /// Local branches and those of remotes as they were last fetched; sorted.
    pub branches: Vec<Branch>,
    /// Names of tags; sorted.
    pub tags: Vec<String>,
    /// Whether history was cut off, so that ages and distances of branches are not known.
    pub is_shallow: bool,
    /// Whether all branches and tags of its only remote were fetched, so that a name among neither is of nothing.
    pub is_complete: bool,
}

/// A branch.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Branch {
    /// Its name, without `refs/heads/` and without the remote.
    pub name: String,
    /// The remote that it was fetched from; `None` for a local one.
    pub remote: Option<String>,
    /// The commit it points at, in hexadecimal digits.
    pub commit: String,
}

impl Git {
    /// The default branch: what `origin/HEAD` points at, else the one that new repositories get (`init.defaultBranch`),
    /// `main` or `master`, if there is such a branch, else the only one there is.
    pub(super) fn find_default(
        &self,
        origin_head: Option<String>,
        initial: Option<String>,
    ) -> Option<String> {
        let is_there = |name: &String| self.branches.iter().any(|branch| branch.name == *name);
        let candidates = [initial, Some("main".to_owned()), Some("master".to_owned())];
        origin_head.or_else(|| candidates.into_iter().flatten().find(is_there)).or_else(|| {
            let first = &self.branches.first()?.name;
            self.branches.iter().all(|branch| branch.name == *first).then(|| first.clone())
        })
    }
}

/// An address as git rewrites it: of all `url.<base>.insteadOf` the longest prefix wins (git-config(1)).
pub(super) fn instead_of(address: &str, rewrites: &[(String, String)]) -> Option<String> {
    let matching = rewrites.iter().filter(|(prefix, _)| address.starts_with(prefix.as_str()));
    let (prefix, base) = matching.max_by_key(|(prefix, _)| prefix.len())?;
    Some(format!("{base}{}", &address[prefix.len()..]))
}
