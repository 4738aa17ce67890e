//! Modules depend only on those before them; a test, because nobody reads a diagram before an import.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::path::{Path, PathBuf};

/// The order of `src/lib.rs`, which is the order of the data flow.
fn order() -> Vec<String> {
    let lib = std::fs::read_to_string(root().join("lib.rs")).unwrap();
    lib.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Modules named behind `crate::` in a line of code.
fn used(line: &str) -> Vec<&str> {
    let code = line.split("//").next().unwrap_or_default();
    let names = code.split("crate::").skip(1);
    names.filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()).collect()
}

#[test]
fn no_module_uses_a_later_one() {
    let order = order();
    let position = |name: &str| order.iter().position(|module| module == name);
    let mut wrong = Vec::new();
    for module in &order {
        let mut sources = Vec::new();
        let directory = root().join(module);
        if directory.is_dir() {
            files(&directory, &mut sources);
        }
        sources.extend(Some(root().join(format!("{module}.rs"))).filter(|path| path.is_file()));
        assert!(!sources.is_empty(), "module {module} has no files");
        for path in sources {
            let text = std::fs::read_to_string(&path).unwrap();
            for (number, line) in text.lines().enumerate() {
                for name in used(line) {
                    if position(name) > position(module) && position(name).is_some() {
                        wrong.push(format!("{}:{}: {module} uses {name}", path.display(), number + 1));
                    }
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_file_says_what_it_owns() {
    let mut sources = Vec::new();
    files(&root(), &mut sources);
    let silent: Vec<_> =
        sources.iter().filter(|path| !std::fs::read_to_string(path).unwrap().starts_with("//! ")).collect();
    assert!(silent.is_empty(), "no `//!` at the top of {silent:?}");
}

#[test]
fn files_stay_small_enough_to_hold_one_idea() {
    let mut sources = Vec::new();
    files(&root(), &mut sources);
    let lines = |path: &PathBuf| std::fs::read_to_string(path).unwrap().lines().count();
    let long: Vec<_> = sources.iter().filter(|path| lines(path) > 600).collect();
    assert!(long.is_empty(), "over 600 lines: {long:?}");
}
