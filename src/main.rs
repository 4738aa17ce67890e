//! The binary: hands the process's arguments to the library and its answer to the operating system.

#![allow(clippy::disallowed_methods, reason = "arguments and the exit code belong to the process")]

use std::process::ExitCode;

use plimsoll::cli;
use plimsoll::host::OsHost;

fn main() -> ExitCode {
    ExitCode::from(cli::run(&OsHost::new(), std::env::args_os()) as u8)
}
