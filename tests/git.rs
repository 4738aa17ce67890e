//! What is read from git directories, and whose repository an address is.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::Path;

use camino::Utf8Path;
use plimsoll::discover::FileKind;
use plimsoll::graph::{Revision, ThisRepository, Whose};
use plimsoll::host::{Git, Host, MemHost, OsHost};
use plimsoll::model::Repository;
use plimsoll::source::{Source, SourceKind, SourceMap};
use plimsoll::yaml::Limits;

const COMMIT: &str = "1111111111111111111111111111111111111111";

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn read(root: &Path) -> Git {
    let root = Utf8Path::from_path(root).unwrap();
    OsHost::new().git(root).expect("a readable git directory").expect("a checkout")
}

fn branches(git: &Git) -> Vec<String> {
    let name = |branch: &plimsoll::host::Branch| match &branch.remote {
        Some(remote) => format!("{remote}: {}", branch.name),
        None => branch.name.clone(),
    };
    git.branches.iter().map(name).collect()
}

#[test]
fn a_clone_with_packed_references_and_rewritten_addresses() {
    let directory = tempfile::tempdir().unwrap();
    let loose = format!("{COMMIT}\n");
    let packed = format!(
        "# pack-refs with: peeled fully-peeled sorted \n{COMMIT} refs/remotes/origin/env/production\n\
         {COMMIT} refs/remotes/origin/trunk\n{COMMIT} refs/tags/v1.0.0\n"
    );
    write(
        directory.path(),
        &[
            (".git/HEAD", "ref: refs/heads/feature/x\n"),
            (".git/objects/.keep", ""),
            (".git/refs/heads/feature/x", &loose),
            (".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/trunk\n"),
            (".git/packed-refs", &packed),
            (
                ".git/config",
                "[core]\n\trepositoryformatversion = 0\n[url \"https://git.acme.com/\"]\n\tinsteadOf = acme:\n\
                 [remote \"origin\"]\n\turl = acme:platform/gitops.git\n\
                 \tpushurl = git@git.acme.com:platform/gitops.git\n",
            ),
        ],
    );
    let git = read(directory.path());
    assert_eq!(git.head.as_deref(), Some("feature/x"));
    assert_eq!(git.default_branch.as_deref(), Some("trunk"));
    assert_eq!(branches(&git), ["origin: env/production", "feature/x", "origin: trunk"]);
    assert_eq!(git.tags, ["v1.0.0"]);
    assert!(!git.is_shallow);
    let mut addresses = git.addresses.clone();
    addresses.retain(|address| address == "https://git.acme.com/platform/gitops.git");
    assert_eq!(addresses.len(), 1, "{:?}", git.addresses);
}

#[test]
fn a_shallow_detached_checkout_as_ci_makes_it() {
    let directory = tempfile::tempdir().unwrap();
    let commit = format!("{COMMIT}\n");
    write(
        directory.path(),
        &[
            (".git/HEAD", &commit),
            (".git/objects/.keep", ""),
            (".git/refs/remotes/origin/master", &commit),
            (".git/shallow", &commit),
            (".git/config", "[remote \"origin\"]\n\turl = https://github.com/acme/gitops\n"),
        ],
    );
    let git = read(directory.path());
    assert_eq!((git.head.as_deref(), git.default_branch.as_deref()), (None, Some("master")));
    assert!(git.is_shallow);
}

#[test]
fn whether_all_references_were_fetched() {
    let head = (".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/main\n");
    let all = "\tfetch = +refs/heads/*:refs/remotes/origin/*\n";
    let one = "\tfetch = +refs/heads/main:refs/remotes/origin/main\n";
    let no_tags = format!("{all}\ttagOpt = --no-tags\n");
    let second = format!("{all}[remote \"up\"]\n\turl = https://github.com/up/gitops\n");
    let commit = format!("{COMMIT}\n");
    let many = [
        (".git/refs/remotes/origin/topic", commit.as_str()),
        (".git/refs/remotes/origin/next", &commit),
        (".git/refs/tags/v1", &commit),
    ];
    for (what, config, more, expected) in [
        ("a clone", all, vec![head], true),
        ("a clone of one branch", one, vec![head], false),
        ("a clone without tags", &no_tags, vec![head], false),
        ("a shallow clone", all, vec![head, (".git/shallow", &commit)], false),
        ("two remotes", &second, vec![head], false),
        ("one branch that a CI system fetched", all, vec![], false),
        ("what a CI system fetched when it was told to fetch all", all, many.to_vec(), true),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let config = format!("[remote \"origin\"]\n\turl = https://github.com/acme/gitops\n{config}");
        let mut files = vec![
            (".git/HEAD", commit.as_str()),
            (".git/objects/.keep", ""),
            (".git/refs/remotes/origin/main", &commit),
            (".git/config", &config),
        ];
        files.extend(more);
        write(directory.path(), &files);
        assert_eq!(read(directory.path()).is_complete, expected, "{what}");
    }
}

#[test]
fn a_linked_worktree_shares_references_and_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let commit = format!("{COMMIT}\n");
    write(
        directory.path(),
        &[
            ("main/.git/HEAD", "ref: refs/heads/main\n"),
            ("main/.git/objects/.keep", ""),
            ("main/.git/refs/heads/main", &commit),
            ("main/.git/refs/heads/topic", &commit),
            ("main/.git/config", "[remote \"up\"]\n\turl = https://github.com/acme/gitops\n"),
            ("main/.git/worktrees/topic/HEAD", "ref: refs/heads/topic\n"),
            ("main/.git/worktrees/topic/commondir", "../..\n"),
            ("topic/.git", "gitdir: ../main/.git/worktrees/topic\n"),
        ],
    );
    let git = read(&directory.path().join("topic"));
    assert_eq!(git.head.as_deref(), Some("topic"));
    assert_eq!(git.default_branch.as_deref(), Some("main"));
    assert_eq!(branches(&git), ["main", "topic"]);
    assert!(git.addresses.contains(&"https://github.com/acme/gitops".to_owned()), "{:?}", git.addresses);
}

#[test]
fn remotes_variables_and_aliases_are_this_repository() {
    let git = Git {
        addresses: vec!["git@github.com:acme/gitops.git".to_owned(), "../mirror".to_owned()],
        ..Git::default()
    };
    let host = MemHost::new([("a.yaml", "")])
        .with_git(git)
        .with_variable("CI_PROJECT_URL", "https://gitlab.acme.com/platform/gitops");
    let aliases = ["http://gitea.gitea.svc:3000/acme/gitops".to_owned()];
    let this = ThisRepository::at(&host, "/srv/gitops".into(), &aliases).unwrap();
    for (address, whose) in [
        ("https://github.com/acme/GitOps", Whose::This),
        ("ssh://git@gitlab.acme.com:2222/platform/gitops.git", Whose::This),
        ("http://gitea.gitea.svc/acme/gitops.git", Whose::This),
        ("file:///srv/gitops", Whose::This),
        ("/srv/mirror", Whose::This),
        ("https://github.com/acme/other", Whose::Foreign),
        ("{{ repoURL }}", Whose::Unknown),
    ] {
        assert_eq!(this.whose(address), whose, "{address}");
    }
    assert_eq!(ThisRepository::default().whose("https://github.com/acme/gitops"), Whose::Unknown);
}

#[test]
fn revisions_of_the_work_tree_and_others() {
    let branch =
        |name: &str| plimsoll::host::Branch { name: name.to_owned(), remote: None, commit: String::new() };
    let git = Git {
        head: Some("topic".to_owned()),
        default_branch: Some("trunk".to_owned()),
        branches: vec![branch("main"), branch("topic"), branch("trunk")],
        tags: vec!["v1.2.3".to_owned()],
        ..Git::default()
    };
    let host = MemHost::default().with_git(git);
    let this = ThisRepository::at(&host, "/".into(), &[]).unwrap();
    for (text, revision) in [
        ("", Revision::WorkTree),
        ("HEAD", Revision::WorkTree),
        ("trunk", Revision::WorkTree),
        ("refs/heads/trunk", Revision::WorkTree),
        ("topic", Revision::WorkTree),
        ("main", Revision::Branch),
        ("v1.2.3", Revision::Tag),
        ("refs/tags/v1", Revision::Tag),
        ("0a1b2c3d4e", Revision::Commit),
        ("v1.*", Revision::Unknown),
        ("{{branch}}", Revision::Unknown),
    ] {
        assert_eq!(this.revision(Some(text)), revision, "{text}");
    }
    let nobody_says = ThisRepository::default();
    assert_eq!(nobody_says.revision(Some("main")), Revision::WorkTree);
    assert_eq!(nobody_says.revision(None), Revision::WorkTree);
}

/// The address that is inferred for files that nobody says the repository of.
fn inferred(files: &[(&str, String)]) -> Option<String> {
    let kinds = vec![FileKind::Yaml; files.len()];
    let sources =
        files.iter().map(|(path, text)| Source::new(*path, SourceKind::File, text.clone())).collect();
    let map = SourceMap::new(sources);
    let repository = Repository::build(&map, &kinds, Limits::default());
    let this = ThisRepository::default().inferred_from(&map, &repository);
    this.inferred().map(str::to_owned)
}

fn application(address: &str, path: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a}}\n\
         spec: {{source: {{repoURL: '{address}', path: '{path}'}}}}\n"
    )
}

#[test]
fn an_address_whose_paths_are_here_is_inferred() {
    let (ours, theirs) = ("https://github.com/acme/gitops", "https://github.com/else/charts");
    let map = || "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n".to_owned();
    let files = [
        ("apps/a/a.yaml", map()),
        ("apps/b/b.yaml", map()),
        ("argocd/a.yaml", application(ours, "apps/a")),
        ("argocd/b.yaml", application(&format!("{ours}.git"), "apps/b/*")),
        ("argocd/c.yaml", application(theirs, "charts/c")),
    ];
    assert_eq!(inferred(&files).as_deref(), Some("github.com/acme/gitops"));
    // One path that is here is chance.
    assert_eq!(inferred(&files[..3]), None);
    // Two addresses that would do are none.
    let mut two = files.to_vec();
    two.push(("argocd/d.yaml", application(theirs, "apps/a")));
    two[4].1 = application(theirs, "apps/b");
    assert_eq!(inferred(&two), None);
    // An Application that applies the directory where it stands is at home.
    assert_eq!(
        inferred(&[("argocd/a.yaml", application(ours, "argocd"))]).as_deref(),
        Some("github.com/acme/gitops")
    );
}
