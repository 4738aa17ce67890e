//! Commits as they are read from real git directories, and what is said when one cannot be had.
//!
//! The repositories are made with git; plimsoll itself never runs it.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used)]

#[path = "support/checkout.rs"]
mod checkout;

use std::fs;
use std::path::Path;

use camino::Utf8Path;
use checkout::{commit, git, write};
use plimsoll::discover::{Exclude, discover};
use plimsoll::host::{
    EntryKind, History, HistoryEnd, HistoryQuery, Host, MemHost, OsHost, RevisionError, Snapshot, Tree,
};

/// A repository with two commits on `main` and one more on `topic`, which is checked out.
fn repository(root: &Path, options: &[&str]) -> [String; 3] {
    fs::create_dir_all(root).unwrap();
    git(root, &[&["init", "--quiet"], options].concat());
    let first = commit(root, "apps/web.yaml", "a: 1\n");
    let second = commit(root, "apps/web.yaml", "a: 2\n");
    git(root, &["tag", "--annotate", "v1", "--message", "v1"]);
    git(root, &["checkout", "--quiet", "-b", "topic"]);
    let third = commit(root, "apps/api.yaml", "b: 1\n");
    [first, second, third]
}

fn base(root: &Path, name: &str) -> Result<Box<dyn Tree>, RevisionError> {
    OsHost::new().base(Utf8Path::from_path(root).unwrap(), name)
}

fn paths(tree: &dyn Tree) -> Vec<&str> {
    tree.entries().iter().map(|entry| entry.path.as_str()).collect()
}

fn read(tree: &dyn Tree, path: &str) -> String {
    let entry = tree.entries().iter().find(|entry| entry.path == path).expect(path);
    String::from_utf8(tree.read(entry.id, 1000).unwrap().unwrap()).unwrap()
}

fn message(root: &Path, name: &str) -> String {
    base(root, name).expect_err(name).to_string()
}

#[test]
fn commits_by_all_their_names_loose_and_packed() {
    for hash in ["sha1", "sha256"] {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let format = format!("--object-format={hash}");
        let [first, second, third] = repository(root, &[&format]);
        for packed in [false, true] {
            if packed {
                git(root, &["gc", "--quiet"]);
            }
            for (name, commit) in [
                ("main", &second),
                ("refs/heads/main", &second),
                ("v1", &second),
                ("v1^0", &second),
                ("main~1", &first),
                ("v1^", &first),
                ("HEAD~2", &first),
                ("HEAD", &third),
                ("@~", &second),
                (&first[..], &first),
                (&first[..9], &first),
                (&second[..12], &second),
            ] {
                let tree = base(root, name).unwrap_or_else(|error| panic!("{hash} {packed} {name}: {error}"));
                assert_eq!(tree.commit(), commit, "{hash} {packed} {name}");
            }
            let tree = base(root, "main").unwrap();
            assert_eq!(paths(&*tree), ["apps/web.yaml"]);
            assert_eq!(read(&*tree, "apps/web.yaml"), "a: 2\n");
            assert_eq!(tree.id_of(b"a: 2\n"), tree.entries()[0].id);
            assert_eq!(tree.read(tree.entries()[0].id, 2).unwrap(), None, "larger than the limit");
        }
    }
}

#[test]
fn what_the_base_branch_got_meanwhile_is_no_change() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let [_, second, _] = repository(root, &[]);
    git(root, &["checkout", "--quiet", "main"]);
    let later = commit(root, "later.yaml", "c: 1\n");
    git(root, &["checkout", "--quiet", "topic"]);
    assert_eq!(base(root, "main").unwrap().commit(), second);
    git(root, &["merge", "--quiet", "--no-edit", "main"]);
    assert_eq!(base(root, "main").unwrap().commit(), later);
}

#[test]
fn what_cannot_be_had_is_said_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    assert!(message(root, "main").contains("not in a git checkout"), "no checkout");
    let here = root.join("here");
    let [first, ..] = repository(&here, &[]);
    assert!(message(&here, "origin/main").contains("git fetch origin"));
    assert!(message(&here, "HEAD~9").contains("no commit `HEAD~9`"));
    assert!(message(&here, "main..topic").contains("not how plimsoll names a commit"));
    let blob = git(&here, &["rev-parse", "HEAD:apps/web.yaml"]);
    assert!(message(&here, &blob).contains("not how plimsoll names a commit"));
    git(&here, &["checkout", "--quiet", "--orphan", "fresh"]);
    assert!(message(&here, "main").contains("HEAD has no commit yet"));
    commit(&here, "other.yaml", "");
    assert!(message(&here, "main").contains("no common commit"));

    let url = format!("file://{}", here.display());
    git(root, &["clone", "--quiet", "--depth=1", "--branch=topic", &url, "shallow"]);
    let shallow = root.join("shallow");
    for name in [&first, "HEAD~1", "origin/main"] {
        let message = message(&shallow, name);
        assert!(message.contains("fetch-depth: 0") && message.contains("shallow"), "{name}: {message}");
    }
    git(&here, &["config", "uploadpack.allowFilter", "true"]);
    git(
        root,
        &["clone", "--quiet", "--filter=blob:none", "--no-checkout", "--branch=topic", &url, "partial"],
    );
    let tree = base(&root.join("partial"), "origin/main").expect("trees are not left out");
    let error = tree.read(tree.entries()[0].id, 1000).expect_err("files are").to_string();
    assert!(error.contains("partial clone") && error.contains("--no-filter"), "{error}");

    fs::remove_dir_all(here.join(".git/objects")).unwrap();
    fs::create_dir_all(here.join(".git/objects")).unwrap();
    assert!(base(&here, "main").is_err());
}

#[test]
fn references_in_a_table() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    repository(root, &[]);
    git(root, &["config", "core.repositoryformatversion", "1"]);
    git(root, &["config", "extensions.refStorage", "reftable"]);
    assert!(message(root, "main").contains("git refs migrate"));
}

#[test]
fn alternates_and_linked_worktrees() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path().join("here");
    let [_, second, _] = repository(&here, &[]);
    git(directory.path(), &["clone", "--quiet", "--shared", "here", "shared"]);
    assert_eq!(base(&directory.path().join("shared"), "origin/main").unwrap().commit(), second);
    git(&here, &["worktree", "add", "--quiet", "../linked", "main"]);
    let linked = directory.path().join("linked");
    assert_eq!(base(&linked, "topic").unwrap().commit(), second);
    assert_eq!(base(&linked, "HEAD").unwrap().commit(), second);
}

#[test]
fn links_and_submodules() {
    let directory = tempfile::tempdir().unwrap();
    let (here, other) = (directory.path().join("here"), directory.path().join("other"));
    repository(&other, &[]);
    repository(&here, &[]);
    let url = format!("file://{}", other.display());
    git(&here, &["submodule", "--quiet", "add", &url, "modules/other"]);
    #[cfg(unix)]
    for (link, target) in [("inside", "apps"), ("outside", "../../other"), ("loop", "loop")] {
        std::os::unix::fs::symlink(target, here.join(link)).unwrap();
    }
    commit(&here, "more.yaml", "");
    let root = Utf8Path::from_path(&here).unwrap();
    let os = OsHost::new();
    let tree = base(&here, "HEAD").unwrap();
    assert_eq!(tree.submodules(), ["modules/other"]);
    let host = Snapshot::new(&os, root, &*tree);
    let everything = Exclude::new(&[], vec!["".into()]).unwrap();
    let found = |host: &dyn Host| {
        let found = discover(host, root, &everything, 1000);
        let texts = found.sources.iter().map(|source| (source.path().to_owned(), source.text().to_owned()));
        (texts.collect::<Vec<_>>(), found.coverage)
    };
    assert_eq!(found(&host), found(&os), "a commit that is checked out is what the work tree is");
    for path in
        ["apps", "inside", "inside/web.yaml", "outside", "loop", "modules/other/apps/web.yaml", "gone"]
    {
        let absolute = root.join(path);
        let real = |host: &dyn Host| host.canonicalize(&absolute).ok().filter(|real| real.starts_with(root));
        assert_eq!(real(&host), real(&os), "{path}");
        assert_eq!(host.is_dir(&absolute), os.is_dir(&absolute) && real(&os).is_some(), "{path}");
    }
    let link = tree.entries().iter().find(|entry| entry.path == "loop").unwrap();
    assert_eq!(link.kind, EntryKind::SymbolicLink);
}

#[test]
fn ids_that_git_knows_without_reading() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path().join("here");
    repository(&here, &[]);
    // What was written in the second in which the index was is not trusted.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    write(&here, "staged.yaml", "");
    git(&here, &["add", "staged.yaml"]);
    write(&here, "apps/api.yaml", "b: 2\n");
    write(&here, "new.yaml", "");
    let names = ["apps/web.yaml", "apps/api.yaml", "new.yaml", "gone.yaml"].map(Utf8Path::new);
    let root = Utf8Path::from_path(&here).unwrap();
    let ids = OsHost::new().indexed(root, &names).unwrap();
    let tree = base(&here, "HEAD").unwrap();
    assert_eq!(ids[0], Some(tree.id_of(b"a: 2\n")));
    assert_eq!(&ids[1..], [None, None, None]);
}

#[test]
fn a_revision_in_memory() {
    let host = MemHost::new([("a.yaml", "new"), ("b.yaml", "")]).with_revision("main", [("d/a.yaml", "old")]);
    let root = Utf8Path::new("/");
    let tree = host.base(root, "main").unwrap();
    let snapshot = Snapshot::new(&host, root, &*tree);
    assert!(snapshot.is_dir("/d".into()) && !snapshot.exists("/b.yaml".into()));
    assert_eq!(snapshot.read("/d/../d/a.yaml".into(), 10, 4).unwrap().as_deref(), Some(&b"old"[..]));
    assert!(snapshot.write("/d/a.yaml".into(), b"").is_err());
    assert!(host.base(root, "other").is_err());
}

fn history_of(root: &Path, start: &str, commits: usize) -> Result<History, RevisionError> {
    let query = HistoryQuery {
        starts: vec![format!("refs/remotes/origin/{start}"), format!("refs/heads/{start}")],
        commits,
        wants_path: &|path| path.extension() == Some("yaml"),
        wants_content: &|content| content != b"boring\n",
    };
    OsHost::new().history(Utf8Path::from_path(root).unwrap(), &query)
}

fn old_files(history: &History) -> Vec<(&str, &str, &str)> {
    let text = |content| std::str::from_utf8(content).unwrap();
    history.files.iter().map(|file| (file.path.as_str(), &*file.commit, text(&file.content))).collect()
}

/// Nine commits and a merge on `main`, and what they change.
fn with_past(root: &Path) -> Vec<String> {
    fs::create_dir_all(root).unwrap();
    git(root, &["init", "--quiet"]);
    let mut commits = vec![
        commit(root, "apps/db.yaml", "first\n"),
        commit(root, "apps/db.yaml", "second\n"),
        commit(root, "apps/db.yaml", "boring\n"),
        commit(root, "apps/db.txt", "text\n"),
        commit(root, "deep/er/a.yaml", "deep\n"),
    ];
    fs::remove_dir_all(root.join("deep")).unwrap();
    // A directory in the place of a file, and the other way around.
    fs::remove_file(root.join("apps/db.txt")).unwrap();
    commits.push(commit(root, "apps/db.txt/b.yaml", "b\n"));
    fs::remove_dir_all(root.join("apps/db.txt")).unwrap();
    commits.push(commit(root, "apps/db.txt", "text\n"));
    git(root, &["checkout", "--quiet", "-b", "topic"]);
    commit(root, "topic.yaml", "seen by nobody\n");
    fs::remove_file(root.join("topic.yaml")).unwrap();
    commit(root, "topic.txt", "t\n");
    git(root, &["checkout", "--quiet", "main"]);
    git(root, &["merge", "--quiet", "--no-ff", "--message", "Merge topic", "topic"]);
    commits.push(git(root, &["rev-parse", "HEAD"]));
    commits.reverse();
    commits
}

#[test]
fn a_history_along_first_parents() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let ids = with_past(root);
    for packed in [false, true] {
        if packed {
            git(root, &["gc", "--quiet"]);
        }
        let history = history_of(root, "main", 100).unwrap();
        assert_eq!(history.end, HistoryEnd::Root);
        assert_eq!(history.from, "refs/heads/main");
        assert_eq!(history.commits.iter().map(|commit| &*commit.id).collect::<Vec<_>>(), ids);
        let merge = &history.commits[0];
        assert_eq!((merge.parents, merge.is_signed, merge.changed.len()), (2, false, 1));
        assert_eq!((&*merge.author, &*merge.message), ("a <a@acme.com>", "Merge topic\n"));
        assert_eq!(history.commits[7].changed, ["apps/db.yaml"]);
        let old = old_files(&history);
        let expected = [
            ("apps/db.txt/b.yaml", &*ids[2], "b\n"),
            ("deep/er/a.yaml", &*ids[3], "deep\n"),
            ("apps/db.yaml", &*ids[6], "second\n"),
            ("apps/db.yaml", &*ids[7], "first\n"),
        ];
        assert_eq!(old, expected);
    }
    let history = history_of(root, "main", 3).unwrap();
    assert_eq!((history.end, history.commits.len()), (HistoryEnd::Bound, 3));
}

#[test]
fn signatures_are_seen_and_not_verified() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    repository(root, &[]);
    let plain = git(root, &["cat-file", "commit", "HEAD"]);
    let (header, message) = plain.split_once("\n\n").unwrap();
    let signed = format!(
        "{header}\ngpgsig -----BEGIN SSH SIGNATURE-----\n abc\n -----END SSH SIGNATURE-----\n\n{message}\n"
    );
    write(root, "signed", &signed);
    let id = git(root, &["hash-object", "-t", "commit", "-w", "signed"]);
    git(root, &["update-ref", "refs/heads/main", &id]);
    let history = history_of(root, "main", 2).unwrap();
    assert_eq!(history.commits.iter().map(|commit| commit.is_signed).collect::<Vec<_>>(), [true, false]);
    assert_eq!(history.commits[0].author, "a <a@acme.com>");
}

#[test]
fn a_history_of_clones_work_trees_and_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let missing = history_of(root, "main", 9).expect_err("no checkout");
    assert!(matches!(missing, RevisionError::NoCheckout(_)), "{missing}");
    let here = root.join("here");
    let ids = with_past(&here);
    let url = format!("file://{}", here.display());
    git(root, &["clone", "--quiet", "--depth=2", &url, "shallow"]);
    let shallow = history_of(&root.join("shallow"), "main", 9).unwrap();
    assert_eq!(
        (shallow.end, shallow.commits.len(), &*shallow.from),
        (HistoryEnd::Cut, 2, "refs/remotes/origin/main")
    );

    git(root, &["clone", "--quiet", "--filter=blob:none", "--no-checkout", &url, "partial"]);
    // Whether a file transport filters is the server's choice.
    let partial = history_of(&root.join("partial"), "main", 99).unwrap();
    assert_eq!(partial.files.len() + partial.unread, 4 + usize::from(partial.unread > 0));

    git(root, &["clone", "--quiet", "--bare", &url, "bare"]);
    assert!(matches!(history_of(&root.join("bare"), "main", 9), Err(RevisionError::NoCheckout(_))));

    git(&here, &["worktree", "add", "--quiet", "--detach", "../linked", &ids[5]]);
    let linked = history_of(&root.join("linked"), "nowhere", 99).unwrap();
    assert_eq!((&*linked.from, linked.commits.len()), ("HEAD", ids.len() - 5));

    git(root, &["init", "--quiet", "unborn"]);
    assert!(matches!(history_of(&root.join("unborn"), "main", 9), Err(RevisionError::Unborn)));

    git(root, &["init", "--quiet", "outer"]);
    git(&root.join("outer"), &["submodule", "--quiet", "add", &url, "inner"]);
    git(&root.join("outer"), &["commit", "--quiet", "--message", "inner"]);
    let outer = history_of(&root.join("outer"), "main", 9).unwrap();
    assert_eq!((outer.commits.len(), outer.files.len()), (1, 0));
    assert_eq!(history_of(&root.join("outer/inner"), "main", 99).unwrap().commits.len(), ids.len());
}

#[cfg(unix)]
#[test]
fn a_new_file_is_never_written_through_a_link() {
    let directory = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().join("target");
    let link = directory.path().join("link.json");
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let host = OsHost::new();
    let path = |path: &Path| Utf8Path::from_path(path).unwrap().to_owned();
    assert!(host.create(&path(&link), b"x").is_err() && !target.exists());
    assert!(host.create(&path(&target), b"x").is_ok());
    assert!(host.create(&path(&target), b"y").is_err());
    assert_eq!(fs::read(&target).unwrap(), b"x");
}
