//! Real git repositories for tests, made with git. plimsoll itself never runs it.

#![allow(clippy::disallowed_types)]

use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs git, whatever the machine's own configuration says, and returns what it prints.
pub fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(directory)
        .args(["-c", "user.name=a", "-c", "user.email=a@acme.com", "-c", "protocol.file.allow=always"])
        .args(["-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", directory)
        .output()
        .expect("git is installed");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Writes a file and the directories it lies in.
pub fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Writes a file and commits all there is; returns the commit.
pub fn commit(root: &Path, path: &str, text: &str) -> String {
    write(root, path, text);
    git(root, &["add", "--all"]);
    git(root, &["commit", "--quiet", "--message", path]);
    git(root, &["rev-parse", "HEAD"])
}
