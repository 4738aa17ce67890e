//! `ingress-tls-host-mismatch`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::ingress::INGRESSES;

rule! {
    /// A host of an Ingress that its TLS section leaves out.
    ///
    /// ## Why
    ///
    /// The controller serves it with its own self-signed certificate, or without TLS.
    ///
    /// ## What passes
    ///
    /// - wildcards: `*.example.com` covers `shop.example.com`
    /// - a TLS entry without hosts, whose certificate is for whatever it says itself
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: web
    /// spec:
    ///   tls:
    ///     - hosts: [shop.example.com]
    ///       secretName: shop-tls
    ///   rules:
    ///     - host: www.example.com
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
    ///   tls:
    ///     - hosts: ["*.example.com"]
    ///       secretName: shop-tls
    ///   rules:
    ///     - host: www.example.com
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/ingress/#tls>
    pub static RULE = "ingress-tls-host-mismatch" {
        level: Warning,
        security: 4.0,
        precision: High,
        tags: ["network", "exposure"],
        aliases: [],
        checks: [Check::Object(&INGRESSES, check)],
    }
}

fn check(ingress: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(tls) = ingress.root.path(&["spec", "tls"]) else { return };
    let hosts = |entry: Cursor<'_>| entry.get("hosts").is_some_and(|hosts| hosts.items().next().is_some());
    if tls.items().next().is_none() || !tls.items().all(hosts) {
        return;
    }
    let covered: Vec<_> = tls
        .items()
        .filter_map(|entry| entry.get("hosts"))
        .flat_map(|hosts| hosts.items())
        .filter_map(|host| host.text())
        .collect();
    let rules = ingress.root.path(&["spec", "rules"]).into_iter().flat_map(|rules| rules.items());
    for host in rules.filter_map(|rule| rule.get("host")) {
        let Some(text) = host.text().filter(|host| !host.is_empty() && !host.contains(['$', '{', '<']))
        else {
            continue;
        };
        let covers = |known: &str| {
            let below = known.strip_prefix('*').and_then(|end| text.strip_suffix(end));
            known.eq_ignore_ascii_case(&text)
                || known.contains(['$', '{', '<'])
                || below.is_some_and(|label| !label.is_empty() && !label.contains('.'))
        };
        if covered.iter().any(|known| covers(known)) {
            continue;
        }
        let report = Report {
            message: format!("no certificate of `spec.tls` is for `{text}`"),
            why: "it is served with the controller's self-signed certificate, or without TLS".into(),
            help: "add the host to the `hosts` of a TLS entry whose certificate covers it".into(),
        };
        cx.report(host, report);
    }
}
