//! plimsoll: a policy linter and anti-pattern scanner for GitOps repositories.
//!
//! The library behind the binary; `ARCHITECTURE.md` is the map. Modules depend only on those before them in the
//! order in which they are declared here; a test reads the `use crate::` lines and fails on an upward one.

#![forbid(unsafe_code)]

pub mod source;

pub mod host;

pub mod finding;

pub mod yaml;

pub mod template;

pub mod rego;
pub mod shell;

pub mod config;

pub mod discover;

pub mod model;

pub mod schema;

pub mod ci;

pub mod render;

pub mod graph;

pub mod policy;

pub mod engine;

pub mod rules;

pub mod suppress;

pub mod report;

pub mod cli;
