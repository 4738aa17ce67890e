//! Which files a run looks at, and what it says of the others.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use plimsoll::discover::{Discovered, Exclude, discover, find_root};
use plimsoll::host::{Host, MemHost, OsHost};

const LIMIT: u64 = 1_000;

fn run(host: &dyn Host, root: &str, named: &[&str], patterns: &[&str]) -> Discovered {
    let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
    let named = named.iter().map(Utf8PathBuf::from).collect();
    discover(host, Utf8Path::new(root), &Exclude::new(&patterns, named).unwrap(), LIMIT)
}

fn analysed(discovered: &Discovered) -> Vec<&str> {
    discovered.sources.iter().map(|source| source.path().as_str()).collect()
}

fn skipped(discovered: &Discovered) -> Vec<String> {
    let skips = discovered.coverage.skipped.iter();
    skips.map(|skip| format!("{}: {}", skip.path, skip.reason.describe())).collect()
}

fn shop() -> MemHost {
    MemHost::new([
        ("repo/.git/config", "x: y"),
        ("repo/.github/workflows/ci.yml", "on: push"),
        ("repo/app/web.yaml", "a: 1"),
        ("repo/examples/one/a.yaml", "a: 1"),
        ("repo/examples/two/a.yaml", "a: 1"),
        ("repo/examples/two/vendor/b.yaml", "a: 1"),
        ("repo/main.go", "package main"),
        ("repo/vendor/lib/a.yaml", "a: 1"),
    ])
}

#[test]
fn hidden_files_are_read_and_git_is_not() {
    let found = run(&shop(), "/repo", &[""], &[]);
    assert_eq!(analysed(&found), [".github/workflows/ci.yml", "app/web.yaml"]);
    let reasons =
        ["examples: excluded by `examples/`", "main.go: not configuration", "vendor: excluded by `vendor/`"];
    let mut skips = skipped(&found);
    // The in-memory walk asks once for each file below an excluded directory.
    skips.dedup();
    assert_eq!(skips, reasons);
}

#[test]
fn a_named_path_is_looked_at_though_a_built_in_pattern_excludes_it() {
    let found = run(&shop(), "/repo", &["examples/two"], &[]);
    assert!(analysed(&found).contains(&"examples/two/a.yaml"));
    assert!(!analysed(&found).contains(&"examples/two/vendor/b.yaml"));
    assert!(!analysed(&found).contains(&"examples/one/a.yaml"));
    let found = run(&shop(), "/repo", &["examples/two/vendor/b.yaml"], &[]);
    assert!(analysed(&found).contains(&"examples/two/vendor/b.yaml"));
    assert!(!analysed(&found).contains(&"examples/two/a.yaml"));
}

#[test]
fn the_users_own_patterns_hold_for_named_paths_too() {
    let found = run(&shop(), "/repo", &["app", "examples/two/a.yaml"], &["app/**", "examples/two/"]);
    assert_eq!(analysed(&found), [".github/workflows/ci.yml"]);
}

#[test]
fn a_later_pattern_takes_an_earlier_one_back() {
    let found = run(&shop(), "/repo", &[""], &["!vendor/"]);
    assert!(analysed(&found).contains(&"vendor/lib/a.yaml"));
}

#[test]
fn what_cannot_be_read_is_named() {
    let big = "a".repeat(LIMIT as usize + 1);
    let host = MemHost::new([
        ("repo/a-big.yaml", big.as_bytes()),
        ("repo/b-latin1.yaml", b"name: caf\xe9"),
        ("repo/c-vault.yaml", b"$ANSIBLE_VAULT;1.1;AES256\n61626364"),
        ("repo/d-crypt.yaml", b"\0GITCRYPT\0\xff\xfe"),
        ("repo/e-fine.yaml", b"a: 1"),
    ])
    .with_link("repo/link.yaml");
    let found = run(&host, "/repo", &[""], &[]);
    assert_eq!(analysed(&found), ["e-fine.yaml"]);
    let reasons = [
        "a-big.yaml: larger than 1000 bytes (limits.file-size)",
        "b-latin1.yaml: not UTF-8 (byte 9)",
        "c-vault.yaml: encrypted with ansible-vault",
        "d-crypt.yaml: encrypted with git-crypt",
        "link.yaml: symbolic link",
    ];
    assert_eq!(skipped(&found), reasons);
    assert_eq!(found.coverage.seen, found.coverage.analysed + found.coverage.skipped.len());
}

#[test]
fn ignored_files_are_left_out_unless_git_tracks_them() {
    let directory = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(directory.path()).unwrap().canonicalize_utf8().unwrap();
    for path in ["out", "a", ".git"] {
        fs::create_dir(root.join(path)).unwrap();
    }
    fs::write(root.join(".gitignore"), "out/\n*.gen.yaml\n").unwrap();
    for path in ["out/kept.yaml", "out/lost.yaml", "a/b.gen.yaml", "a/c.gen.yaml", "a/plain.yaml"] {
        fs::write(root.join(path), "a: 1").unwrap();
    }
    // An index made by git that tracks out/kept.yaml, a/b.gen.yaml and a/deleted.yaml.
    fs::write(root.join(".git/index"), include_bytes!("discover/index")).unwrap();

    let host = OsHost::new();
    let found = run(&host, root.as_str(), &[""], &[]);
    assert_eq!(analysed(&found), [".gitignore", "a/b.gen.yaml", "a/plain.yaml", "out/kept.yaml"]);

    let found = run(&host, root.as_str(), &[""], &["out/"]);
    assert_eq!(
        analysed(&found),
        [".gitignore", "a/b.gen.yaml", "a/plain.yaml"],
        "an excluded directory, though tracked"
    );

    let found = run(&host, root.as_str(), &["out"], &[]);
    assert!(analysed(&found).contains(&"out/lost.yaml"), "a named directory is looked at though ignored");

    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/etc", root.join("etc")).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", root.join("host.yaml")).unwrap();
        let found = run(&host, root.as_str(), &[""], &[]);
        assert_eq!(analysed(&found), [".gitignore", "a/b.gen.yaml", "a/plain.yaml", "out/kept.yaml"]);
        // A tracked file that has become a link is one, also where git ignores it.
        fs::remove_file(root.join("out/kept.yaml")).unwrap();
        std::os::unix::fs::symlink("/etc/hostname", root.join("out/kept.yaml")).unwrap();
        let found = run(&host, root.as_str(), &[""], &[]);
        assert_eq!(analysed(&found), [".gitignore", "a/b.gen.yaml", "a/plain.yaml"]);
        let links: Vec<_> =
            skipped(&found).into_iter().filter(|skip| skip.ends_with("symbolic link")).collect();
        assert_eq!(links, ["etc: symbolic link", "host.yaml: symbolic link", "out/kept.yaml: symbolic link"]);
    }
}

#[test]
fn the_root_is_the_git_root_of_what_is_named() {
    let host = MemHost::new([
        ("repo/.git/config", ""),
        ("repo/app/web.yaml", "a: 1"),
        ("other/.git/config", ""),
        ("other/x.yaml", "a: 1"),
        ("loose/x.yaml", "a: 1"),
    ]);
    let root = |paths: &[&str]| {
        let paths: Vec<Utf8PathBuf> = paths.iter().map(Utf8PathBuf::from).collect();
        find_root(&host, &paths)
            .map(|root| format!("{} {:?}", root.path, root.named))
            .unwrap_or_else(|error| error.to_string())
    };
    assert_eq!(root(&["repo/app"]), r#"/repo ["app"]"#);
    assert_eq!(root(&["repo/app/web.yaml", "repo/app/../app/web.yaml"]), r#"/repo ["app/web.yaml"]"#);
    assert_eq!(root(&["repo"]), r#"/repo [""]"#);
    assert_eq!(root(&["loose/x.yaml"]), r#"/loose ["x.yaml"]"#);
    assert_eq!(root(&["nowhere"]), "no such file or directory: nowhere");
    let two = "repo and other/x.yaml lie in different repositories; check one repository at a time";
    assert_eq!(root(&["repo", "other/x.yaml"]), two);
}
