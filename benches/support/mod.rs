//! What several benchmarks share.

pub mod manifests;
