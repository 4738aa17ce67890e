//! `network-policy-no-dns-egress`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};
use crate::yaml::Cursor;

rule! {
    /// A NetworkPolicy that keeps its pods from resolving names.
    ///
    /// ## Why
    ///
    /// Once a policy limits what pods may connect to, DNS is among what is forbidden. Everything that is
    /// allowed by name fails as well.
    ///
    /// ## What passes
    ///
    /// - policies that forbid everything, beside which others allow something
    /// - rules for port 53, for all ports of `kube-system`, or for everything
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
    ///   policyTypes: [Egress]
    ///   egress:
    ///     - to:
    ///         - podSelector: {}
    ///       ports:
    ///         - port: 5432
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
    ///   policyTypes: [Egress]
    ///   egress:
    ///     - ports:
    ///         - port: 53
    ///           protocol: UDP
    ///     - to:
    ///         - podSelector: {}
    ///       ports:
    ///         - port: 5432
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
    pub static RULE = "network-policy-no-dns-egress" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["network"],
        aliases: [],
        checks: [Check::Object(&[POLICY], check)],
    }
}

const POLICY: KindName = KindName { group: "networking.k8s.io", kind: "NetworkPolicy" };

fn check(policy: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(egress) = policy.root.path(&["spec", "egress"]) else { return };
    let is_dns = |port: Cursor<'_>| {
        let text = port.get("port").and_then(|port| port.text());
        text.is_none_or(|text| matches!(&*text, "53" | "dns" | "dns-tcp" | "5353"))
    };
    let allows = |rule: Cursor<'_>| {
        let ports = rule.get("ports").filter(|ports| ports.items().next().is_some());
        let may_be_elsewhere = rule.get("to").is_none_or(|to| {
            to.items().next().is_none()
                || to
                    .items()
                    .any(|peer| peer.get("namespaceSelector").is_some() || peer.get("ipBlock").is_some())
        });
        ports.map_or(may_be_elsewhere, |ports| ports.items().any(is_dns))
    };
    if egress.items().next().is_none() || egress.items().any(allows) {
        return;
    }
    let report = Report {
        message: "the policy lets its pods connect to some things, and not to DNS".into(),
        why: "what they are allowed to reach they do not find by its name".into(),
        help: "add a rule for port 53, unless another policy has one".into(),
    };
    cx.report(At::key(egress), report);
}
