//! What rules cost: `cargo bench --bench rules [-- FILES]`.
//!
//! Builds the world of a generated repository and runs the rules of the default profile on it with one thread. Prints
//! microseconds a distinct object for all of them, and for those that cost most when each runs alone. What rules share is
//! worked out once for all of them, so the parts add up to more than the whole.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::disallowed_types)]

#[path = "support/repository.rs"]
mod repository;
#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use plimsoll::engine::{self, ActiveRule, Memo, RuleSet, World};
use plimsoll::finding::Profile;
use plimsoll::rules::all::all;

/// That of the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FILES: usize = 20_000;
const ROUNDS: usize = 3;
/// So many rules are shown.
const SHOWN: usize = 25;

fn main() {
    // `cargo bench` passes `--bench`.
    let files = std::env::args().skip(1).find(|argument| argument != "--bench");
    let files = files.map_or(FILES, |files| files.parse().expect("a number of files"));
    let mut world = support::world(&repository::generate(2026, files).into_iter().collect());
    let objects = distinct(&world);
    let rules: Vec<ActiveRule> = all()
        .iter()
        .filter(|rule| rule.rule.profile == Profile::Default)
        .map(plimsoll::rules::all::BuiltIn::active)
        .collect();
    println!("{files} files, {objects} distinct objects, {} rules", rules.len());
    let each = |seconds: f64| seconds * 1e6 / objects as f64;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let mut measure = |rules: Vec<ActiveRule>| {
        let rules = RuleSet::new(rules, None);
        let rounds = (0..ROUNDS).map(|_| {
            world.memo = Memo::default();
            let start = Instant::now();
            pool.install(|| engine::run(&world, &rules));
            start.elapsed().as_secs_f64()
        });
        each(rounds.fold(f64::INFINITY, f64::min))
    };
    println!("{:7.2} µs  all together", measure(rules.clone()));
    let mut alone: Vec<(f64, String)> = rules
        .into_iter()
        .map(|rule| (rule.rule.name.to_string(), rule))
        .map(|(name, rule)| (measure(vec![rule]), name))
        .collect();
    alone.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (micros, name) in alone.iter().take(SHOWN) {
        println!("{micros:7.2} µs  {name}");
    }
}

/// How many objects there are; those that several units share once.
fn distinct(world: &World) -> usize {
    let rendered = world.rendering.units.iter().flat_map(|unit| &unit.objects);
    let files = world.repository.files.iter().filter(|file| !world.rendering.rendered.contains(&file.source));
    let objects = rendered.chain(files.flat_map(|file| &file.objects));
    let places: HashSet<_> =
        objects.map(|object| (Arc::as_ptr(object.tree.arena()).addr(), object.tree.root())).collect();
    places.len()
}
