//! How fast YAML is read: `cargo bench --bench yaml`.
//!
//! Every candidate runs in turn, several times over, and its best time counts, so that a busy machine slows all
//! of them alike. Options: `cargo bench --bench yaml -- [MB of small files] [rounds] [part of a workload's name]`.

#![allow(clippy::disallowed_methods)]
#![allow(unsafe_code)] // a global allocator that counts cannot be written without

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use plimsoll::source::{Source, SourceId, SourceKind};
use plimsoll::yaml::reader::{self, QuotedLines};
use plimsoll::yaml::{Comment, Limits, Node, Parsed, Property};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promises are the callee's demands.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Reads one source and returns a number that depends on the result.
type Candidate = (&'static str, fn(&Source) -> usize);

const CANDIDATES: &[Candidate] = &[
    ("line breaks (memchr)", |source| memchr::memchr_iter(b'\n', source.text().as_bytes()).count()),
    ("fast reader", |source| fast(source).map_or(0, |parsed| parsed.arena.nodes.len())),
    ("granit-parser events", granit_events),
    ("full reader", |source| full(source).arena.nodes.len()),
];

/// The candidate that the ratios are relative to.
const BASE: usize = 2;

const ID: SourceId = SourceId(0);

fn fast(source: &Source) -> Option<Parsed> {
    reader::fast(source, ID, Limits::default(), QuotedLines::Indented).ok()
}

fn full(source: &Source) -> Parsed {
    reader::full(source, ID, Limits::default())
}

fn granit_events(source: &Source) -> usize {
    granit_parser::Parser::new_from_str(source.text()).filter(Result::is_ok).count()
}

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<usize>().ok());
    let megabytes = numbers.next().unwrap_or(50);
    let rounds = numbers.next().unwrap_or(5);
    let workloads = [
        (format!("{megabytes} MB of small manifests"), support::manifests::small_files(megabytes << 20, 1)),
        (
            "one 1.5 MB CustomResourceDefinition".to_owned(),
            vec![support::manifests::definition(1_500_000, 2)],
        ),
        ("one 5 MB block scalar".to_owned(), vec![support::manifests::block_text(5 << 20, 3)]),
    ];
    let only = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-') && argument.parse::<usize>().is_err());
    for (name, texts) in
        workloads.into_iter().filter(|(name, _)| only.as_ref().is_none_or(|only| name.contains(only)))
    {
        let file = |text| Source::new("bench.yaml", SourceKind::File, text);
        measure(&name, &texts.into_iter().map(file).collect::<Vec<_>>(), rounds);
    }
}

fn measure(name: &str, sources: &[Source], rounds: usize) {
    let bytes: usize = sources.iter().map(|source| source.text().len()).sum();
    let mut best = vec![f64::INFINITY; CANDIDATES.len()];
    let mut allocations = vec![0; CANDIDATES.len()];
    // A single file is soon done, and more rounds find a quieter moment.
    let rounds = if sources.len() == 1 { rounds * 4 } else { rounds };
    for _ in 0..rounds {
        for (index, (_, candidate)) in CANDIDATES.iter().enumerate() {
            let before = ALLOCATIONS.load(Ordering::Relaxed);
            let start = Instant::now();
            for source in sources {
                black_box(candidate(black_box(source)));
            }
            best[index] = best[index].min(start.elapsed().as_secs_f64());
            allocations[index] = ALLOCATIONS.load(Ordering::Relaxed) - before;
        }
    }
    let results: Vec<Option<Parsed>> = sources.iter().map(fast).collect();
    let kept: usize = results.iter().flatten().map(bytes_kept).sum();
    let nodes: usize = results.iter().flatten().map(|parsed| parsed.arena.nodes.len()).sum();
    let bailed = results.iter().filter(|result| result.is_none()).count();
    println!(
        "\n{name}: {} files, {:.1} MB, {:.1} bytes a node",
        sources.len(),
        bytes as f64 / 1e6,
        bytes as f64 / nodes.max(1) as f64
    );
    println!(
        "  fast reader: {:.2} bytes kept a byte, {bailed} files left to the full reader",
        kept as f64 / bytes as f64
    );
    for (index, (candidate, _)) in CANDIDATES.iter().enumerate() {
        println!(
            "  {candidate:<24} {:>8.0} MB/s {:>7.2}x {:>8.2} allocations/KB",
            bytes as f64 / best[index] / 1e6,
            best[BASE] / best[index],
            allocations[index] as f64 / (bytes as f64 / 1e3),
        );
    }
}

fn bytes_kept(parsed: &Parsed) -> usize {
    parsed.arena.nodes.len() * size_of::<Node>()
        + parsed.arena.properties.len() * size_of::<Property>()
        + parsed.comments.capacity() * size_of::<Comment>()
        + parsed.documents.capacity() * size_of::<u32>()
        + size_of::<Parsed>()
}
