//! Argo CD: Applications and ApplicationSets, and what the application controller makes of them.

mod application;
mod applicationset;

pub(super) use application::expand as application;
pub(super) use applicationset::expand as application_set;
