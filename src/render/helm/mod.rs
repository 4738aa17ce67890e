//! Helm's charts, in process: no binary, no network, nothing is executed.
//!
//! Owns everything around the template language: which files a chart is made of, what values it gets, in which order
//! its templates run, and what becomes of their text. Source: Helm 4.3, and 3.17 where it differs.
//! Must not know who asks for a release, nor rules.
//!
//! [`Renderer::release`](super::Renderer::release) is the way in: a [`ChartRef`], [`ValuesLayer`]s and
//! [`ReleaseOptions`] give a [`Release`].

mod absence;
mod archive;
mod capabilities;
mod chart;
mod coalesce;
mod compiled;
mod context;
mod engine;
mod find;
mod ignore;
mod json;
mod layer;
mod load;
mod lock;
mod manifest;
mod maps;
mod metadata;
mod notes;
mod part;
mod release;
mod schema;
mod set;
mod unshown;

pub use chart::{Chart, ChartTemplate, OtherContent, OtherFile};
pub(in crate::render) use compiled::Compiled;
pub use engine::Made;
pub(in crate::render) use find::Charts;
pub use layer::ValuesLayer;
pub use manifest::{Manifest, Role};
pub use metadata::{Dependency, Field, Import, Metadata};
pub use notes::{Chance, LayerNotes, ReleaseNotes, Repeated, Unread};
pub(in crate::render) use release::release;
pub use release::{ChartRef, Release, ReleaseOptions};
pub use set::SetKind;
pub use unshown::UNSHOWN;
