//! The binary: hands the process's arguments to the library and its answer to the operating system.

fn main() {}
