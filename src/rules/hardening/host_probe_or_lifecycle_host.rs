//! `host-probe-or-lifecycle-host`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::HANDLERS;

rule! {
    /// A probe or hook that the kubelet sends to another host.
    ///
    /// ## Why
    ///
    /// The kubelet sends probes and hooks from the node. With `host` they go wherever the manifest says, to
    /// services that only nodes reach and to the metadata of the cloud, and the answer of another host says
    /// nothing about this container. From Kubernetes 1.34 on, namespaces that enforce the level `baseline` refuse
    /// the pod.
    ///
    /// ## What passes
    ///
    /// - probes without `host`, which go to the pod
    /// - the header `Host` in `httpHeaders`
    /// - pods with `hostNetwork`, whose address is the node's
    /// - gRPC and exec probes
    /// - clusters before 1.34, where the configuration says so
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       livenessProbe:
    ///         httpGet:
    ///           host: 169.254.169.254
    ///           path: /healthz
    ///           port: 8080
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       livenessProbe:
    ///         httpGet:
    ///           path: /healthz
    ///           port: 8080
    ///           httpHeaders:
    ///             - name: Host
    ///               value: web.example.com
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
    pub static RULE = "host-probe-or-lifecycle-host" {
        level: Warning,
        security: 5.0,
        precision: VeryHigh,
        tags: ["pod-security", "pss-baseline"],
        aliases: [Gatekeeper "host-probes-lifecycle"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    if cx.options().is_before(34) {
        return;
    }
    for path in HANDLERS {
        let Some(handler) = container.spec.path(path) else { continue };
        for kind in ["httpGet", "tcpSocket"] {
            let Some(host) = handler.path(&[kind, "host"]) else { continue };
            let Some(text) = host.text().filter(|text| !text.is_empty()) else { continue };
            let on_host = container.pod.spec.get("hostNetwork").and_then(|value| value.bool()) == Some(true);
            if on_host || host.is_null() {
                continue;
            }
            let report = Report {
                message: format!("`{}` of {} goes to the host `{text}`", path.join("."), container.describe()),
                why: "the kubelet asks another host, from the node; namespaces that enforce `baseline` refuse it".into(),
                help: "remove `host`; for a name in the request set the header `Host` in `httpHeaders`".into(),
            };
            cx.report(host, report);
        }
    }
}
