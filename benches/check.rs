//! The whole check on a generated repository: `cargo bench --bench check [-- FILES]`.
//!
//! Prints seconds, MB/s and peak memory of each stage and of all, best of some rounds in one run, and the ratios
//! that matter: the machine is shared and seconds are noise, but stages of one round share the noise. Every stage
//! runs in a process of its own, so that its peak memory is its own too.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "support/repository.rs"]
mod repository;

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use camino::Utf8Path;
use plimsoll::discover::{Exclude, discover};
use plimsoll::host::OsHost;
use plimsoll::source::SourceId;
use plimsoll::yaml::{Limits, parse};
use rayon::prelude::*;

const FILES: usize = 20_000;
const ROUNDS: usize = 7;
const STAGES: [&str; 3] = ["walk and read", "walk, read and parse", "check"];

fn main() {
    // `cargo bench` passes `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["stage", stage, root] => run_stage(stage, Utf8Path::new(root)),
        [files] => measure(files.parse().expect("a number of files")),
        _ => measure(FILES),
    }
}

/// One stage, in this process: prints seconds and peak memory in bytes.
fn run_stage(stage: &str, root: &Utf8Path) {
    let start = Instant::now();
    if stage == STAGES[2] {
        let report = root.with_extension("report.json");
        let arguments = ["plimsoll", "check", root.as_str(), "--format", "json", "--output", report.as_str()];
        plimsoll::cli::run(&OsHost::new(), arguments.map(Into::into));
    } else {
        let exclude = Exclude::new(&[], vec!["".into()]).unwrap();
        let discovered = discover(&OsHost::new(), root, &exclude, u64::from(u32::MAX));
        if stage == STAGES[1] {
            let parsed: Vec<_> = discovered
                .sources
                .par_iter()
                .enumerate()
                .map(|(index, source)| parse(source, SourceId(index as u32), Limits::default()))
                .collect();
            assert!(
                parsed.iter().all(|parsed| parsed.problems.is_empty()),
                "the generator writes valid YAML"
            );
        }
        assert!(discovered.coverage.analysed > 0);
    }
    println!("{} {}", start.elapsed().as_secs_f64(), peak_memory());
}

/// The high-water mark of resident memory in bytes; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

fn measure(files: usize) {
    let directory = std::env::temp_dir().join(format!("plimsoll-bench-{}", std::process::id()));
    let root = directory.join("repository");
    let mut bytes = 0_usize;
    for (path, text) in repository::generate(2026, files) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        bytes += text.len();
        fs::write(path, text).unwrap();
    }
    println!("{files} files, {:.1} MB, {} threads", bytes as f64 / 1e6, rayon::current_num_threads());

    let mut best = [f64::INFINITY; STAGES.len()];
    let mut memory = [0_u64; STAGES.len()];
    for _ in 0..ROUNDS {
        for (index, stage) in STAGES.iter().enumerate() {
            let child = Command::new(std::env::current_exe().unwrap())
                .args(["stage", stage, root.to_str().unwrap()])
                .stderr(Stdio::inherit())
                .output()
                .unwrap();
            let text = String::from_utf8(child.stdout).unwrap();
            let mut words = text.split_whitespace();
            let seconds: f64 =
                words.next().and_then(|word| word.parse().ok()).expect("a stage prints seconds");
            best[index] = best[index].min(seconds);
            memory[index] = memory[index].max(words.next().and_then(|word| word.parse().ok()).unwrap_or(0));
        }
    }
    for (index, stage) in STAGES.iter().enumerate() {
        println!(
            "{stage:22} {:7.3} s {:8.0} MB/s {:5.2} x the bytes in memory",
            best[index],
            bytes as f64 / 1e6 / best[index],
            memory[index] as f64 / bytes as f64
        );
    }
    println!("check : walk and read          {:.2}", best[2] / best[0]);
    println!("check : walk, read and parse   {:.2}", best[2] / best[1]);
    fs::remove_dir_all(directory).unwrap();
}
