//! Rules about graph.

pub mod resource_multiple_owners;
