//! The components of a run, worked out once for all rules that compare environments.
//!
//! Must not know what any of them looks for.

use std::ops::Deref;
use std::sync::Arc;

use crate::engine::Cx;
use crate::graph::{self, Component};

/// What runs in each environment.
pub struct Components(Vec<Component>);

impl Components {
    /// Those of the world that is checked.
    pub fn of(cx: &Cx<'_>) -> Arc<Self> {
        let world = cx.world();
        world.memo.get(|| Self(graph::components(&world.graph())))
    }
}

impl Deref for Components {
    type Target = [Component];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
