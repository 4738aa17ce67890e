//! `route-no-tls`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// An OpenShift Route without TLS.
    ///
    /// ## Why
    ///
    /// Whatever its users send can be read on the way.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: route.openshift.io/v1
    /// kind: Route
    /// metadata:
    ///   name: web
    /// spec:
    ///   to:
    ///     kind: Service
    ///     name: web
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: route.openshift.io/v1
    /// kind: Route
    /// metadata:
    ///   name: web
    /// spec:
    ///   to:
    ///     kind: Service
    ///     name: web
    ///   tls:
    ///     termination: edge
    /// ```
    ///
    /// ## References
    ///
    /// - <https://docs.openshift.com/container-platform/latest/networking/routes/secured-routes.html>
    pub static RULE = "route-no-tls" {
        level: Note,
        profile: Pedantic,
        security: 5.0,
        precision: High,
        tags: ["network", "exposure"],
        aliases: [],
        checks: [Check::Object(&[ROUTE], check)],
    }
}

const ROUTE: KindName = KindName { group: "route.openshift.io", kind: "Route" };

fn check(route: &ObjectView<'_>, cx: &mut Cx<'_>) {
    if route.root.path(&["spec", "tls"]).is_some() {
        return;
    }
    let report = Report {
        message: format!("the Route `{}` has no TLS", route.name()),
        why: "whatever its users send can be read on the way".into(),
        help: "add `tls.termination: edge`".into(),
    };
    cx.report(At::missing(route, &["metadata", "name"]), report);
}
