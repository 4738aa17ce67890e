//! Origins are complete and true: change any scalar of the input, render again, and compare.
//!
//! 1. Every rendered field that changed names the scalar among its inputs: as a value, as what decided, or by its key.
//! 2. Every field that names the scalar as text copied from it did change.
//!
//! The repositories of the test are the directories below `tests/origins/repositories`. What the property does not
//! hold for is in [`exceptions`], with the reason.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod edits;
mod exceptions;
mod names;
mod property;
mod rendered;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;

use exceptions::Known;

/// One repository: no violation that is not known, and all reasons are in use.
fn check(repository: &str, known: &[Known]) {
    let directory = support::generated::root().join("tests/origins/repositories").join(repository);
    let report = property::check(&support::read_directory(&directory));
    let (right, wrong): (Vec<_>, Vec<_>) = report.violations.iter().partition(|it| Known::of(it).is_some());
    let wrong: Vec<String> = wrong.iter().map(ToString::to_string).collect();
    assert!(wrong.is_empty(), "{} violations:\n{}", wrong.len(), wrong.join("\n"));
    let found: BTreeSet<Known> = right.into_iter().filter_map(Known::of).collect();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), known, "exceptions that occur");
    // A test that changes nothing would hold always.
    assert!(report.changed > 300, "{} edits changed {} fields", report.edits, report.changed);
}

#[test]
fn names_labels_images_and_counts() {
    check("shop", &[]);
}

#[test]
fn patches() {
    check("patched", &[]);
}

#[test]
fn generators() {
    check("generated", &[]);
}

#[test]
fn replacements_and_variables() {
    check("copied", &[]);
}

#[test]
fn plugins() {
    check("plugins", &[Known::Loaded]);
}

#[test]
fn old_spellings_and_tables_of_fields() {
    check("legacy", &[Known::Loaded, Known::FieldTable]);
}
