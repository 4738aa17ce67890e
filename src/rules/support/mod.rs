//! What several rules must agree on: which manifests are generated, which images are built locally or are
//! placeholders, which pods are agents of a node.
//!
//! Must not report anything.

pub(super) mod controllers;
pub(super) mod images;
pub(super) mod node_agents;
pub(super) mod rollout;
