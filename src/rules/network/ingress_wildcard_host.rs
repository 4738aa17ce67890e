//! `ingress-wildcard-host`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::ingress::INGRESSES;

rule! {
    /// An Ingress for every host, or for every name of a domain.
    ///
    /// ## Why
    ///
    /// It gets the requests for all names that no other Ingress takes: also those of services that come later,
    /// and of whoever points a name of theirs at the cluster.
    ///
    /// ## What passes
    ///
    /// - Ingresses for hosts by name
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    /// spec:
    ///   rules:
    ///     - host: "*.example.com"
    ///       http:
    ///         paths: []
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
    ///       http:
    ///         paths: []
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/ingress/#hostname-wildcards>
    pub static RULE = "ingress-wildcard-host" {
        level: Note,
        security: 4.5,
        precision: High,
        tags: ["network", "exposure"],
        aliases: [],
        checks: [Check::Object(&INGRESSES, check)],
    }
}

fn check(ingress: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let rules = ingress.root.path(&["spec", "rules"]).into_iter().flat_map(|rules| rules.items());
    for rule in rules.filter(Cursor::is_map) {
        let host = rule.get("host").filter(|host| !host.is_null());
        let text = host.and_then(|host| host.text()).unwrap_or_default();
        let (at, what) = match host {
            Some(host) if text.starts_with('*') => (At::value(host), format!("every name of `{text}`")),
            None => {
                let Some(first) = rule.entries().first().map(|entry| entry.value) else { continue };
                let missing = At::missing_below(ingress, rule, &["host"]);
                let at = if missing.is_left_out() { missing } else { At::key(first) };
                (at, "every host".to_owned())
            }
            Some(_) => continue,
        };
        let report = Report {
            message: format!("the Ingress takes the requests for {what}"),
            why: "among them are those for services that come later".into(),
            help: "name the hosts it is for".into(),
        };
        cx.report(at, report);
    }
}
