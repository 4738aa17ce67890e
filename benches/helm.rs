//! Charts: `PLIMSOLL_BENCH_CHARTS=DIRECTORY HELM=PROGRAM cargo bench --bench helm`.
//!
//! Renders every chart below a directory, by default `examples` and `tests/corpus`, with its defaults and on one thread.
//! Prints the median and the slowest of the times a chart takes once the files are read, best of some rounds, and,
//! with a `helm`, the ratio of all charts, reading included, to one `helm template` for each of them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::disallowed_types)]

use std::process::{Command, Stdio};
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use plimsoll::config::RenderOptions;
use plimsoll::discover::{Exclude, discover};
use plimsoll::host::{Host, OsHost};
use plimsoll::model::Repository;
use plimsoll::render::helm::{ChartRef, ReleaseOptions};
use plimsoll::render::{ReadLimits, Renderer};
use plimsoll::source::SourceMap;
use plimsoll::yaml::Limits;

const ROUNDS: usize = 5;
const FILE_SIZE: u64 = 64 << 20;
/// So many charts are shown.
const SHOWN: usize = 10;

fn main() {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().unwrap();
    let own = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var("PLIMSOLL_BENCH_CHARTS").ok().map(|named| vec![Utf8PathBuf::from(named)]);
    let directories = named.unwrap_or_else(|| vec![own.join("examples"), own.join("tests/corpus")]);
    let helm = std::env::var("HELM").ok();
    for directory in directories {
        let root = OsHost::new().canonicalize(&directory).expect("a directory");
        measure(&root, helm.as_deref());
    }
}

/// Seconds that each chart took, and all of it with reading.
fn round(root: &Utf8Path) -> (Vec<(f64, Utf8PathBuf)>, f64) {
    let host = OsHost::new();
    let start = Instant::now();
    let discovered = discover(&host, root, &Exclude::new(&[], vec!["".into()]).unwrap(), FILE_SIZE);
    let map = SourceMap::new(discovered.sources);
    let repository = Repository::build(&map, &discovered.kinds, Limits::default());
    let limits = ReadLimits { yaml: Limits::default(), file_size: FILE_SIZE };
    let renderer = Renderer::new(&map, &repository, &host, root, limits, RenderOptions::default());
    let mut charts = Vec::new();
    for source in map.files().filter(|source| source.path().file_name() == Some("Chart.yaml")) {
        let Some(path) = source.path().parent() else { continue };
        let chart = Instant::now();
        let release = renderer.release(&ChartRef { path: path.to_owned() }, &[], &ReleaseOptions::default());
        // Library charts and what does not load say nothing about rendering.
        if !release.failed {
            charts.push((chart.elapsed().as_secs_f64(), path.to_owned()));
        }
    }
    (charts, start.elapsed().as_secs_f64())
}

fn measure(root: &Utf8Path, helm: Option<&str>) {
    let (mut charts, mut all) = round(root);
    for _ in 1..ROUNDS {
        let (again, seconds) = round(root);
        all = all.min(seconds);
        for (best, other) in charts.iter_mut().zip(again) {
            best.0 = best.0.min(other.0);
        }
    }
    charts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let Some((median, _)) = charts.get(charts.len() / 2) else {
        return println!("{root}: no chart");
    };
    println!(
        "{root}: {} charts, {:.2} ms the median, {all:.3} s all with reading",
        charts.len(),
        median * 1e3
    );
    for (seconds, path) in charts.iter().rev().take(SHOWN) {
        println!("{:9.2} ms  {path}", seconds * 1e3);
    }
    if let Some(helm) = helm {
        let start = Instant::now();
        for (_, path) in &charts {
            let mut command = Command::new(helm);
            command.arg("template").arg(root.join(path)).stdout(Stdio::null()).stderr(Stdio::null());
            command.status().expect("helm to start");
        }
        let seconds = start.elapsed().as_secs_f64();
        println!("{seconds:.2} s  `helm template` for each: {:.0} times as long", seconds / all);
    }
}
