//! The binary: hands the process's arguments to the library and its answer to the operating system.

#![allow(clippy::disallowed_methods, reason = "arguments and the exit code belong to the process")]

use std::process::ExitCode;

use plimsoll::cli;
use plimsoll::host::OsHost;

fn main() -> ExitCode {
    // What a panic says may quote a file, and a secret with it.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        eprintln!("plimsoll: a defect at {place}, please report it");
    }));
    ExitCode::from(cli::run(&OsHost::new(), std::env::args_os()) as u8)
}
