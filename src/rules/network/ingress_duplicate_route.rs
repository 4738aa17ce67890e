//! `ingress-duplicate-route`

use rustc_hash::FxHashMap;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::graph::GraphView;
use crate::rules::support::deployed::{Deployed, Id};
use crate::yaml::Cursor;

rule! {
    /// Two Ingresses with the same host and path.
    ///
    /// ## Why
    ///
    /// Which of them gets the requests depends on which was made first, and changes when one is made anew.
    ///
    /// ## What passes
    ///
    /// - Ingresses of different classes, units that go to different clusters
    /// - canaries of ingress-nginx, which are made for it
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
    ///         paths:
    ///           - path: /
    ///             pathType: Prefix
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: shop
    /// spec:
    ///   rules:
    ///     - host: shop.example.com
    ///       http:
    ///         paths:
    ///           - path: /
    ///             pathType: Prefix
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
    ///         paths:
    ///           - path: /
    ///             pathType: Prefix
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: api
    /// spec:
    ///   rules:
    ///     - host: shop.example.com
    ///       http:
    ///         paths:
    ///           - path: /api
    ///             pathType: Prefix
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/ingress/>
    pub static RULE = "ingress-duplicate-route" {
        level: Warning,
        security: 4.0,
        precision: High,
        tags: ["network"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(_: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    let deployed = Deployed::of(world);
    let mut known: FxHashMap<[String; 4], (Id, Cursor<'_>)> = FxHashMap::default();
    for id in deployed.of_kind("Ingress") {
        let ingress = deployed.object(world, id);
        let annotation = |name| ingress.annotation(name).unwrap_or_default();
        let is_canary = annotation("nginx.ingress.kubernetes.io/canary") == "true";
        let class = ingress.root.path(&["spec", "ingressClassName"]).and_then(|class| class.text());
        let class = class.unwrap_or_else(|| annotation("kubernetes.io/ingress.class"));
        if is_canary {
            continue;
        }
        let rules = ingress.root.path(&["spec", "rules"]).into_iter().flat_map(|rules| rules.items());
        for rule in rules {
            let host = rule.get("host").and_then(|host| host.text()).unwrap_or_default();
            if host.is_empty() || host.contains(['$', '{', '<']) {
                continue;
            }
            let paths = rule.path(&["http", "paths"]).into_iter().flat_map(|paths| paths.items());
            for path in paths {
                let text =
                    |name| path.get(name).and_then(|value: Cursor<'_>| value.text()).unwrap_or_default();
                let key = [&class, &host, &text("path"), &text("pathType")].map(|text| text.to_string());
                let at = path.get("path").unwrap_or(path);
                let Some((first, place)) = known
                    .get(&key)
                    .copied()
                    .filter(|(first, _)| *first != id && deployed.are_in_one_cluster(*first, id))
                else {
                    known.insert(key, (id, at));
                    continue;
                };
                let other = deployed.object(world, first);
                if other.name() == ingress.name() && deployed.namespace(first) == deployed.namespace(id) {
                    continue;
                }
                let report = Report {
                    message: format!(
                        "Ingress `{}` has the path `{}` of `{host}` as well",
                        other.name(),
                        text("path")
                    ),
                    why: "which of the two answers depends on which was made first".into(),
                    help: "keep the path in one of them".into(),
                };
                let finding = deployed.report(cx, id, At::value(at), report);
                let span = ingress.map.editable(place.span(), place.step());
                finding
                    .related
                    .extend(span.map(|span| Related { span, message: "routed here first".into() }));
            }
        }
    }
}
