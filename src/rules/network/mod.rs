//! Rules about what is reachable from outside.

pub mod service_exposed;
