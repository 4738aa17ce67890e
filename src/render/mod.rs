//! Rendering: what Kustomize and Helm would make of the repository, every value with its origin.
//!
//! Owns units, the objects a controller would apply. Must not know rules, and must not drop anything silently: what
//! could not be rendered is an [`Event`].

mod charts;
mod event;
pub mod helm;
mod kustomize;
mod renderer;
mod unit;

pub use event::{Event, EventKind, Gap};
pub use kustomize::{is_cluster_scoped, is_remote, reference, shown};
pub use renderer::{Built, ReadLimits, Rendered, Renderer, Rendering};
pub use unit::{Layer, Unit, UnitView};
