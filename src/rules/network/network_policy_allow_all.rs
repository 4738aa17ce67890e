//! `network-policy-allow-all`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::{KindName, ObjectView};
use crate::rules::support::controllers;
use crate::yaml::Cursor;

rule! {
    /// A NetworkPolicy with a rule that allows everything.
    ///
    /// ## Why
    ///
    /// Rules add up: one that is empty lets in what all others keep out.
    ///
    /// ## What is reported
    ///
    /// - **warning**: an `ingress` rule without sources and ports, or from every address to all ports
    /// - **note**: the same for `egress`
    ///
    /// ## What passes
    ///
    /// - rules that are narrowed to ports: a public port is what it is for
    /// - policies called so that it is meant (`allow-all`), and the installation manifests of Flux and Argo CD
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    /// spec:
    ///   podSelector: {}
    ///   ingress:
    ///     - {}
    ///   egress:
    ///     - to: []
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata:
    ///   name: web
    /// spec:
    ///   podSelector: {}
    ///   ingress:
    ///     - ports:
    ///         - port: 443
    ///     - from:
    ///         - podSelector: {}
    ///     - from:
    ///         - ipBlock:
    ///             cidr: 0.0.0.0/0
    ///             except: [169.254.169.254/32]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/#allow-all-ingress-traffic>
    pub static RULE = "network-policy-allow-all" {
        level: Warning,
        security: 4.5,
        precision: High,
        tags: ["network", "exposure", "nsa-cisa", "cis"],
        aliases: [
            Kubescape "C-0030",
            Trivy "KSV-0038",
        ],
        checks: [Check::Object(&[POLICY], check)],
    }
}

const POLICY: KindName = KindName { group: "networking.k8s.io", kind: "NetworkPolicy" };

fn check(policy: &ObjectView<'_>, cx: &mut Cx<'_>) {
    if policy.name().contains("allow-all") || controllers::is_generated(policy) {
        return;
    }
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        let rules = policy.root.path(&["spec", direction]).into_iter().flat_map(|rules| rules.items());
        let Some(at) = rules.filter_map(|rule| everything(rule, peers)).next() else { continue };
        let (level, message) = match direction {
            "ingress" => (cx.level(), "the policy lets in everything from everywhere"),
            _ => (cx.level().min(Level::Note), "the policy lets out everything to everywhere"),
        };
        let report = Report {
            message: message.into(),
            why: "rules add up: what all other rules and policies keep out is allowed by this one".into(),
            help: format!("name the peers under `{peers}`, or at least the ports").into(),
        };
        cx.report(at, report).level = level;
    }
}

/// The place at which a rule allows everything.
fn everything<'w>(rule: Cursor<'w>, peers: &str) -> Option<Cursor<'w>> {
    let items = |name| rule.get(name).into_iter().flat_map(|list: Cursor<'w>| list.items());
    if items("ports").next().is_some() {
        return None;
    }
    let Some(_) = items(peers).next() else { return Some(rule.get(peers).unwrap_or(rule)) };
    let blocks = items(peers).filter_map(|peer| peer.get("ipBlock"));
    let open = blocks.filter(|block| block.get("except").is_none_or(|list| list.items().next().is_none()));
    let mut addresses = open.filter_map(|block| block.get("cidr"));
    addresses.find(|cidr| cidr.text().is_some_and(|cidr| matches!(&*cidr, "0.0.0.0/0" | "::/0")))
}
