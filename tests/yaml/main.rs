//! Tests of the YAML readers. One binary, so that the library is linked once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod differential;
mod duplicates;
mod manifests;
mod mutate;
mod scalars;
mod suite;
mod support;
mod types;
