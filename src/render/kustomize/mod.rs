//! Kustomize v5, in process: no binary, no network, no plugin is ever executed.
//!
//! Owns the semantics of Kustomize 5.5.0. Must not know rules, units or what a report looks like.

mod error;
mod facts;
mod json_patch;
mod merge;
mod patches;
mod resource;
mod selector;
mod stage;
#[cfg(test)]
mod testing;
