//! Reads git directories with the crates of gitoxide. No git program is ever run.
//!
//! The configuration of the system (`/etc/gitconfig`) is left out: where it lies is known only to a git program.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use gix_config::File as ConfigFile;
use gix_config::file::{Metadata, includes, init};
use gix_config::{Source, path::interpolate};
use gix_hash::Kind;
use gix_ref::file::Store;
use gix_ref::{Category, Reference, Target};

use super::git::{Branch, Git, instead_of};

/// The directories of a checkout's repository.
pub(super) struct Directories {
    /// Of this work tree alone: `HEAD`, the index.
    pub(super) own: Utf8PathBuf,
    /// Of all work trees: references, configuration.
    pub(super) common: Utf8PathBuf,
}

impl Directories {
    /// Those of the checkout at `root`: `.git`, or where a `.git` file of a linked worktree or a submodule points.
    pub(super) fn of(root: &Utf8Path) -> io::Result<Option<Self>> {
        let dot_git = root.join(".git");
        let own = if dot_git.is_dir() {
            dot_git
        } else if dot_git.is_file() {
            let text = std::fs::read_to_string(&dot_git)?;
            let Some(path) = text.strip_prefix("gitdir:") else { return Ok(None) };
            root.join(path.trim())
        } else {
            return Ok(None);
        };
        let common = std::fs::read_to_string(own.join("commondir"));
        let common = common.map_or_else(|_| own.clone(), |path| own.join(path.trim()));
        Ok(Some(Self { own, common }))
    }

    /// The configuration of the repository itself. Its includes are not followed: they may lead anywhere.
    pub(super) fn config(&self) -> io::Result<ConfigFile> {
        let files = [self.common.join("config"), self.own.join("config.worktree")];
        let files = files.into_iter().map(|file| Metadata::from(Source::Local).at(file));
        read(files, includes::Options::no_follow())
    }

    /// Its references.
    pub(super) fn references(&self, hash: Kind) -> Store {
        let (own, common) = (self.own.clone().into(), self.common.clone().into());
        if own == common { Store::at(own, hash) } else { Store::for_linked_worktree(own, common, hash) }
    }
}

/// The index of a checkout, if it has one.
pub(super) fn index(directories: &Directories) -> io::Result<Option<gix_index::File>> {
    let index = directories.own.join("index");
    if !index.exists() {
        return Ok(None);
    }
    // gitformat-index: the hash of a repository is said in its configuration, not in the index.
    let hash = hash(&directories.config()?);
    let options = gix_index::decode::Options::default();
    gix_index::File::at(index.as_std_path(), hash, true, options).map(Some).map_err(io::Error::other)
}

/// Paths that git tracks in the checkout at `root`.
pub(super) fn tracked(root: &Utf8Path) -> io::Result<Option<Vec<Utf8PathBuf>>> {
    let Some(directories) = Directories::of(root)? else { return Ok(None) };
    let Some(file) = index(&directories)? else { return Ok(None) };
    let path = |entry: &gix_index::Entry| {
        let path: &[u8] = entry.path(&file);
        std::str::from_utf8(path).ok().map(Utf8PathBuf::from)
    };
    Ok(Some(file.entries().iter().filter_map(path).collect()))
}

/// The facts of the checkout at `root`.
pub(super) fn git(root: &Utf8Path) -> io::Result<Option<Git>> {
    let Some(directories) = Directories::of(root)? else { return Ok(None) };
    let config = directories.config()?;
    // Somebody's broken configuration costs the rewrites in it, not the repository.
    let global = global_config(&directories).unwrap_or_default();
    let mut git = Git {
        addresses: addresses(&config, &global),
        is_shallow: directories.common.join("shallow").exists(),
        ..Git::default()
    };
    // Reference tables have a format of their own, which gix-ref does not read.
    if !is_reftable(&config) {
        let origin_head = references(&directories, hash(&config), &remotes(&config), &mut git)?;
        git.is_complete = is_complete(&config, &git, origin_head.is_some());
        let initial = text(&config, "init.defaultBranch").or_else(|| text(&global, "init.defaultBranch"));
        git.default_branch = git.find_default(origin_head, initial);
    }
    Ok(Some(git))
}

/// Reads `HEAD`, branches and tags; returns the branch that `origin/HEAD` points at.
fn references(
    directories: &Directories,
    hash: Kind,
    remotes: &[String],
    git: &mut Git,
) -> io::Result<Option<String>> {
    let store = directories.references(hash);
    if let Ok(Some(head)) = store.try_find("HEAD") {
        git.head = branch_of(&head.target);
    }
    let mut origin_head = None;
    let iter = store.iter().map_err(io::Error::other)?;
    // One broken reference does not hide the others.
    for reference in iter.all()?.flatten() {
        let Reference { name, target, .. } = reference;
        let Some((category, short)) = name.as_ref().category_and_short_name() else { continue };
        let short = short.to_string();
        let commit = match &target {
            Target::Object(id) => id.to_string(),
            Target::Symbolic(_) => String::new(),
        };
        match category {
            Category::LocalBranch => git.branches.push(Branch { name: short, remote: None, commit }),
            Category::RemoteBranch => {
                let is_of = |remote: &&String| {
                    short.strip_prefix(remote.as_str()).is_some_and(|rest| rest.starts_with('/'))
                };
                let known = remotes.iter().filter(is_of).max_by_key(|remote| remote.len());
                let remote =
                    known.map_or_else(|| short.split('/').next().unwrap_or_default(), |name| name.as_str());
                let Some(branch) = short.get(remote.len() + 1..) else { continue };
                if branch != "HEAD" {
                    let (name, remote) = (branch.to_owned(), Some(remote.to_owned()));
                    git.branches.push(Branch { name, remote, commit });
                } else if remote == "origin" || remotes.len() == 1 {
                    let prefix = format!("refs/remotes/{remote}/");
                    origin_head = match &target {
                        Target::Symbolic(name) => name.to_string().strip_prefix(&prefix).map(str::to_owned),
                        Target::Object(_) => None,
                    };
                }
            }
            Category::Tag => git.tags.push(short),
            _ => {}
        }
    }
    git.branches.sort();
    git.tags.sort();
    Ok(origin_head)
}

fn branch_of(target: &Target) -> Option<String> {
    match target {
        Target::Symbolic(name) => name.to_string().strip_prefix("refs/heads/").map(str::to_owned),
        Target::Object(_) => None,
    }
}

fn remotes(config: &ConfigFile) -> Vec<String> {
    let sections = config.sections_by_name("remote").into_iter().flatten();
    sections.filter_map(|section| Some(section.header().subsection_name()?.to_string())).collect()
}

/// Whether nothing was left out when the references of the only remote were fetched. A clone says so, by writing down
/// what the remote's `HEAD` is; CI systems that fetch by themselves often fetch the branch they build and the one it goes
/// to.
fn is_complete(config: &ConfigFile, git: &Git, has_remote_head: bool) -> bool {
    let [remote] = &remotes(config)[..] else { return false };
    let all = format!("refs/heads/*:refs/remotes/{remote}/*");
    let key = |name: &str| format!("remote.{remote}.{name}");
    let fetched = config.strings(key("fetch").as_str()).unwrap_or_default();
    let has_all = fetched.iter().any(|rule| rule.to_string().trim_start_matches('+') == all);
    let has_tags = text(config, &key("tagOpt")).is_none_or(|option| option != "--no-tags");
    // Those that say nothing of the remote's `HEAD` fetch all or next to nothing.
    let mut names: Vec<&str> =
        git.branches.iter().filter(|it| it.remote.is_some()).map(|it| &*it.name).collect();
    names.dedup();
    let has_many = names.len() > 2 && !git.tags.is_empty();
    !git.is_shallow && has_all && has_tags && (has_remote_head || has_many)
}

fn addresses(config: &ConfigFile, global: &ConfigFile) -> Vec<String> {
    let mut rewrites = Vec::new();
    for section in [config, global].into_iter().flat_map(|file| file.sections_by_name("url")).flatten() {
        let Some(base) = section.header().subsection_name() else { continue };
        let prefixes = ["insteadOf", "pushInsteadOf"].into_iter().flat_map(|key| section.values(key));
        rewrites.extend(prefixes.map(|prefix| (prefix.to_string(), base.to_string())));
    }
    let sections = config.sections_by_name("remote").into_iter().flatten();
    let mut addresses: Vec<String> = sections
        .flat_map(|section| [section.values("url"), section.values("pushurl")].into_iter().flatten())
        .map(|address| address.to_string())
        .flat_map(|address| [instead_of(&address, &rewrites), Some(address)])
        .flatten()
        .collect();
    addresses.sort();
    addresses.dedup();
    addresses
}

/// The configuration of the user, with what it includes: people keep rewrites of addresses there.
fn global_config(directories: &Directories) -> io::Result<ConfigFile> {
    let mut variable = |name: &str| std::env::var_os(name);
    let files = [Source::Git, Source::User].map(|source| (source, source.storage_location(&mut variable)));
    let home = std::env::home_dir();
    let interpolate = interpolate::Context { home_dir: home.as_deref(), ..interpolate::Context::default() };
    let conditional =
        includes::conditional::Context { git_dir: Some(directories.own.as_std_path()), branch_name: None };
    let files = files.into_iter().filter_map(|(source, file)| Some(Metadata::from(source).at(file?)));
    read(files, includes::Options::follow(interpolate, conditional))
}

/// Whether references are kept in a format that gix-ref does not read.
pub(super) fn is_reftable(config: &ConfigFile) -> bool {
    text(config, "extensions.refStorage").as_deref() == Some("reftable")
}

/// Whether objects were left out when they were fetched.
pub(super) fn is_partial(config: &ConfigFile) -> bool {
    let is_promisor = |remote: &String| text(config, &format!("remote.{remote}.promisor")).is_some();
    text(config, "extensions.partialClone").is_some() || remotes(config).iter().any(is_promisor)
}

/// The kind of hash that objects of a repository have.
pub(super) fn hash(config: &ConfigFile) -> Kind {
    match text(config, "extensions.objectFormat").as_deref() {
        Some("sha256") => Kind::Sha256,
        _ => Kind::Sha1,
    }
}

fn text(config: &ConfigFile, key: &str) -> Option<String> {
    config.string(key).map(|value| value.to_string())
}

/// Reads the files that exist, the later ones on top.
fn read(
    files: impl IntoIterator<Item = Metadata>,
    includes: includes::Options<'_>,
) -> io::Result<ConfigFile> {
    let options = init::Options { includes, lossy: true, ignore_io_errors: true };
    let file = ConfigFile::from_paths_metadata_buf(&mut files.into_iter(), &mut Vec::new(), false, options);
    Ok(file.map_err(io::Error::other)?.unwrap_or_default())
}
