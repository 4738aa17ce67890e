//! What it costs to compare objects with their schemas: `cargo bench --bench schema [-- FILES]`.
//!
//! Builds the world of a generated repository, and compares each distinct object with its schema, with looking the kind up,
//! on one thread. Prints microseconds an object, for all and for each kind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "support/repository.rs"]
mod repository;
#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::{BTreeMap, HashSet};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use plimsoll::schema::{Catalog, Lookup, Target, check};
use plimsoll::yaml::{Cursor, Schema};

/// That of the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FILES: usize = 20_000;
const ROUNDS: usize = 5;

fn main() {
    // `cargo bench` passes `--bench`.
    let files = std::env::args().skip(1).find(|argument| argument != "--bench");
    let files = files.map_or(FILES, |files| files.parse().expect("a number of files"));
    let world = support::world(&repository::generate(2026, files).into_iter().collect());
    let rendered = world.rendering.units.iter().flat_map(|unit| &unit.objects);
    let sources =
        world.repository.files.iter().filter(|file| !world.rendering.rendered.contains(&file.source));
    let mut places = HashSet::new();
    let objects: Vec<Cursor<'_>> = rendered
        .chain(sources.flat_map(|file| &file.objects))
        .filter(|object| places.insert((Arc::as_ptr(object.tree.arena()).addr(), object.tree.root())))
        .map(|object| Cursor::new(&world.map, &object.tree))
        .collect();
    let start = Instant::now();
    let catalog = Catalog::new(objects.iter().copied());
    println!("{} files, {} distinct objects", files, objects.len());
    println!("{:7.2} µs  looking for definitions", micros(start, objects.len()));

    let mut kinds: BTreeMap<String, Vec<Cursor<'_>>> = BTreeMap::new();
    for object in &objects {
        kinds.entry(field(*object, "kind")).or_default().push(*object);
    }
    compare(&catalog, &objects);
    let best = (0..ROUNDS).map(|_| compare(&catalog, &objects)).fold(f64::INFINITY, f64::min);
    println!("{best:7.2} µs  all kinds");
    for (kind, objects) in kinds {
        let best = (0..ROUNDS).map(|_| compare(&catalog, &objects)).fold(f64::INFINITY, f64::min);
        println!("{best:7.2} µs  {kind} ({})", objects.len());
    }
}

fn field(object: Cursor<'_>, name: &str) -> String {
    object.get(name).and_then(|value| value.text()).unwrap_or_default().into_owned()
}

fn compare(catalog: &Catalog, objects: &[Cursor<'_>]) -> f64 {
    let target = Target::new(None);
    let start = Instant::now();
    for object in objects {
        let text = |name: &str| object.get(name).and_then(|value| value.text()).unwrap_or_default();
        if let Lookup::Known(kinds) = catalog.find(object.map(), &text("apiVersion"), &text("kind")) {
            black_box(check(*object, &kinds, target, Schema::GoYamlV2));
        }
    }
    micros(start, objects.len())
}

fn micros(start: Instant, objects: usize) -> f64 {
    start.elapsed().as_secs_f64() * 1e6 / objects.max(1) as f64
}
