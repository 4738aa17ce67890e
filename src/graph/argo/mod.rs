//! Argo CD: Applications and ApplicationSets, and what the application controller makes of them.

mod application;

pub(super) use application::expand as application;
