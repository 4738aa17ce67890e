//! Services that routes lead to, and their ports.
//!
//! Must not know the kinds of routes.

use std::borrow::Cow;

use crate::engine::{At, Cx, Report};
use crate::model::ObjectView;
use crate::rules::support::deployed::{Deployed, Id};
use crate::yaml::Cursor;

/// What a route names.
pub(super) struct Backend<'w> {
    /// The name of the Service.
    pub name: Cursor<'w>,
    /// Its namespace, where it is not that of the route.
    pub namespace: Option<Cow<'w, str>>,
    /// A number or a name.
    pub port: Option<Cursor<'w>>,
}

/// Reports a backend whose Service, or whose port of it, is not there.
pub(super) fn check(deployed: &Deployed, from: Id, backend: &Backend<'_>, cx: &mut Cx<'_>) {
    let is_open = |name: &str| name.is_empty() || name.contains(['$', '{', '<']);
    let Some(name) = backend.name.text().filter(|name| !is_open(name)) else { return };
    let namespace = backend.namespace.as_deref().or(deployed.namespace(from));
    let why = "requests to it are answered with an error";
    let Some(found) = deployed.find(from, "Service", &name, namespace) else {
        // What lies in another namespace is often of another repository.
        if backend.namespace.is_none() && !deployed.is_open(from, "Service") {
            let report = Report {
                message: format!("it routes to the Service `{name}`, which does not exist"),
                why: why.into(),
                help: "name a Service of the same namespace".into(),
            };
            deployed.report(cx, from, At::value(backend.name), report);
        }
        return;
    };
    let service = deployed.object(cx.world(), found);
    let Some((port, text)) = backend.port.and_then(|port| Some((port, port.text()?))) else { return };
    if is_open(&text) || has_port(&service, &text) {
        return;
    }
    let report = Report {
        message: format!("it routes to port `{text}` of the Service `{name}`, which it does not have"),
        why: why.into(),
        help: "use the number or the name of a port of the Service, not one of its pods".into(),
    };
    deployed.report(cx, from, At::value(port), report);
}

/// Whether a Service has a port of this number or name, or needs none.
fn has_port(service: &ObjectView<'_>, wanted: &str) -> bool {
    let field = |name| service.root.path(&["spec", name]);
    let is_external = field("type").and_then(|kind| kind.text()).is_some_and(|kind| kind == "ExternalName");
    let is_it = |port: Cursor<'_>| {
        ["port", "name"]
            .iter()
            .any(|name| port.get(name).and_then(|it| it.text()).is_some_and(|it| it == wanted))
    };
    let ports = || field("ports").into_iter().flat_map(|ports| ports.items());
    let has_none = ports().next().is_none();
    is_external
        || service.kind() != "Service"
        || !service.group().is_empty()
        || has_none
        || ports().any(is_it)
}
