//! Tests of the YAML readers. One binary, so that the library is linked once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod differential;
mod duplicates;
mod hostile;
mod manifests;
mod mutate;
mod problems;
mod scalars;
mod spans;
mod suite;
mod support;
mod types;
