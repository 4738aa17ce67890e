//! What Kubernetes and its extensions say about the fields of a kind, and whether an object keeps to it.
//!
//! Owns the shipped schemas, those that CustomResourceDefinitions of the repository hold, and since when and until when
//! an API version is served. Must not know what is made of a [`Problem`], nor which objects are asked about.

mod bundle;
mod catalog;
mod cel;
mod cel_steps;
mod cel_value;
mod check;
mod crd;
mod demand;
#[cfg(test)]
mod demand_tests;
mod format;
pub mod hint;
mod holds;
mod lifecycle;
#[cfg(test)]
mod oracle;
mod pattern;
mod problem;
mod say;
mod scalar;
mod shape;
mod target;
mod unverified;

pub use catalog::{Catalog, Kind, Lookup};
pub use check::check;
pub use lifecycle::{Ecosystem, Lifecycle, ecosystem, lifecycle};
pub use problem::{Problem, ProblemKind, Unknown};
pub use say::listed;
pub use scalar::is_filled_in;
pub use target::{Minors, Target};
pub use unverified::Unverified;
