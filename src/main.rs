//! The binary: hands the process's arguments to the library and its answer to the operating system.

#![allow(clippy::disallowed_methods, reason = "arguments and the exit code belong to the process")]

use std::process::ExitCode;

use plimsoll::cli;
use plimsoll::host::OsHost;
use plimsoll::rego::STACK;

/// Documents, rendered objects and findings are many small allocations: docs/decisions/0019-allocator.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // What a panic says may quote a file, and a secret with it.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        eprintln!("plimsoll: a defect at {place}, please report it");
    }));
    // Policies may be as deep as this stack allows. A pool that exists already has its own.
    let _ = rayon::ThreadPoolBuilder::new().stack_size(STACK).build_global();
    ExitCode::from(cli::run(&OsHost::new(), std::env::args_os()) as u8)
}
