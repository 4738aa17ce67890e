//! Whether an address is that of this repository, and a revision that of the files at hand.
//!
//! Owns how addresses are compared and what revisions mean. Must not know how owners write them, nor how git is read.

use std::io;

use camino::Utf8Path;

use crate::host::{Git, Host};
use crate::model::Repository;
use crate::source::SourceMap;

use super::address::{is_path, normalise, resolve};
use super::inference;

/// Whose repository an address leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// This one.
    This,
    /// Another one.
    Foreign,
    /// Nobody can tell: the addresses of this repository are not known.
    Unknown,
}

/// What a revision stands for in this repository.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Revision {
    /// The files that are looked at: the default branch, the branch that is checked out, or none named.
    WorkTree,
    /// Another branch.
    Branch,
    /// A tag.
    Tag,
    /// A commit.
    Commit,
    /// Nobody can tell: a template, a range of versions, a reference that was not fetched.
    Unknown,
}

/// Variables of CI systems that hold the address of the repository: GitLab, Azure Pipelines, Bitbucket Pipelines,
/// CircleCI, Jenkins, Drone.
const ADDRESSES: [&str; 7] = [
    "CI_PROJECT_URL",
    "CI_REPOSITORY_URL",
    "BUILD_REPOSITORY_URI",
    "BITBUCKET_GIT_HTTP_ORIGIN",
    "CIRCLE_REPOSITORY_URL",
    "GIT_URL",
    "DRONE_REPO_LINK",
];

/// The repository that is looked at: its addresses and branches.
#[derive(Clone, Default, Debug)]
pub struct ThisRepository {
    /// Normalised addresses: those of its remotes, of CI, and what the configuration adds.
    addresses: Vec<String>,
    /// The address it must have, judging by the paths that owners read there.
    inferred: Option<String>,
    /// The root of the checkout as an address.
    root: Option<String>,
    /// What git says, if this is a checkout.
    git: Option<Git>,
    /// The default branch, if anybody says it.
    default_branch: Option<String>,
}

impl ThisRepository {
    /// The repository with these addresses, about which nothing else is known.
    pub fn new(addresses: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let addresses = addresses.into_iter().map(|address| normalise(address.as_ref())).collect();
        Self { addresses, ..Self::default() }
    }

    /// The repository at `root`: what git, the variables of CI systems and the configuration (`aliases`) say.
    ///
    /// # Errors
    /// The git directory is there and cannot be read.
    pub fn at(host: &dyn Host, root: &Utf8Path, aliases: &[String]) -> io::Result<Self> {
        let git = host.git(root)?;
        let mut this = Self::new(aliases);
        this.root = Some(normalise(root.as_str()));
        let github = || {
            let server = host.env("GITHUB_SERVER_URL").unwrap_or_else(|| "https://github.com".to_owned());
            Some(format!("{server}/{}", host.env("GITHUB_REPOSITORY")?))
        };
        let variables = ADDRESSES.into_iter().filter_map(|name| host.env(name)).chain(github());
        let remotes = git.iter().flat_map(|git| &git.addresses).cloned();
        let known: Vec<String> = remotes.chain(variables).map(|address| this.identity(&address)).collect();
        this.addresses.extend(known);
        this.default_branch = host.env("CI_DEFAULT_BRANCH").filter(|name| !name.is_empty());
        if let Some(known) = git.as_ref().and_then(|git| git.default_branch.as_ref()) {
            this.default_branch = Some(known.clone());
        }
        this.git = git;
        Ok(this)
    }

    /// The text that all addresses of one repository have in common. Paths are those seen from the root.
    pub(super) fn identity(&self, address: &str) -> String {
        match &self.root {
            Some(root) if is_path(address) => resolve(root, address),
            _ => normalise(address),
        }
    }

    /// Whose repository an address leads to.
    pub fn whose(&self, address: &str) -> Whose {
        let address = self.identity(address);
        if address.contains("{{") {
            return Whose::Unknown;
        }
        if self.addresses.contains(&address)
            || self.root.as_ref() == Some(&address)
            || self.inferred.as_ref() == Some(&address)
        {
            return Whose::This;
        }
        if self.addresses.is_empty() && self.inferred.is_none() { Whose::Unknown } else { Whose::Foreign }
    }

    /// What a revision (`targetRevision`, `ref.branch`) stands for, if it is one of this repository.
    pub fn revision(&self, revision: Option<&str>) -> Revision {
        let Some(text) = revision.map(str::trim).filter(|text| !text.is_empty() && *text != "HEAD") else {
            return Revision::WorkTree;
        };
        if text.contains("{{") {
            return Revision::Unknown;
        }
        if text.starts_with("refs/tags/") {
            return Revision::Tag;
        }
        let name = text.strip_prefix("refs/heads/").unwrap_or(text);
        let is_current = self.git.as_ref().is_some_and(|git| git.head.as_deref() == Some(name));
        if is_current || self.is_default(name) {
            return Revision::WorkTree;
        }
        let (branches, tags) =
            self.git.as_ref().map_or((&[][..], &[][..]), |git| (&git.branches[..], &git.tags[..]));
        if name.len() < text.len() || branches.iter().any(|branch| branch.name == name) {
            Revision::Branch
        } else if tags.iter().any(|tag| tag == name) {
            Revision::Tag
        } else if (7..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Revision::Commit
        } else {
            Revision::Unknown
        }
    }

    /// Whether a branch is the default one. Where nobody says which one is, `main` and `master` are.
    pub fn is_default(&self, branch: &str) -> bool {
        match &self.default_branch {
            Some(default) => default == branch,
            None => matches!(branch, "main" | "master"),
        }
    }

    /// Whether all branches and tags of the repository are known. What an inferred address leads to is another checkout.
    pub fn knows_references(&self) -> bool {
        self.inferred.is_none() && self.git.as_ref().is_some_and(|git| git.is_complete)
    }

    /// What git says of the checkout, if it is one.
    pub fn git(&self) -> Option<&Git> {
        self.git.as_ref()
    }

    /// The address, without scheme and user, that was inferred from the paths that owners read there.
    pub fn inferred(&self) -> Option<&str> {
        self.inferred.as_deref()
    }

    /// Takes an address for that of this repository when the paths that owners read there are here: of a tarball, a
    /// fork or a renamed repository nobody says what it is called.
    #[must_use]
    pub fn inferred_from(mut self, map: &SourceMap, repository: &Repository) -> Self {
        let references = inference::references(map, repository);
        if !references.iter().any(|reference| self.whose(&reference.address) == Whose::This) {
            let address = inference::infer(&references, |address| self.identity(address));
            self.inferred = address.map(|address| self.identity(address));
        }
        self
    }
}
