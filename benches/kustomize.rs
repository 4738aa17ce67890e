//! Rendering: `cargo bench --bench kustomize [-- OVERLAYS | DIRECTORY]`.
//!
//! Renders every kustomization of a generated repository and, when a directory is named as the argument or in
//! `PLIMSOLL_BENCH_REPO`, of that one, all on one thread. Prints the time of each stage, best of some rounds in one
//! run, and ratios: to parsing, and to `kubectl kustomize` where there is a `kubectl`, once for each of a sample.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "support/repository.rs"]
mod repository;

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use plimsoll::config::RenderOptions;
use plimsoll::discover::{Exclude, discover};
use plimsoll::host::{Host, OsHost};
use plimsoll::model::{KUSTOMIZATION_NAMES, Repository};
use plimsoll::render::{ReadLimits, Renderer, Unit};
use plimsoll::source::SourceMap;
use plimsoll::yaml::{Cursor, Limits};

const OVERLAYS: usize = 2_000;
const ROUNDS: usize = 5;
/// Starts of `kubectl`, each of which costs about as much as hundreds of overlays.
const SAMPLE: usize = 40;
const FILE_SIZE: u64 = 64 << 20;

fn main() {
    // Ratios between stages mean something only when all of them have the same cores.
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().unwrap();
    // `cargo bench` passes `--bench`.
    let argument = std::env::args().skip(1).find(|argument| argument != "--bench");
    let overlays = argument.as_ref().and_then(|argument| argument.parse().ok());
    let named = argument.filter(|_| overlays.is_none()).or_else(|| std::env::var("PLIMSOLL_BENCH_REPO").ok());

    let directory = std::env::temp_dir().join(format!("plimsoll-bench-{}", std::process::id()));
    for (path, text) in repository::overlays(2026, overlays.unwrap_or(OVERLAYS)) {
        let path = directory.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    measure("generated", Utf8Path::from_path(&directory).expect("a path of UTF-8"));
    fs::remove_dir_all(directory).unwrap();
    if let Some(named) = named {
        let root = OsHost::new().canonicalize(Utf8Path::new(&named)).expect("a directory");
        measure(root.file_name().unwrap_or("named"), &root);
    }
}

/// Seconds of one round, and what it rendered.
struct Round {
    /// Walk and read; parse and type; render.
    seconds: [f64; 3],
    overlays: usize,
    objects: usize,
    failed: usize,
    /// Directories that were rendered without a gap: `kubectl` needs no network for them either.
    complete: Vec<Utf8PathBuf>,
}

fn round(root: &Utf8Path) -> Round {
    let host = OsHost::new();
    let start = Instant::now();
    let exclude = Exclude::new(&[], vec!["".into()]).unwrap();
    let discovered = discover(&host, root, &exclude, FILE_SIZE);
    let read = start.elapsed();
    let map = SourceMap::new(discovered.sources);
    let repository = Repository::build(&map, &discovered.kinds, Limits::default());
    let parsed = start.elapsed();
    let directories = kustomizations(&map, &repository);
    let limits = ReadLimits { yaml: Limits::default(), file_size: FILE_SIZE };
    let options = RenderOptions { unrestricted: true, ..RenderOptions::default() };
    let renderer = Renderer::new(&map, &repository, &host, root, limits, options);
    let units: Vec<Unit> =
        directories.iter().filter_map(|directory| Some(renderer.directory(directory)?.unit)).collect();
    let rendered = start.elapsed();

    let built = || units.iter().filter(|unit| !unit.failed);
    Round {
        seconds: [read, parsed - read, rendered - parsed].map(|part| part.as_secs_f64()),
        overlays: built().count(),
        objects: built().map(|unit| unit.objects.len()).sum(),
        failed: units.len() - built().count(),
        complete: built().filter(|unit| !unit.partial).map(|unit| unit.directory.clone()).collect(),
    }
}

/// The directories that can be built, sorted: those of components cannot.
fn kustomizations(map: &SourceMap, repository: &Repository) -> Vec<Utf8PathBuf> {
    let is_component = |path: &Utf8Path| {
        let documents = repository.file(path).into_iter().flat_map(|file| &file.documents);
        documents
            .filter_map(|document| Cursor::new(map, &document.tree).get("kind")?.text())
            .any(|kind| kind == "Component")
    };
    let mut directories: Vec<Utf8PathBuf> = map
        .files()
        .map(|source| source.path())
        .filter(|path| path.file_name().is_some_and(|name| KUSTOMIZATION_NAMES.contains(&name)))
        .filter(|path| !is_component(path))
        .filter_map(|path| path.parent().map(Utf8Path::to_owned))
        .collect();
    directories.sort();
    directories.dedup();
    directories
}

fn measure(name: &str, root: &Utf8Path) {
    let mut best = [f64::INFINITY; 3];
    let mut last = None;
    for _ in 0..ROUNDS {
        let round = round(root);
        for (best, seconds) in best.iter_mut().zip(round.seconds) {
            *best = best.min(seconds);
        }
        last = Some(round);
    }
    let Some(Round { overlays, objects, failed, complete, .. }) = last else { return };
    let [read, parse, render] = best;
    println!("{name}: {overlays} overlays, {objects} objects; {failed} do not build");
    for (stage, seconds) in [("walk and read", read), ("parse and type", parse), ("render", render)] {
        println!("  {stage:16} {seconds:8.3} s {:9.0} µs an overlay", seconds / overlays as f64 * 1e6);
    }
    println!("  render : parse             {:8.2}", render / parse);
    if let Some((runs, seconds)) = kubectl(root, &complete) {
        let ours = (read + parse + render) / overlays as f64;
        println!("  kubectl kustomize          {:8.1} ms an overlay, {runs} of them", seconds * 1e3);
        println!("  kubectl : all of the above {:8.0}", seconds / ours);
    }
}

/// Seconds that `kubectl kustomize` takes for one directory, on average over a sample; nothing without a `kubectl`.
fn kubectl(root: &Utf8Path, directories: &[Utf8PathBuf]) -> Option<(usize, f64)> {
    let run = |directory: &Utf8Path| {
        let mut command = Command::new("kubectl");
        command.args(["kustomize", "--load-restrictor", "LoadRestrictionsNone", directory.as_str()]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).status()
    };
    let step = directories.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<Utf8PathBuf> =
        directories.iter().step_by(step).map(|directory| root.join(directory)).collect();
    // The first start reads the program from the disk.
    run(sample.first()?).ok()?;
    let start = Instant::now();
    let built = sample.iter().filter(|directory| run(directory).is_ok_and(|status| status.success())).count();
    assert_eq!(built, sample.len(), "kubectl builds what is built here");
    Some((sample.len(), start.elapsed().as_secs_f64() / sample.len() as f64))
}
