//! The fast reader against the full one: equal nodes, spans, comments, properties and problems, or a bail.

use std::path::Path;

use crate::manifests::SEEDS;
use crate::mutate::mutate;
use crate::support::{Random, assert_agree, assert_sound, fast, read};

#[test]
fn the_readers_agree_about_realistic_manifests() {
    for (name, text) in SEEDS {
        for text in
            [text.to_string(), format!("\u{feff}{text}"), text.replace('\n', "\r\n"), text.trim_end().into()]
        {
            let accepted = assert_agree(name, &text);
            let parsed = read(&text);
            assert_sound(name, &text, &parsed);
            assert!(parsed.problems.is_empty(), "{name}: {:?}", parsed.problems);
            assert!(accepted || name.starts_with("full "), "{name}: {:?}", fast(&text).err());
        }
    }
}

#[test]
fn the_readers_agree_about_the_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for directory in ["tests", "examples"] {
        collect(&root.join(directory), &mut files);
    }
    for path in files {
        // Corpora hold broken files on purpose, also such that are not UTF-8.
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let name = path.display().to_string();
        assert_agree(&name, &text);
        assert_sound(&name, &text, &read(&text));
    }
}

fn collect(directory: &Path, files: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            collect(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|e| extension == *e))
        {
            files.push(path);
        }
    }
}

#[test]
fn the_readers_agree_about_mutants() {
    let rounds: usize =
        std::env::var("PLIMSOLL_MUTANTS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let seed: u64 = std::env::var("PLIMSOLL_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(20_261_121);
    let mut random = Random(seed);
    let mut accepted = 0;
    for round in 0..rounds {
        let text = mutate(&mut random);
        let name = format!("mutant {round}");
        if assert_agree(&name, &text) {
            accepted += 1;
        }
        assert_sound(&name, &text, &read(&text));
    }
    // The mutants must keep both readers busy: neither all valid nor all broken.
    assert!(accepted > rounds / 5 && accepted < rounds * 4 / 5, "{accepted} of {rounds} accepted");
}
