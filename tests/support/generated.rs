//! Committed files that a test can rewrite: compared in a normal run, written with `PLIMSOLL_BLESS=1`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The root of the crate.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Compares generated files, by path relative to the root, with what is committed. Under `whole`, a directory,
/// nothing else may exist.
pub fn check(expected: &BTreeMap<String, String>, whole: Option<&str>) {
    let bless = std::env::var_os("PLIMSOLL_BLESS").is_some_and(|value| value == "1");
    let mut stale: Vec<String> = Vec::new();
    for (path, text) in expected {
        let file = root().join(path);
        if fs::read_to_string(&file).ok().as_ref() != Some(text) {
            stale.push(path.clone());
            if bless {
                fs::create_dir_all(file.parent().expect("a directory")).expect("a writable directory");
                fs::write(&file, text).expect("a writable file");
            }
        }
    }
    for file in whole.map(|directory| files(&root().join(directory))).unwrap_or_default() {
        let path = file.strip_prefix(root()).expect("below the root").to_string_lossy().replace('\\', "/");
        if !expected.contains_key(&path) {
            if bless {
                fs::remove_file(&file).expect("a removable file");
            }
            stale.push(path);
        }
    }
    let command = "PLIMSOLL_BLESS=1 cargo test";
    assert!(bless || stale.is_empty(), "stale: {}\nrewrite with: {command}", stale.join(", "));
}

/// The entries of a directory, sorted; none when it does not exist.
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable entry").path()).collect();
    files.sort();
    files
}
