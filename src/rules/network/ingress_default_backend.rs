//! `ingress-default-backend`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;

use super::ingress::INGRESSES;

rule! {
    /// An Ingress with a default backend.
    ///
    /// ## Why
    ///
    /// It gets the requests for all hosts and paths that no other Ingress takes.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    /// spec:
    ///   defaultBackend:
    ///     service:
    ///       name: web
    ///       port:
    ///         number: 80
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    /// spec:
    ///   rules:
    ///     - host: shop.example.com
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/ingress/#default-backend>
    pub static RULE = "ingress-default-backend" {
        level: Note,
        profile: Pedantic,
        security: 2.0,
        precision: High,
        tags: ["network", "exposure"],
        aliases: [],
        checks: [Check::Object(&INGRESSES, check)],
    }
}

fn check(ingress: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let field = |name| ingress.root.path(&["spec", name]);
    let Some(backend) = field("defaultBackend").or_else(|| field("backend")) else { return };
    let report = Report {
        message: "the Ingress takes the requests for every host that no other one takes".into(),
        why: "among them are those for services that come later".into(),
        help: "name the hosts it is for under `rules`".into(),
    };
    cx.report(At::key(backend), report);
}
