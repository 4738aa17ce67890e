//! `diff-new-exposure`

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::engine::{Check, Cx, Report, rule};
use crate::graph::{AllApplied, Applied, AppliedKey, ChangeView, applied};
use crate::model::ObjectView;
use crate::yaml::Cursor;

use super::support::display;

rule! {
    /// A change that makes something reachable from outside of the cluster.
    ///
    /// ## Why
    ///
    /// A new load balancer, node port, host name or pod in the network of the node is reachable the moment it is
    /// merged, and a range that is widened opens what was closed. In a long diff one word does that.
    ///
    /// ## What passes
    ///
    /// - what was exposed in the same way before, in another file or under another namespace
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: base/web.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   type: ClusterIP
    ///   selector: {app: web}
    ///   ports: [{port: 80}]
    /// # file: head/web.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   type: LoadBalancer
    ///   selector: {app: web}
    ///   ports: [{port: 80}]
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: base/web.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   type: LoadBalancer
    ///   selector: {app: web}
    ///   ports: [{port: 80}]
    /// # file: head/shop/web.yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   type: LoadBalancer
    ///   selector: {app: web}
    ///   ports: [{port: 80}]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types>
    pub static RULE = "diff-new-exposure" {
        level: Error,
        security: 6.0,
        precision: High,
        tags: ["change", "exposure"],
        aliases: [],
        checks: [Check::Change(check)],
    }
}

fn check(change: &ChangeView<'_>, cx: &mut Cx<'_>) {
    let (base, head) = (applied(change.base), applied(change.head));
    let hosts: BTreeSet<String> =
        base.values().flatten().flat_map(|it| exposures(&it.object)).map(|exposure| exposure.what).collect();
    for (key, objects) in &head {
        let before = before(&base, &head, key);
        let known: BTreeSet<String> =
            before.iter().flat_map(|it| exposures(&it.object)).map(|exposure| exposure.what).collect();
        for now in objects {
            for exposure in exposures(&now.object) {
                // A host that moves to another Ingress is as reachable as before.
                let is_old =
                    known.contains(&exposure.what) || exposure.is_host && hosts.contains(&exposure.what);
                if !is_old {
                    let message = format!("{} gets {}", display(key), exposure.what);
                    report(&now.object, exposure.at, message, cx);
                }
            }
            let closed: Vec<Vec<String>> =
                before.iter().filter_map(|it| ranges(&it.object)).map(|it| it.1).collect();
            if let (Some(closed), true) = (closed.first(), is_balancer(&now.object)) {
                match ranges(&now.object) {
                    None => {
                        let at = now.object.root.path(&["spec", "type"]).unwrap_or(now.object.root);
                        let message = format!("{} is no longer limited to source ranges", display(key));
                        report(&now.object, at, message, cx);
                    }
                    Some((at, open)) => {
                        let wider =
                            open.iter().find(|range| !closed.iter().any(|known| contains(known, range)));
                        if let Some(wider) = wider {
                            report(&now.object, at, format!("{} is opened to `{wider}`", display(key)), cx);
                        }
                    }
                }
            }
        }
    }
}

fn report(object: &ObjectView<'_>, at: Cursor<'_>, message: String, cx: &mut Cx<'_>) {
    let finding = cx.report(
        at,
        Report {
            message,
            why: "it is reachable from outside of the cluster as soon as this is merged".into(),
            help: "make sure that this is what the change is for, or keep it inside".into(),
        },
    );
    finding.object = Some(object.object_name());
}

/// The object before the change: that of the same key, else one of the same name that is gone from where it was.
fn before<'b, 'w>(base: &'b AllApplied<'w>, head: &AllApplied<'_>, key: &AppliedKey) -> Vec<&'b Applied<'w>> {
    if let Some(same) = base.get(key) {
        return same.iter().collect();
    }
    let is_moved = |other: &AppliedKey| {
        (&other.group, &other.kind, &other.name) == (&key.group, &key.kind, &key.name)
            && !head.contains_key(other)
    };
    base.iter().filter(|(other, _)| is_moved(other)).flat_map(|(_, objects)| objects).collect()
}

/// A way in.
struct Exposure<'w> {
    what: String,
    at: Cursor<'w>,
    is_host: bool,
}

fn exposures<'w>(object: &ObjectView<'w>) -> Vec<Exposure<'w>> {
    let mut found = Vec::new();
    match (object.group(), object.kind()) {
        ("", "Service") => {
            let kind = object.root.path(&["spec", "type"]);
            if let Some((at, text)) = kind.and_then(|at| Some((at, at.text()?)))
                && matches!(&*text, "LoadBalancer" | "NodePort")
            {
                found.push(Exposure { what: format!("the type {text}"), at, is_host: false });
            }
        }
        ("networking.k8s.io" | "extensions", "Ingress") => {
            let rules = object.root.path(&["spec", "rules"]).into_iter().flat_map(|rules| rules.items());
            for at in rules.filter_map(|rule| rule.get("host")) {
                let host = at.text().unwrap_or_default();
                found.push(Exposure { what: format!("the host `{host}`"), at, is_host: true });
            }
        }
        _ => {
            let networks = object.pod_specs().into_iter().filter_map(|pod| pod.spec.get("hostNetwork"));
            for at in networks.filter(|value| value.bool() == Some(true)) {
                found.push(Exposure { what: "the network of the node".to_owned(), at, is_host: false });
            }
        }
    }
    found
}

fn is_balancer(object: &ObjectView<'_>) -> bool {
    let kind = object.root.path(&["spec", "type"]).and_then(|kind| kind.text());
    object.kind() == "Service" && kind.is_some_and(|kind| kind == "LoadBalancer")
}

/// The ranges that a Service is limited to, if it is.
fn ranges<'w>(object: &ObjectView<'w>) -> Option<(Cursor<'w>, Vec<String>)> {
    let list = object.root.path(&["spec", "loadBalancerSourceRanges"])?;
    let ranges: Vec<String> = list.items().filter_map(|item| Some(item.text()?.trim().to_owned())).collect();
    (!ranges.is_empty()).then_some((list, ranges))
}

/// Whether a range lies in another one. What is no range lies in itself alone.
fn contains(outer: &str, inner: &str) -> bool {
    let (Some((a, a_bits, a_size)), Some((b, b_bits, b_size))) = (range(outer), range(inner)) else {
        return outer == inner;
    };
    let shift = a_size - a_bits;
    a_size == b_size && a_bits <= b_bits && (a_bits == 0 || a >> shift == b >> shift)
}

/// The address as a number, the length of the prefix, and how long it may be.
fn range(text: &str) -> Option<(u128, u32, u32)> {
    let (address, bits) = text.split_once('/')?;
    let (number, size) = match address.parse().ok()? {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    let bits: u32 = bits.parse().ok()?;
    (bits <= size).then_some((number, bits, size))
}
