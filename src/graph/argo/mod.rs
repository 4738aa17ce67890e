//! Argo CD: Applications and ApplicationSets, what the application controller makes of them; projects and what they
//! permit.

mod application;
mod applicationset;
mod chart;
mod directory;
mod environment;
mod glob;
mod kustomize;
mod project;
mod source;
mod values;

pub(super) use application::expand as application;
pub use application::{is_in_cluster, sources};
pub(super) use applicationset::{expand as application_set, has_new_globbing};
pub use glob::Glob;
pub use project::{Permission, Project, normalize_git_url};
pub use values::ValueFile;
pub(super) use values::of_chart as values_of_chart;
