//! Namespaces and what should be in each.
//!
//! Must not know any rule.

use rustc_hash::FxHashSet;

use crate::engine::{At, Cx, Report};
use crate::rules::support::deployed::Deployed;

/// Reports namespaces of the repository in which something runs and no object of a kind is.
pub(super) fn without(kind: &str, why: &'static str, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    let used: FxHashSet<&str> = deployed.workloads().filter_map(|id| deployed.namespace(id)).collect();
    for id in deployed.of_kind("Namespace") {
        let namespace = deployed.object(world, id);
        let name = namespace.name();
        let Some(at) = namespace.root.path(&["metadata", "name"]) else { continue };
        if !used.contains(&*name) || deployed.has_in_namespace(kind, Some(&name)) {
            continue;
        }
        let report = Report {
            message: format!("the namespace `{name}` has no {kind}"),
            why: why.into(),
            help: format!("add a {kind} to it").into(),
        };
        deployed.report(cx, id, At::value(at), report);
    }
}
