//! `ingress-no-tls`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::ingress::INGRESSES;

rule! {
    /// An Ingress that serves its hosts without TLS.
    ///
    /// ## Why
    ///
    /// Passwords and sessions of its users travel readable through every network on the way.
    ///
    /// ## What passes
    ///
    /// - TLS that something else ends: certificates of AWS, Google and OpenShift named in annotations,
    ///   Traefik's routers and entry points, Tailscale and tunnels of Cloudflare
    /// - hosts that only exist on one's own machine or network: `localhost`, `.local`, `.test`, `.lan`,
    ///   `nip.io`
    /// - the solvers of cert-manager, and Ingresses without a host: `ingress-wildcard-host` reports those
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
    ///     - host: shop.example.com
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
    ///   tls:
    ///     - hosts: [shop.example.com]
    ///       secretName: shop-tls
    ///   rules:
    ///     - host: shop.example.com
    ///       http:
    ///         paths: []
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/ingress/#tls>
    pub static RULE = "ingress-no-tls" {
        level: Warning,
        security: 5.0,
        precision: High,
        tags: ["network", "exposure"],
        aliases: [
            Kubescape "C-0263",
            Polaris "tlsSettingsMissing",
        ],
        checks: [Check::Object(&INGRESSES, check)],
    }
}

/// Annotations that say that something else ends TLS, with a part of their value.
const ELSEWHERE: [(&str, &str); 14] = [
    ("alb.ingress.kubernetes.io/certificate-arn", ""),
    ("alb.ingress.kubernetes.io/listen-ports", "HTTPS"),
    ("alb.ingress.kubernetes.io/scheme", "internal"),
    ("appgw.ingress.kubernetes.io/appgw-ssl-certificate", ""),
    ("cert-manager.io/issue-temporary-certificate", ""),
    ("external-dns.alpha.kubernetes.io/cloudflare-proxied", "true"),
    ("haproxy.org/ssl-passthrough", "true"),
    ("ingress.gcp.kubernetes.io/pre-shared-cert", ""),
    ("networking.gke.io/managed-certificates", ""),
    ("networking.gke.io/v1beta1.FrontendConfig", ""),
    ("nginx.ingress.kubernetes.io/ssl-passthrough", "true"),
    ("route.openshift.io/termination", ""),
    ("traefik.ingress.kubernetes.io/router.entrypoints", "secure"),
    ("traefik.ingress.kubernetes.io/router.tls", "true"),
];

/// Ends of hosts that nobody outside can reach.
const OWN: [&str; 11] = [
    "localhost",
    ".local",
    ".test",
    ".lan",
    ".home",
    ".internal",
    ".localdomain",
    ".home.arpa",
    "nip.io",
    "sslip.io",
    "localtest.me",
];

fn check(ingress: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let has_tls = ingress.root.path(&["spec", "tls"]).is_some_and(|tls| tls.items().next().is_some());
    let is_ended =
        ELSEWHERE.iter().any(|(name, part)| ingress.annotation(name).is_some_and(|it| it.contains(part)));
    let class = ingress.root.path(&["spec", "ingressClassName"]).and_then(|class| class.text());
    let class = class.or_else(|| ingress.annotation("kubernetes.io/ingress.class")).unwrap_or_default();
    let is_tunnel = ["tailscale", "cloudflare", "ngrok"].iter().any(|name| class.contains(name));
    let is_solver = ingress.label("acme.cert-manager.io/http01-solver").is_some();
    if has_tls || is_ended || is_tunnel || is_solver {
        return;
    }
    let rules = ingress.root.path(&["spec", "rules"]).into_iter().flat_map(|rules| rules.items());
    let mut hosts = rules.filter_map(|rule| rule.get("host"));
    let is_public = |host: &Cursor<'_>| {
        host.text().is_some_and(|host| {
            host.contains('.')
                && !host.contains(['$', '{', '<'])
                && !OWN.iter().any(|own| host.ends_with(own))
        })
    };
    let Some(host) = hosts.find(is_public) else { return };
    let report = Report {
        message: format!("`{}` is served without TLS", host.text().unwrap_or_default()),
        why: "whatever its users send, passwords first, can be read on the way".into(),
        help: "add the host to `spec.tls` with a certificate, for example of cert-manager".into(),
    };
    cx.report(host, report);
}
