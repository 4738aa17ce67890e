//! `service-mesh-policies`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView, PodSpec};
use crate::yaml::Cursor;

rule! {
    /// A service mesh with a hole: traffic without mTLS, pods outside of it, a route for every host.
    ///
    /// ## Why
    ///
    /// A mesh protects what goes through it. Plain text in between, a pod without its proxy, or a port that skips
    /// it, is open to whoever is in the network.
    ///
    /// ## What passes
    ///
    /// - `STRICT`, and injection that nobody switches off
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: security.istio.io/v1
    /// kind: PeerAuthentication
    /// metadata:
    ///   name: default
    ///   namespace: shop
    /// spec:
    ///   mtls:
    ///     mode: PERMISSIVE
    /// ```
    ///
    /// ```yaml
    /// apiVersion: networking.istio.io/v1
    /// kind: VirtualService
    /// metadata:
    ///   name: web
    /// spec:
    ///   hosts:
    ///     - "*"
    /// ```
    ///
    /// ```yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     metadata:
    ///       annotations:
    ///         linkerd.io/inject: disabled
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: security.istio.io/v1
    /// kind: PeerAuthentication
    /// metadata:
    ///   name: default
    ///   namespace: shop
    /// spec:
    ///   mtls:
    ///     mode: STRICT
    /// ```
    pub static RULE = "service-mesh-policies" {
        level: Note,
        profile: Pedantic,
        security: 4.0,
        precision: High,
        tags: ["platform", "network"],
        aliases: [],
        checks: [Check::Object(&[PEERS], peers), Check::Object(&[ROUTE], route), Check::Pod(pod)],
    }
}

const PEERS: KindName = KindName { group: "security.istio.io", kind: "PeerAuthentication" };
const ROUTE: KindName = KindName { group: "networking.istio.io", kind: "VirtualService" };

/// Names of annotations or labels and the values that take pods out of a mesh; any value where there is none.
const OUTSIDE: [(&str, Option<&str>); 6] = [
    ("sidecar.istio.io/inject", Some("false")),
    ("traffic.sidecar.istio.io/excludeInboundPorts", None),
    ("traffic.sidecar.istio.io/excludeOutboundPorts", None),
    ("linkerd.io/inject", Some("disabled")),
    ("config.linkerd.io/skip-inbound-ports", None),
    ("config.linkerd.io/skip-outbound-ports", None),
];

fn peers(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(mode) = object.root.path(&["spec", "mtls", "mode"]) else { return };
    if let Some(text) = mode.text().filter(|mode| mode == "PERMISSIVE" || mode == "DISABLE") {
        report(format!("mTLS is `{text}`: plain text is accepted"), "write `STRICT`", mode, cx);
    }
}

fn route(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let hosts = object.root.path(&["spec", "hosts"]).into_iter().flat_map(|hosts| hosts.items());
    for host in hosts.filter(|host| host.text().is_some_and(|host| host == "*")) {
        report("the route is for every host".to_owned(), "name the hosts", host, cx);
    }
}

fn pod(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let labels = pod.metadata.and_then(|metadata| metadata.get("labels")).map(|labels| labels.entries());
    for entry in pod.annotations().into_iter().chain(labels.unwrap_or_default()) {
        let (Some(key), Some(value)) = (entry.key.text(), entry.value.text()) else { continue };
        let takes_out =
            |(name, out): &(&str, Option<&str>)| *name == key && out.is_none_or(|out| out == value);
        if OUTSIDE.iter().any(takes_out) {
            let message = format!("`{key}: {value}` takes traffic of the pod out of the mesh");
            report(message, "remove it unless the pod cannot run in the mesh", entry.value, cx);
        }
    }
}

fn report(message: String, help: &'static str, at: Cursor<'_>, cx: &mut Cx<'_>) {
    let why = "what does not go through the mesh is open to whoever is in the network".into();
    cx.report(at, Report { message, why, help: help.into() });
}
